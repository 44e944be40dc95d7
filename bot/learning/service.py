"""Learning from what went wrong: questions without an answer, ratings, phrasings filed, entries about to expire."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.channels.model import Button, Language, Reply
from bot.clock import Clock
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.learning import store as sql
from bot.learning.model import EntryRating, QuestionGroup, QuestionKind, QuestionState, Reason, anonymise, group
from bot.learning.texts import LearningTexts, Say
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from knowledge.load import Knowledge
from knowledge.phrasings import TakenError, file_phrasing

logger = logging.getLogger(__name__)

KEPT = timedelta(days=90)
EXPIRY_NOTICE = timedelta(days=30)
_GROUPED_MAX = 2000
_RATINGS_SHOWN = 20
_FORGETS_EVERY = timedelta(hours=24)
_RATING = re.compile(r"r:([a-z0-9-]{1,48}):(good|bad)")
_REASON = re.compile(r"r:(\d{1,18}):(wrong|outdated|unclear|other_matter)")
_REMEMBERED = 20_000


@dataclass(frozen=True)
class Expiring:
    """An entry whose end is near or past. days_left: below 0 when it is past."""

    entry: str
    title: str
    effective_to: date
    days_left: int


class LearningService:
    """See the module. phrasings: the file that filed phrasings go to. zone: whose days count."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        zone: ZoneInfo,
        audit: AuditTrail,
        knowledge: Knowledge,
        texts: LearningTexts,
        phrasings: Path,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._audit = audit
        self._knowledge = knowledge
        self._texts = texts
        self._phrasings = phrasings
        self._asked: OrderedDict[str, str] = OrderedDict()

    def renew(self, knowledge: Knowledge) -> None:
        """Look things up in another state of the knowledge base from now on."""
        self._knowledge = knowledge

    async def heard(self, key: str, text: str, language: Language, replies: Sequence[Reply]) -> None:
        """Remember a conversation's last question for a rating; keep one that got no answer. key: the conversation's."""
        self._asked[key] = text
        self._asked.move_to_end(key)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        if all(reply.kind == "out_of_scope" for reply in replies):
            await self._keep(text, language, QuestionKind.UNANSWERED)

    def with_rating(self, replies: Sequence[Reply], language: Language) -> list[Reply]:
        """The replies, the last answer with one button for each rating."""
        found = list(replies)
        for number in range(len(found) - 1, -1, -1):
            reply = found[number]
            if reply.kind == "answer" and reply.entry is not None:
                buttons = [
                    Button(title=self._texts[say][language], payload=f"r:{reply.entry}:{value}")
                    for say, value in ((Say.GOOD, "good"), (Say.BAD, "bad"))
                ]
                found[number] = reply.model_copy(update={"buttons": [*reply.buttons, *buttons]})
                break
        return found

    async def rated(self, key: str, payload: str, language: Language) -> Reply | None:
        """Take a rating or its reason; None when the payload is neither."""
        if match := _RATING.fullmatch(payload):
            return await self._rate(key, match[1], language, good=match[2] == "good")
        if match := _REASON.fullmatch(payload):
            async with self._store.write() as connection:
                await sql.set_reason(connection, int(match[1]), Reason(match[2]))
            return Reply(text=self._texts[Say.NOTED][language], kind="task")
        return None

    async def _rate(self, key: str, entry: str, language: Language, *, good: bool) -> Reply:
        if entry not in self._knowledge.entries:
            return Reply(text=self._texts[Say.THANKS][language], kind="task")
        async with self._store.write() as connection:
            await sql.count_rating(connection, entry, language, self._today(), good=good)
        if good:
            return Reply(text=self._texts[Say.THANKS][language], kind="task")
        question = self._asked.get(key, self._knowledge.title(entry, language))
        number = await self._keep(question, language, QuestionKind.POOR, entry)
        buttons = [
            Button(title=self._texts[Say(f"reason_{reason}")][language], payload=f"r:{number}:{reason}")
            for reason in Reason
        ]
        person = Button(title=self._texts[Say.PERSON][language], payload="t:human_handoff")
        return Reply(text=self._texts[Say.WHY][language], kind="task", buttons=[*buttons, person])

    async def _keep(self, text: str, language: Language, kind: QuestionKind, entry: str | None = None) -> int:
        async with self._store.write() as connection:
            return await sql.add_question(connection, self._today(), language, kind, anonymise(text), entry)

    async def open_groups(self) -> list[QuestionGroup]:
        """What nobody has looked at yet, grouped by likeness, the largest group first."""
        async with self._store.read() as connection:
            questions = await sql.open_questions(connection, _GROUPED_MAX)
        return group(questions)

    async def worst_rated(self) -> list[EntryRating]:
        """The entries whose answers helped least often."""
        async with self._store.read() as connection:
            return await sql.worst_rated(connection, self._today() - KEPT, _RATINGS_SHOWN)

    async def file(self, numbers: Sequence[int], text: str, entry: str, *, actor: str) -> None:
        """File a phrasing under an entry, for the next training, and take the questions off the list.

        Raises InvalidInputError that names all that is wrong.
        """
        text = " ".join(text.split())
        faults = []
        if not text or "‹" in text:
            faults.append(
                Fault(
                    "text", "needed", "Write the question as people ask it, without the marks for what was taken out."
                )
            )
        if entry not in self._knowledge.entries:
            faults.append(Fault("entry", "unknown", "There is no entry of that id."))
        if faults:
            raise InvalidInputError(faults)
        try:
            file_phrasing(self._phrasings, self._knowledge, entry, text)
        except TakenError as error:
            raise InvalidInputError([Fault("text", "taken", f"It stands under {error.entry} already.")]) from error
        await self._close(numbers, QuestionState.FILED, actor, entry)

    async def dismiss(self, numbers: Sequence[int], *, actor: str) -> None:
        """Take questions off the list: they are not ours, or need no phrasing."""
        await self._close(numbers, QuestionState.DISMISSED, actor, None)

    async def _close(self, numbers: Sequence[int], state: QuestionState, actor: str, entry: str | None) -> None:
        async with self._store.write() as connection:
            closed = await sql.close_questions(connection, numbers, state)
            if not closed:
                raise NotFoundError("question")
            obj = f"entry:{entry}" if entry else "questions"
            await self._audit.record(connection, self._clock(), actor, f"questions.{state}", obj, count=closed)

    def expiring(self) -> list[Expiring]:
        """The entries that end within 30 days or have ended, the earliest end first."""
        today = self._today()
        found = [
            Expiring(
                name, self._knowledge.title(name, "zh-Hans"), entry.effective_to, (entry.effective_to - today).days
            )
            for name, entry in self._knowledge.entries.items()
            if entry.effective_to is not None and entry.effective_to - today <= EXPIRY_NOTICE
        ]
        return sorted(found, key=lambda one: one.effective_to)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


class LearningRetention:
    """Forgets questions and ratings older than KEPT, once a day; `tick` is called far more often."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._next_at: datetime | None = None

    async def tick(self) -> None:
        """Forget when it is time. Database errors pass through; the next tick tries again."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            return
        async with self._store.write() as connection:
            forgotten = await sql.forget_before(connection, (now - KEPT).date())
        self._next_at = now + _FORGETS_EVERY
        if forgotten:
            logger.info("questions forgotten", extra={"count": forgotten})
