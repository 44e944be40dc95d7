"""What staff do with cases, and the watch over time limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.complaints import store as sql
from bot.desks.complaints.model import (
    ANSWER_MAX_CHARS,
    MACHINE,
    SILENCE_CLOSES,
    WARNING,
    Complaint,
    Kind,
    Promise,
    State,
    tally,
)
from bot.desks.complaints.news import ComplaintNews
from bot.desks.complaints.service import holder_of
from bot.desks.complaints.words import ComplaintWords
from bot.errors import Fault, InvalidInputError, NotFoundError, NotPermittedError
from bot.files.model import StoredFile
from bot.files.service import FileStore
from bot.learning.cases import CaseRatings
from bot.people.model import Role, StaffMember
from bot.store import history
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step

NEEDED = {
    Kind.ENQUIRY: Role.AUTHOR,
    Kind.SUGGESTION: Role.AUTHOR,
    Kind.COMPLAINT: Role.APPROVER,
    Kind.REPORT: Role.APPROVER,
    Kind.REVIEW: Role.APPROVER,
}
"""Who may read and answer a kind: what is said against staff goes to supervisors alone."""
_SHOWN = 200
_BATCH = 50
_PROMISES_SINCE = timedelta(days=400)


@dataclass(frozen=True)
class Watch:
    """One look at the clock: before a limit staff are warned; past it the person is told, and staff once more."""

    column: str
    ahead: timedelta
    for_staff: str


_WARN = Watch("warned_for", WARNING, "staff_warning")
_LATE = Watch("late_for", timedelta(), "staff_late")


class ComplaintDesk:
    """The staff's side. Every look at a case and every act stands in the audit trail."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        files: FileStore,
        news: ComplaintNews,
        words: ComplaintWords,
        ratings: CaseRatings,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._files = files
        self._news = news
        self.words = words
        self._ratings = ratings
        self._zone = zone

    def now(self) -> datetime:
        """The desk's clock."""
        return self._clock()

    async def listed(self, member: StaffMember) -> tuple[list[Complaint], list[Complaint]]:
        """Open cases, the most urgent first, and finished ones; those that concern the asker are not among them."""
        async with self._store.read() as connection:
            lists = await sql.on_desk(connection, _SHOWN), await sql.recent(connection, _SHOWN // 4)
        open_cases, finished = ([case for case in found if self._may_act(case, member)] for found in lists)
        return open_cases, finished

    async def show(self, case_id: str, member: StaffMember) -> tuple[Complaint, Sequence[Mapping[str, Any]]]:
        """A case with its files and history. Raises NotFoundError; NotPermittedError for whom it concerns."""
        async with self._store.write() as connection:
            case = await self._case(connection, case_id, member)
            await self._record(connection, member, "look", case)
            return case, await history.history(connection, MACHINE.name, case_id)

    async def file(self, case_id: str, file_id: str, member: StaffMember) -> StoredFile:
        """A file of a case. Raises as `show` does."""
        async with self._store.write() as connection:
            case = await self._case(connection, case_id, member)
            await self._record(connection, member, "file", case, file=file_id)
        return await self._files.get_held(file_id, holder_of(case_id))

    async def take(self, case_id: str, member: StaffMember) -> Complaint:
        """Become responsible for a case. Raises NotFoundError, ConflictError when another was first, NotPermittedError."""
        now = self._clock()
        async with self._store.write() as connection:
            before = await self._case(connection, case_id, member)
            again = {} if before.acknowledged_at else {"acknowledged_at": now}
            case = await self._move(connection, before, State.IN_HAND, member, None, owner=member.name, **again)
            sentence = "in_hand_again" if case.reopened else "in_hand"
            await self._news.person(connection, case, lambda language: self.words.told(sentence, case, language), now)
        await self._news.wake()
        return case

    async def answer(self, case_id: str, member: StaffMember, text: str) -> Complaint:
        """Answer a case one has. Raises InvalidInputError, NotFoundError, ConflictError, NotPermittedError."""
        now, text = self._clock(), text.strip()
        if not 1 <= len(text) <= ANSWER_MAX_CHARS:
            raise InvalidInputError([Fault("text", "length", f"Write 1 to {ANSWER_MAX_CHARS} characters.")])
        async with self._store.write() as connection:
            before = await self._owned(connection, case_id, member)
            first = {} if before.answered_at else {"answered_at": now}
            case = await self._move(connection, before, State.ANSWERED, member, None, answer=text, **first)
            await self._news.person(connection, case, lambda language: self.words.answered(case, language), now)
        await self._news.wake()
        return case

    async def refer(self, case_id: str, member: StaffMember, to: str, why: str) -> Complaint:
        """Pass a case to the authority that decides. Raises as `answer` does."""
        now = self._clock()
        faults = [
            Fault(name, "length", "Write 1 to 500 characters.")
            for name, text in (("to", to), ("why", why))
            if not 1 <= len(text.strip()) <= 500
        ]
        if faults:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            before = await self._case(connection, case_id, member)
            first = {} if before.answered_at else {"answered_at": now}
            first |= {} if before.acknowledged_at else {"acknowledged_at": now}
            case = await self._move(connection, before, State.REFERRED, member, f"{to}: {why}", **first)
            await self._news.person(
                connection, case, lambda language: self.words.told("referred", case, language, to=to, why=why), now
            )
            await self._ratings.ask(connection, MACHINE.name, case_id, now.astimezone(self._zone).date())
        await self._news.wake()
        return case

    async def bar(self, case_id: str, member: StaffMember, name: str) -> Complaint:
        """Keep a member of staff away from a case that concerns them. Raises InvalidInputError, NotFoundError."""
        async with self._store.write() as connection:
            case = await self._case(connection, case_id, member)
            if name not in await sql.staff_names(connection):
                raise InvalidInputError([Fault("name", "unknown", "There is no member of staff of that name.")])
            barred = sorted(case.barred | {name})
            owner = None if case.owner == name else case.owner
            await sql.change(connection, case_id, barred=barred, owner=owner, changed_at=self._clock())
            await self._record(connection, member, "bar", case, name=name)
            return replace(case, barred=frozenset(barred), owner=owner)

    async def tick(self) -> None:
        """Warn staff, tell people of limits not kept, close what nobody objected to. Several workers may do this at once."""
        told = await self._watch(_WARN) + await self._watch(_LATE)
        now = self._clock()
        async with self._store.read() as connection:
            silent = await sql.silent_since(connection, now - SILENCE_CLOSES, _BATCH)
        for case_id in silent:
            async with self._store.write() as connection:
                case = await sql.get(connection, case_id)
                if case is not None and case.state is State.ANSWERED and case.changed_at < now - SILENCE_CLOSES:
                    closed = await self._move(connection, case, State.CLOSED, None, "nobody objected")
                    await self._ratings.ask(connection, MACHINE.name, case_id, now.astimezone(self._zone).date())
                    await self._tell(connection, closed, "closed", now)
        if told or silent:
            await self._news.wake()

    async def promises(self) -> list[Promise]:
        """How often the published limits were kept, by kind, step and month, the latest first."""
        now = self._clock()
        async with self._store.read() as connection:
            rows = await sql.limits_kept(connection, now - _PROMISES_SINCE)
        found: list[Promise] = []
        for kind in Kind:
            mine = [row for row in rows if row[0] is kind]
            found += tally(kind, "acknowledge", [(row[1], row[2]) for row in mine], now, self._zone)
            found += tally(kind, "answer", [(row[3], row[4]) for row in mine], now, self._zone)
        return found

    async def _watch(self, watch: Watch) -> int:
        now = self._clock()
        async with self._store.read() as connection:
            due = await sql.due_before(connection, now + watch.ahead, watch.column, _BATCH)
        for case in due:
            async with self._store.write() as connection:
                if case.due_at is None or not await sql.claim_note(connection, case, watch.column, case.due_at):
                    continue
                await self._news.staff(connection, case, watch.for_staff, now)
                if watch is _LATE:
                    step = "late_acknowledge" if case.state is State.RECEIVED else "late_answer"
                    await self._tell(connection, case, step, now)
        return len(due)

    async def _tell(self, connection: AsyncConnection, case: Complaint, sentence: str, now: datetime) -> None:
        due_at = case.due_at or case.answer_by
        await self._news.person(
            connection,
            case,
            lambda language: self.words.told(sentence, case, language, day=self.words.day(due_at, language)),
            now,
        )

    async def _case(self, connection: AsyncConnection, case_id: str, member: StaffMember) -> Complaint:
        case = await sql.get(connection, case_id)
        if case is None:
            raise NotFoundError("case")
        if not self._may_act(case, member):
            raise NotPermittedError(
                "The case concerns you, you answered it before, or your role does not reach so far."
            )
        return replace(case, files=await self._files.held(connection, holder_of(case_id)))

    @staticmethod
    def _may_act(case: Complaint, member: StaffMember) -> bool:
        return member.name not in case.barred and member.role.may_act_as(NEEDED[case.kind])

    async def _owned(self, connection: AsyncConnection, case_id: str, member: StaffMember) -> Complaint:
        case = await self._case(connection, case_id, member)
        if case.owner != member.name:
            raise NotPermittedError("Take the case first: whoever has it answers.")
        return case

    async def _move(
        self,
        connection: AsyncConnection,
        case: Complaint,
        to: State,
        member: StaffMember | None,
        why: str | None,
        **values: Any,
    ) -> Complaint:
        now = self._clock()
        step = Step(f"staff:{member.name}" if member else "system", now, why=why)
        await history.move(connection, MACHINE, case.id, to, step, changed_at=now, **values)
        if member is not None:
            await self._record(connection, member, to.value, case)
        return replace(case, state=to, changed_at=now, **values)

    async def _record(
        self, connection: AsyncConnection, member: StaffMember, act: str, case: Complaint, **detail: str
    ) -> None:
        await self._audit.record(
            connection, self._clock(), f"staff:{member.name}", f"complaint.{act}", f"complaint:{case.number}", **detail
        )
