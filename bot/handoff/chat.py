"""The desk in a person's talk. While a person has the case the bot is silent, and what is said goes to that person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.model import Incoming, Language, Reply
from bot.handoff.model import SPOKEN, OpenedBy
from bot.handoff.service import HandoffService, HeardAs
from bot.handoff.telling import why_opened
from bot.handoff.words import (
    ASK_DOUBT_PAYLOAD,
    ASK_TOPIC_PAYLOAD,
    ASK_URGENT_PAYLOAD,
    LEAVE_PAYLOAD,
    asks_for_a_person,
    wants_the_bot,
)
from bot.people.model import Person

_ASK = re.compile(r"t:human_handoff(?::([a-z]{1,20}))?")
_TEAM = re.compile(r"h:team:([a-z0-9_]{1,32}):([a-z]{1,20})")
_RATED_BAD = re.compile(r"r:[a-z0-9-]{1,48}:bad")
# Of the dialogue's buttons these work while a person speaks: they change what is sent, and answer nothing.
_ALWAYS = re.compile(r"t:(change_language|stop_all|my_follows|why_told)(:.*)?", re.DOTALL)
_OF_THE_DIALOGUE = re.compile(r"(t|e|ask):.*", re.DOTALL)
_NO_HELP = frozenset({"out_of_scope", "error"})
_LISTENS = frozenset({"web", "telegram"})


class HandoffInChat:
    """Fulfils TurnExtra. It stands before all others, and behind the look for emergencies alone."""

    def __init__(self, service: HandoffService) -> None:
        self._service = service
        self._words = service.words
        self._talk = service.parts.talk
        self._routing = service.parts.routing

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: asking for a person, and everything that is said while one has the case."""
        if person is None or not person.private:
            return self._not_private(incoming, language)
        if incoming.payload is not None:
            return await self._pressed(incoming.payload, person, language)
        text = incoming.text or ""
        if wants_the_bot(text):
            left = await self._service.leave(person, language)
            if left is not None:
                return left
        if asks_for_a_person(text):
            return await self._service.ask(person, language, OpenedBy.ASKED)
        return await self._hear(incoming, person, language)

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: keep an emergency for the officer as well; offer a person; remember what was said for two hours."""
        if person is None or not person.private or not replies:
            return replies
        try:
            if incoming.text and replies[0].kind == "handoff" and replies[0].topic is None:
                await self._service.hear(person, incoming.text, incoming.ref, language)
                button = self._words.button("director_button", language, ASK_URGENT_PAYLOAD)
                first = replies[0].model_copy(update={"buttons": [*replies[0].buttons, button]})
                return [first, *replies[1:]]
            await self._remember(incoming, person, replies)
            return await self._with_offer(incoming, person, language, replies)
        except SQLAlchemyError:
            if incoming.text and replies[0].kind == "handoff":
                return replies  # the numbers to call must reach the person, whatever else fails
            raise

    def _not_private(self, incoming: Incoming, language: Language) -> list[Reply] | None:
        asks = _ASK.fullmatch(incoming.payload or "") or (incoming.text and asks_for_a_person(incoming.text))
        if not asks:
            return None
        return [Reply(text=self._words.say("private_only", language), kind="handoff", topic="complaint_contact")]

    async def _pressed(self, payload: str, person: Person, language: Language) -> list[Reply] | None:
        if match := _ASK.fullmatch(payload):
            return await self._service.ask(person, language, why_opened(match[1]))
        if match := _TEAM.fullmatch(payload):
            why = OpenedBy(match[2]) if match[2] in list(OpenedBy) else OpenedBy.ASKED
            return await self._service.open(person, language, match[1], why)
        if payload == LEAVE_PAYLOAD:
            return await self._service.leave(person, language) or [self._words.reply("nothing_open", language)]
        if payload in {"h:show", "h:hide"}:
            return [await self._service.agree(person, language, shows=payload == "h:show")]
        if _OF_THE_DIALOGUE.fullmatch(payload) and not _ALWAYS.fullmatch(payload):
            case = await self._service.current(person)
            if case is not None and case.state in SPOKEN:
                back = self._words.button("back", language, LEAVE_PAYLOAD)
                return [self._words.reply("button_waits", language).model_copy(update={"buttons": [back]})]
        return None

    async def _hear(self, incoming: Incoming, person: Person, language: Language) -> list[Reply] | None:
        # What Telegram says again in other words stands beside what was said first.
        text = f"✎ {incoming.text}" if incoming.kind == "edit" and incoming.text else incoming.text or ""
        if incoming.files:
            text = "\n".join([*filter(None, [text]), *(f"📎 {file.name}" for file in incoming.files)])
        elif incoming.kind == "file":
            return None  # refused: what is wrong with it is said where files are taken in
        files = [file.id for file in incoming.files]
        match await self._service.hear(person, text, incoming.ref, language, files):
            case HeardAs.NOBODY:
                return None
            case HeardAs.SPOKEN | HeardAs.KEPT_BEFORE:
                return []
            case HeardAs.WAITING:
                leave = self._words.button("leave", language, LEAVE_PAYLOAD)
                return [self._words.reply("noted", language).model_copy(update={"buttons": [leave]})]
            case HeardAs.TOO_LONG:
                return [self._service.too_long(text, language)]
        return [Reply(text=self._words.say("only_text", language), kind="error")]

    async def _remember(self, incoming: Incoming, person: Person, replies: Sequence[Reply]) -> None:
        said = [("person", incoming.text)] if incoming.text else []
        said += [("bot", reply.text) for reply in replies if reply.kind in {"answer", "clarify", "out_of_scope"}]
        topic = next((reply.topic for reply in reversed(replies) if reply.topic and reply.kind == "answer"), None)
        await self._talk.remember(person.address_id, said, topic)

    async def _with_offer(
        self, incoming: Incoming, person: Person, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """Offered, never forced: at once under some subjects; after misses and poor ratings in a row."""
        if incoming.channel not in _LISTENS:
            return replies
        for number, reply in enumerate(replies):
            if reply.kind == "answer" and self._routing.offers(reply.topic, reply.entry):
                button = self._words.button("person_button", language, ASK_TOPIC_PAYLOAD)
                with_button = reply.model_copy(update={"buttons": [*reply.buttons, button]})
                return [*replies[:number], with_button, *replies[number + 1 :]]
        is_bad = incoming.payload is not None and _RATED_BAD.fullmatch(incoming.payload)
        if is_bad or (incoming.text and all(reply.kind in _NO_HELP for reply in replies)):
            if await self._talk.missed(person.address_id):
                button = self._words.button("person_button", language, ASK_DOUBT_PAYLOAD)
                offer = Reply(text=self._words.say("offer_doubt", language), kind="clarify", buttons=[button])
                return [*replies, offer]
        elif incoming.text and any(reply.kind == "answer" for reply in replies):
            await self._talk.helped(person.address_id)
        return replies
