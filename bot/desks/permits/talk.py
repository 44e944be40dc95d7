"""Permits in the talk: buttons under a permit, and the list of one's own."""

from __future__ import annotations

import re

from bot.channels.model import Button, Incoming, Language, Reply
from bot.desks.permits.service import PermitService
from bot.desks.permits.words import TOPIC
from bot.errors import ConflictError, NotFoundError
from bot.people.model import Person

_PAYLOAD = re.compile(r"pm:(mine|show|close|closed)(?::([0-9a-f]{32}))?")
_MINE = re.compile(
    r"(?:查看|看看)?我的(?:许可证|检疫许可证|卫生许可证)|我的(?:許可證|檢疫許可證)|(?:show |list )?my permits?",
    re.IGNORECASE,
)
_SHOWN = 20


class PermitsInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: PermitService) -> None:
        self._service = service
        self._words = service.words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons of permits, and the wish to see one's own."""
        if incoming.payload is None:
            asked = _MINE.fullmatch((incoming.text or "").strip().rstrip("。.？?！!"))
            act, permit_id = ("mine", "") if asked else ("", "")
        else:
            found = _PAYLOAD.fullmatch(incoming.payload)
            act, permit_id = (found[1], found[2] or "") if found else ("", "")
        if not act or (act != "mine" and not permit_id):
            return None
        if person is None or not person.private:
            return [self._said("private_only", language)]
        if act == "mine":
            return [await self._mine(person, language)]
        try:
            return [await self._act(act, permit_id, person, language)]
        except (NotFoundError, ConflictError):
            return [self._said("unknown", language)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _act(self, act: str, permit_id: str, person: Person, language: Language) -> Reply:
        permit = await self._service.find(person.id, permit_id)
        if act == "close":
            asked = self._said("close_ask", language, number=permit.number)
            buttons = [
                Button(title=self._words.say("close_button", language), payload=f"pm:closed:{permit.id}"),
                Button(title=self._words.say("keep_button", language), payload=f"pm:show:{permit.id}"),
            ]
            return asked.model_copy(update={"buttons": buttons})
        if act == "closed":
            permit = await self._service.close(person.id, permit.id)
        return self._words.card(permit, language, self._service.today())

    async def _mine(self, person: Person, language: Language) -> Reply:
        found = (await self._service.mine(person.id))[:_SHOWN]
        new = Button(title=self._words.say("new_button", language), payload="t:form:permit")
        if not found:
            return self._said("none", language).model_copy(update={"buttons": [new]})
        lines = [self._words.say("listed", language)]
        lines += [
            self._words.say(
                "listed_line",
                language,
                kind=self._words.kinds[permit.kind].name[language],
                number=permit.number,
                state=self._words.say(f"state_{permit.state}", language),
                valid_until=permit.valid_until,
            )
            for permit in found
        ]
        buttons = [
            Button(title=self._words.say("show_button", language, number=p.number), payload=f"pm:show:{p.id}")
            for p in found
        ]
        return Reply(text="\n".join(lines), kind="task", topic=TOPIC, buttons=[*buttons, new])

    def _said(self, sentence: str, language: Language, **values: str) -> Reply:
        return Reply(text=self._words.say(sentence, language, **values), kind="task", topic=TOPIC)
