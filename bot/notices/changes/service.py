"""Use cases of changes: correct and withdraw what was delivered. Superseding is done by sending the new notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import CauseKind
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError, SelfApprovalError
from bot.notices import store as notice_store
from bot.notices.changes import store as change_store
from bot.notices.changes.messages import ChangeMessages
from bot.notices.changes.model import Change, ChangeKind, ChangeState, Proof
from bot.notices.model import PUBLISHED, NoticeState, NoticeText, checked_content
from bot.notices.queries import found
from bot.notices.texts import NoticeTexts
from bot.people.model import Role, StaffMember, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store

REASON_MAX_CHARS = 500
_PROOFS_AT_ONCE = 1000


@dataclass(frozen=True)
class ChangeStatus:
    """A change with its live outcomes: how many recipients have which; those without one by their delivery's state."""

    change: Change
    outcomes: Mapping[str, int]


class ChangeService:
    """A correction holds new words and needs two persons; a withdrawal holds none of its author's and needs one."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, texts: NoticeTexts) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._texts = texts
        self._messages = ChangeMessages(texts)

    async def propose_correction(
        self, notice_id: str, texts: Mapping[str, NoticeText], *, by: StaffMember, reason: str | None = None
    ) -> Change:
        """Ask for approval of corrected texts of a notice that went out. Nothing is changed by this.

        Raises NotFoundError, InvalidInputError, ConflictError (it holds no longer, or another change is open).
        """
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.state not in PUBLISHED:
                raise ConflictError("Only a notice that went out and holds is corrected.", state=notice.state)
            content = notice.content
            corrected, faults = checked_content(
                content.topic, content.base_language, texts, content.source_url, (content.topic,)
            )
            faults += _reason_faults(reason)
            if corrected is None or faults:
                raise InvalidInputError(faults)
            if await change_store.has_open(connection, notice_id):
                raise ConflictError("Another change of this notice is not finished.", state=notice.state)
            change_id = new_id()
            await change_store.add(
                connection,
                change_id,
                notice_id,
                ChangeKind.CORRECTION,
                ChangeState.PROPOSED,
                by.id,
                self._clock(),
                texts=corrected.texts,
                reason=reason,
            )
            await self._record(connection, by, "propose_correction", notice_id, change=change_id)
            return await self._found(connection, change_id)

    async def approve(self, change_id: str, *, by: StaffMember) -> Change:
        """Approve what another person proposed: unsent messages go out corrected, delivered ones are edited.

        Raises NotFoundError, NotPermittedError (role), SelfApprovalError, ConflictError.
        """
        _needs_approver(by)
        now = self._clock()
        async with self._store.write() as connection:
            change = await self._found(connection, change_id)
            if change.author_id == by.id:
                raise SelfApprovalError("A correction is approved by another person than its author.")
            notice = await found(connection, change.notice_id)
            own, payload = self._messages.correction(notice, change.texts, now)
            done = await change_store.move(
                connection, change_id, ChangeState.APPROVED, approver_id=by.id, decided_at=now, payload=payload
            )
            if not done or not await notice_store.correct(connection, notice.id, change.texts, own):
                raise ConflictError("This is not possible any more.", state=change.state)
            await change_store.put_words(connection, notice.id, own)
            await self._record(connection, by, "approve_correction", notice.id, change=change_id)
            return await self._found(connection, change_id)

    async def drop(self, change_id: str, *, by: StaffMember) -> Change:
        """Give a proposal up: its author, or an approver. Raises NotFoundError, NotPermittedError, ConflictError."""
        async with self._store.write() as connection:
            change = await self._found(connection, change_id)
            if change.author_id != by.id:
                _needs_approver(by)
            if not await change_store.move(connection, change_id, ChangeState.DROPPED, decided_at=self._clock()):
                raise ConflictError("It was decided already.", state=change.state)
            await self._record(connection, by, "drop_correction", change.notice_id, change=change_id)
            return await self._found(connection, change_id)

    async def withdraw(self, notice_id: str, *, by: StaffMember, reason: str) -> Change:
        """Take back what was delivered and stop what is unsent: its author, or an approver. reason: for the record.

        Raises NotFoundError, NotPermittedError, InvalidInputError (no reason), ConflictError (never sent, or withdrawn).
        """
        faults = _reason_faults(reason) or ([] if reason.strip() else [Fault("reason", "required", "Say why.")])
        if faults:
            raise InvalidInputError(faults)
        now, change_id = self._clock(), new_id()
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.author_id != by.id:
                _needs_approver(by)
            was_sent = await change_store.outbox_of(connection, notice_id) is not None
            if not was_sent or not await notice_store.move(
                connection, notice_id, NoticeState.WITHDRAWN, ended_at=now, stopped_by=by.name
            ):
                raise ConflictError("Only a notice that went out is withdrawn.", state=notice.state)
            await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)
            await change_store.drop_open(connection, notice_id, now)
            await change_store.add(
                connection,
                change_id,
                notice_id,
                ChangeKind.WITHDRAWAL,
                ChangeState.APPROVED,
                by.id,
                now,
                reason=reason.strip(),
                payload=self._messages.withdrawal(notice),
            )
            await self._record(connection, by, "withdraw", notice_id, change=change_id, reason=reason.strip())
            return await self._found(connection, change_id)

    async def find(self, change_id: str) -> ChangeStatus:
        """A change with its outcomes. Raises NotFoundError."""
        async with self._store.read() as connection:
            change = await self._found(connection, change_id)
            outcomes = await change_store.outcomes(connection, [change_id])
        return ChangeStatus(change, outcomes.get(change_id, {}))

    async def of_notice(self, notice_id: str) -> Sequence[ChangeStatus]:
        """The changes of a notice, the one made last first."""
        async with self._store.read() as connection:
            changes = await change_store.of_notice(connection, notice_id)
            outcomes = await change_store.outcomes(connection, [change.id for change in changes])
        return [ChangeStatus(change, outcomes.get(change.id, {})) for change in changes]

    async def proofs(self, change_id: str, after: int = 0) -> tuple[list[Proof], int | None]:
        """What became of each recipient, at most 1,000 from a number on; the number to go on with, None at the end."""
        async with self._store.read() as connection:
            await self._found(connection, change_id)
            rows = await change_store.proofs(connection, change_id, after, _PROOFS_AT_ONCE)
        return [proof for _, proof in rows], rows[-1][0] if len(rows) == _PROOFS_AT_ONCE else None

    async def _found(self, connection: AsyncConnection, change_id: str) -> Change:
        change = await change_store.find(connection, change_id)
        if change is None:
            raise NotFoundError("change")
        return change

    async def _record(
        self, connection: AsyncConnection, by: StaffMember, act: str, notice_id: str, **detail: object
    ) -> None:
        await self._audit.record(
            connection, self._clock(), f"staff:{by.name}", f"notice.{act}", f"notice:{notice_id}", **detail
        )


def _reason_faults(reason: str | None) -> list[Fault]:
    if reason is not None and len(reason) > REASON_MAX_CHARS:
        return [Fault("reason", "too-long", f"A reason has at most {REASON_MAX_CHARS} characters.")]
    return []


def _needs_approver(member: StaffMember) -> None:
    if not member.role.may_act_as(Role.APPROVER):
        raise NotPermittedError(f"The role {Role.APPROVER} is needed.")
