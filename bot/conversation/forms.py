"""Forms in the talk beside the dialogue: unfinished ones, going on with them, files that a question waits for, "my cases"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.channels.model import Button, Incoming, Language, Reply
from bot.conversation.notices import ChatWords
from bot.forms.cases import CaseLine, CaseList
from bot.forms.service import FormService
from bot.people.model import Person
from bot.store.engine import Store
from knowledge.text import normalise

_DRAFTS = re.compile(
    r"(?:我的|查看|看看?)?(?:草稿|未完成的?(?:表格?|事项|内容)?|没填完的(?:表格?)?)"
    r"|(?:show )?(?:my )?(?:drafts?|unfinished forms?)"
)
_GO_ON = re.compile(
    r"(?:我要?)?(?:继续|接着)(?:填写?|办理|填表)?"
    r"|(?:continue|resume)(?: filling in| (?:with )?(?:my |the )?form| please)?"
)
_CASES = re.compile(
    r"(?:我的|查看|看看?)?(?:我的)?(?:办理事项|办理进度|办理|案件|办件|事项|申请)"
    r"|(?:show |list )?my (?:cases|matters|applications|bookings and cases)"
)
_GREETING = re.compile(
    r"(?:你|您)好[呀啊]?|哈[喽啰罗]|嗨|早上好|下午好|晚上好"
    r"|hi|hello|hey|start|good (?:morning|afternoon|evening)"
)
_MOST_CASES = 10


class FormsInChat:
    """Fulfils TurnExtra. cases: each desk's."""

    def __init__(
        self, service: FormService, cases: Sequence[CaseList], store: Store, zone: ZoneInfo, words: ChatWords
    ) -> None:
        self._service = service
        self._cases = cases
        self._store = store
        self._zone = zone
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: a file that the open question waits for, and words that say exactly one of these wishes."""
        if incoming.payload is not None:
            return None
        plain = normalise(incoming.text or "")
        wishes_cases, wishes_drafts = bool(_CASES.fullmatch(plain)), bool(_DRAFTS.fullmatch(plain))
        if person is None or not person.private:
            wishes = wishes_cases or wishes_drafts
            return [Reply(text=self._words.say("private_only", language), kind="error")] if wishes else None
        if incoming.files:
            turn = await self._service.take_files(person.address_id, incoming.files, language)
            return None if turn is None else list(turn.replies)
        if wishes_cases:
            return [await self._my_cases(person, language)]
        if wishes_drafts:
            return [await self._service.drafts(person.address_id, language)]
        if _GO_ON.fullmatch(plain):
            turn = await self._service.go_on(person.address_id, language)
            return None if turn is None else list(turn.replies)
        return None

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: whoever greets is told what is unfinished."""
        greets = incoming.text is not None and _GREETING.fullmatch(normalise(incoming.text))
        if not greets or person is None or not person.private or not any(r.kind == "chitchat" for r in replies):
            return replies
        if await self._service.latest(person.address_id) is None:
            return replies
        return [*replies, await self._service.drafts(person.address_id, language)]

    async def _my_cases(self, person: Person, language: Language) -> Reply:
        found: list[CaseLine] = []
        async with self._store.read() as connection:
            for cases in self._cases:
                found += await cases.of(connection, person.id, _MOST_CASES)
        found.sort(key=lambda line: line.changed_at, reverse=True)
        if not found:
            return Reply(text=self._words.say("cases_none", language), kind="task")
        lines, buttons = [self._words.say("cases", language)], []
        for line in found[:_MOST_CASES]:
            title, state = line.title.get(language), line.state.get(language)
            when = f"{line.changed_at.astimezone(self._zone):%Y-%m-%d}"
            lines.append(
                self._words.say("case_line", language, number=line.number, title=title, state=state, when=when)
            )
            buttons.append(Button(title=f"{line.number} {title}"[:120], payload=line.payload))
        return Reply(text="\n".join(lines), kind="task", buttons=buttons)
