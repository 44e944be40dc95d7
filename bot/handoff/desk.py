"""Use cases of the staff's side: take, answer, close; passing on is in `passing.py`. Every act is in history and audit trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.model import Language, Reply
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError
from bot.handoff import roster_store, store
from bot.handoff.model import HANDOFF, TEXT_MAX_CHARS, TO_STAFF, Case, CaseState, ClosedBy, Side
from bot.handoff.parts import DeskParts
from bot.handoff.ports import Entries
from bot.handoff.sight import Sight
from bot.handoff.telling import payload_of, shown
from bot.notices.markup import plain
from bot.people.model import Role, StaffMember
from bot.store.audit import AuditTrail
from bot.store.history import Step, move


class Desk:
    """What staff do with cases. entries: the knowledge base, for canned answers."""

    def __init__(self, parts: DeskParts, audit: AuditTrail, entries: Entries) -> None:
        self.parts = parts
        self.audit = audit
        self.entries = entries
        self.sight = Sight(parts)
        self.words = parts.teller.words

    async def take(self, number: int, by: StaffMember) -> Case:
        """Become responsible for a case that waits. Of two at once one wins; the other gets ConflictError."""
        parts, now = self.parts, self.parts.clock()
        async with parts.store.write() as connection:
            case = await self.held(connection, number, by)
            if case.state is not CaseState.WAITING:
                # Other states lead to TAKEN too, by acts of the person and of other units.
                raise ConflictError(f"The case is {case.state}.", state=case.state)
            since = case.waiting_since or case.opened_at
            await move(
                connection,
                HANDOFF,
                case.id,
                CaseState.TAKEN,
                self.step(by, now, "taken"),
                owner_id=by.id,
                owned_since=now,
                waiting_since=None,
                changed_at=now,
                **({} if case.taken_at else {"taken_at": now}),
            )
            await self._show_all(connection, case, now)
            await self.tell_person(connection, case, by.id, "taken", now)
            others = [
                one.staff.id for one in await roster_store.members(connection, case.team_id) if one.staff.id != by.id
            ]
            await self.tell_staff(connection, case, others, "s_gone_to", now, who=by.name)
            await self.record(connection, by, "take", case, now)
            taken = await store.case_by_id(connection, case.id)
        metrics.handoff_waiting_seconds.labels(case.team_id).observe((now - since).total_seconds())
        await parts.teller.wake()
        return taken or case

    async def answer(self, number: int, text: str, by: StaffMember, *, ref: str | None = None) -> None:
        """Say something to the person. Only the owner does. Stored before it is acknowledged, handed on in order.

        ref: the same message handed over again is said once. Raises InvalidInputError (text), NotFoundError, NotPermittedError,
        ConflictError when nobody has the case or it has ended.
        """
        text = text.strip()
        if not 1 <= len(text) <= TEXT_MAX_CHARS:
            raise InvalidInputError([Fault("text", "length", f"1 to {TEXT_MAX_CHARS} characters, not {len(text)}.")])
        await self._say(number, by, lambda language: Reply(text=plain(text), kind="handoff"), ref=ref, written=text)

    async def answer_canned(self, number: int, shortcut: str, by: StaffMember, *, ref: str | None = None) -> None:
        """Say one of the desk's own texts, in the person's language. Raises NotFoundError as well."""
        canned = next((one for one in await self.parts.roster.canned() if one.shortcut == shortcut), None)
        if canned is None:
            raise NotFoundError("canned text")
        await self._say(number, by, lambda language: Reply(text=plain(canned.texts[language]), kind="handoff"), ref=ref)

    async def answer_entry(self, number: int, entry_id: str, by: StaffMember, *, ref: str | None = None) -> None:
        """Say what an entry says, in the person's language, with its source and date. Raises NotFoundError as well."""
        if self.entries.answer(entry_id, "zh-Hans") is None:
            raise NotFoundError("entry")

        def make(language: Language) -> Reply:
            found = self.entries.answer(entry_id, language)
            if found is None:  # pragma: no cover - it was there a moment ago, and entries are in three languages
                raise NotFoundError("entry")
            # Its buttons lead on in the talk with the bot, which does not speak now.
            return found.model_copy(update={"buttons": []})

        await self._say(number, by, make, ref=ref, entry=entry_id)

    async def close(self, number: int, by: StaffMember, why: str | None = None) -> None:
        """End the case; the bot is back. The owner does, or an administrator."""
        parts, now = self.parts, self.parts.clock()
        async with parts.store.write() as connection:
            case = await self.held(connection, number, by)
            if case.owner_id != by.id and by.role is not Role.ADMIN:
                raise NotPermittedError("Only the owner of a case closes it.")
            await move(
                connection,
                HANDOFF,
                case.id,
                CaseState.CLOSED,
                self.step(by, now, why or "closed"),
                closed_at=now,
                closed_by=ClosedBy.STAFF,
                passed_to=None,
                waiting_since=None,
                changed_at=now,
            )
            await parts.teller.person(connection, case, self._goodbye(case), now)
            await self.record(connection, by, "close", case, now)
        metrics.handoff_closed.labels(case.team_id, ClosedBy.STAFF).inc()
        await parts.teller.wake()

    def _goodbye(self, case: Case) -> Callable[[Language], Reply]:
        def make(language: Language) -> Reply:
            text = self.words.say("closed_staff", language, number=case.name)
            return Reply(text=text, kind="push", buttons=self.parts.ratings.buttons(case.id, language))

        return make

    async def _say(
        self,
        number: int,
        by: StaffMember,
        make: Callable[[Language], Reply],
        *,
        ref: str | None,
        written: str = "",
        entry: str | None = None,
    ) -> None:
        parts, now = self.parts, self.parts.clock()
        async with parts.store.write() as connection:
            case = await self.held(connection, number, by)
            if ref is not None and await store.is_kept(connection, ref):
                return
            self.must_own(case, by)
            who = await shown(connection, await roster_store.team(connection, case.team_id), by.id, case.language)
            message = make(case.language).model_copy(update={"speaker": who})
            await store.add_message(
                connection,
                case_id=case.id,
                side=Side.STAFF,
                staff_id=by.id,
                text=written or message.text,
                entry=entry,
                payload=payload_of(message),
                ref=ref,
                at=now,
            )
            first = {} if case.spoke_at else {"answered_at": now}
            if case.state is CaseState.TAKEN:
                step = self.step(by, now, "answered")
                await move(
                    connection, HANDOFF, case.id, CaseState.ANSWERED, step, changed_at=now, spoke_at=now, **first
                )
            else:
                await store.change(connection, case.id, now, spoke_at=now, **first)
            await parts.teller.release(connection, case, now)
            await self.record(connection, by, "answer", case, now)
        metrics.handoff_answers.labels(case.team_id).inc()
        await parts.teller.wake()

    async def _show_all(self, connection: AsyncConnection, case: Case, now: datetime) -> None:
        """What was said while nobody had the case is shown to whoever takes it, all at once."""
        waiting = await store.unreleased(connection, case.id, TO_STAFF)
        await store.release(connection, [row.seq for row in waiting], now)

    async def held(self, connection: AsyncConnection, number: int, by: StaffMember) -> Case:
        """The case, held until the transaction ends. Raises NotFoundError, NotPermittedError."""
        return await self.sight.of(connection, await store.lock_case(connection, number), by)

    def must_own(self, case: Case, by: StaffMember) -> None:
        """Raises ConflictError while nobody has it, NotPermittedError when somebody else does."""
        if case.owner_id is None or case.state in HANDOFF.final:
            raise ConflictError(f"The case is {case.state}.", state=case.state)
        if case.owner_id != by.id:
            raise NotPermittedError("Somebody else is responsible for this case.")

    async def tell_person(
        self, connection: AsyncConnection, case: Case, staff_id: str | None, sentence: str, now: datetime, **values: str
    ) -> None:
        """Tell the person what becomes of their case. staff_id: who is responsible, for {who}."""
        team = await roster_store.team(connection, case.team_id)
        whos = {language: await shown(connection, team, staff_id, language) for language in team.names}
        target = await roster_store.team(connection, case.passed_to) if case.passed_to else team

        def make(language: Language) -> Reply:
            more = values | {"reason": plain(self.parts.teller.reason(case.pass_reason, language))}
            text = self.words.say(
                sentence, language, number=case.name, who=whos[language], team=target.names[language], **more
            )
            return Reply(text=text, kind="push")

        await self.parts.teller.person(connection, case, make, now)

    async def tell_staff(
        self,
        connection: AsyncConnection,
        case: Case,
        staff_ids: Sequence[str],
        sentence: str,
        now: datetime,
        **values: str,
    ) -> None:
        """Tell members of staff what became of a case."""
        target = await roster_store.team(connection, case.handled_by)

        def make(language: Language) -> Reply:
            more = {"team": target.names[language]} | {name: plain(value) for name, value in values.items()}
            return Reply(text=self.words.say(sentence, language, number=case.name, **more), kind="push")

        await self.parts.teller.staff(connection, case, staff_ids, make, now)

    def step(self, by: StaffMember, now: datetime, why: str, **detail: str | None) -> Step:
        """A step of the history."""
        return Step(f"staff:{by.name}", now, why, detail)

    async def record(
        self, connection: AsyncConnection, by: StaffMember, act: str, case: Case, now: datetime, **detail: str
    ) -> None:
        """The act in the audit trail."""
        await self.audit.record(connection, now, f"staff:{by.name}", f"handoff.{act}", f"case:{case.name}", **detail)
