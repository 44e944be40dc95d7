"""Use cases of how a firm comes by its admin: staff after a look at papers, the firm's own system, recovery by two of staff."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError, SelfApprovalError
from bot.people.codes import hash_code, new_code, shown
from bot.people.firms import recoveries
from bot.people.firms import store as firm_store
from bot.people.firms.checks import credit_code_faults, label_faults, spell_credit_code
from bot.people.firms.lives_model import INVITATION, RECOVERY, InvitationKind, InvitationState, RecoveryState
from bot.people.firms.model import ADMIN_CODE_LIFE, EVERYTHING, Firm, Invitation, Member, News, Recovery
from bot.people.firms.ports import FirmNews
from bot.people.firms.service import firm_code_key
from bot.people.model import Key, Role, StaffMember, new_id
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move, opened

RECOVERY_LIFE = timedelta(days=7)
REASON_LEAST, REASON_MOST = 10, 500
NAME_MOST = 200
_AT_ONCE = 100
_ADMIN_CODES = (InvitationKind.FIRST_ADMIN, InvitationKind.RECOVERY)


class ClaimService:
    """What staff and a firm's own system do. What staff see of a firm's people is recorded, as all they do."""

    def __init__(self, store: Store, clock: Clock, secrets: Secrets, audit: AuditTrail, news: FirmNews) -> None:
        self._store = store
        self._clock = clock
        self._code_key = firm_code_key(secrets)
        self._audit = audit
        self._news = news

    async def look_up(self, credit_code: str, *, by: StaffMember) -> tuple[Firm, list[Member], list[Recovery]]:
        """A firm with its members and open recoveries; the look is recorded. Raises InvalidInputError, NotFoundError."""
        code = _checked(credit_code)
        async with self._store.write() as connection:
            firm = await firm_store.firm_of_code(connection, code)
            if firm is None:
                raise NotFoundError("firm")
            await self._note(connection, f"staff:{by.name}", "firm.look", firm)
            members = await firm_store.members_of(connection, firm.id)
            return firm, members, await recoveries.open_ones(connection, firm.id)

    async def first_admin_code(self, credit_code: str, name: str, label: str, *, by: StaffMember) -> Invitation:
        """A one-time code for a firm's first admin, after a look at the firm's papers; an earlier one of the kind ends.

        name: of the firm, kept when it is new here. label: the admin, as named in the papers. Raises InvalidInputError with all
        faults, NotPermittedError below approver, and ConflictError when the firm has an admin.
        """
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError("The role approver is needed.")
        code = spell_credit_code(credit_code)
        faults = credit_code_faults(code) + label_faults(label)
        if not (1 <= len(name.strip()) <= NAME_MOST and name.isprintable()):
            faults.append(Fault("name", "format", f"The firm's name has 1 to {NAME_MOST} characters that can be seen."))
        if faults:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            firm = await firm_store.add_firm(connection, code, name.strip(), self._clock())
            return await self._first_admin(connection, firm, label, f"staff:{by.name}")

    async def own_admin_code(self, key: Key, label: str) -> Invitation:
        """The same, asked for by the firm's own system with its key.

        Raises InvalidInputError, NotPermittedError, ConflictError.
        """
        faults = label_faults(label)
        if faults:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            firm = await firm_store.firm_of_id(connection, key.enterprise_id or "")
            if firm is None:
                raise NotPermittedError("This key belongs to no firm.")
            return await self._first_admin(connection, firm, label, f"key:{key.name}")

    async def _first_admin(self, connection: AsyncConnection, firm: Firm, label: str, actor: str) -> Invitation:
        await firm_store.hold(connection, firm.id)
        if any(member.admin for member in await firm_store.members_of(connection, firm.id)):
            raise ConflictError("The firm has an admin, who can invite others.", state="claimed")
        return await self._code(connection, firm, InvitationKind.FIRST_ADMIN, label, actor)

    async def request_recovery(
        self, credit_code: str, label: str, reason: str, *, replaces: bool, by: StaffMember
    ) -> Recovery:
        """Ask for a new admin of a firm whose admins are gone. All who manage its members are told at once.

        replaces: the admins that there are then are taken out when the new one joins. Raises InvalidInputError with all faults,
        NotPermittedError below approver, NotFoundError, and ConflictError when one is open.
        """
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError("The role approver is needed.")
        code = spell_credit_code(credit_code)
        faults = credit_code_faults(code) + label_faults(label)
        if not REASON_LEAST <= len(reason.strip()) <= REASON_MOST:
            faults.append(Fault("reason", "length", f"The reason needs {REASON_LEAST} to {REASON_MOST} characters."))
        if faults:
            raise InvalidInputError(faults)
        now, recovery_id = self._clock(), new_id()
        async with self._store.write() as connection:
            firm = await firm_store.firm_of_code(connection, code)
            if firm is None:
                raise NotFoundError("firm")
            await firm_store.hold(connection, firm.id)
            if await recoveries.open_ones(connection, firm.id):
                raise ConflictError("A recovery of this firm is open.", state="requested")
            await recoveries.add(
                connection,
                recovery_id,
                firm.id,
                reason=reason.strip(),
                label=label.strip(),
                replaces=replaces,
                staff_id=by.id,
                at=now,
            )
            step = Step(f"staff:{by.name}", now, reason.strip())
            await opened(connection, RECOVERY, recovery_id, RecoveryState.REQUESTED, step)
            await self._note(connection, step.actor, "firm.recovery", firm, recovery=recovery_id, reason=reason.strip())
            await self._news.tell(connection, News("recovery_asked", {"firm": firm.name}, firm_id=firm.id), now)
            recovery = await self._recovery(connection, recovery_id)
        await self._news.wake()
        return recovery

    async def approve_recovery(self, recovery_id: str, *, by: StaffMember) -> Invitation:
        """Agree, as another person than who asked: returns the new admin's one-time code, shown this once.

        Raises NotFoundError, NotPermittedError, SelfApprovalError, ConflictError.
        """
        now = self._clock()
        async with self._store.write() as connection:
            recovery = await self._to_decide(connection, recovery_id, by)
            step = Step(f"staff:{by.name}", now)
            await move(
                connection, RECOVERY, recovery_id, RecoveryState.APPROVED, step, decided_by=by.id, decided_at=now
            )
            await self._note(
                connection,
                step.actor,
                "firm.recovery.approve",
                recovery.firm,
                recovery=recovery_id,
                asked_by=recovery.requested_by,
                reason=recovery.reason,
            )
            return await self._code(
                connection, recovery.firm, InvitationKind.RECOVERY, recovery.label, step.actor, recovery_id
            )

    async def refuse_recovery(self, recovery_id: str, why: str, *, by: StaffMember) -> None:
        """Say no; who asked may do so themselves. Raises NotFoundError, NotPermittedError, ConflictError."""
        now = self._clock()
        async with self._store.write() as connection:
            recovery = await self._to_decide(connection, recovery_id, by, refuses=True)
            step = Step(f"staff:{by.name}", now, why.strip() or None)
            # The table knows deciders as second persons only.
            second = {} if recovery.requested_by == by.name else {"decided_by": by.id}
            await move(connection, RECOVERY, recovery_id, RecoveryState.REFUSED, step, decided_at=now, **second)
            await self._note(connection, step.actor, "firm.recovery.refuse", recovery.firm, recovery=recovery_id)

    async def open_recoveries(self) -> list[Recovery]:
        """Those that wait for a decision or for the new admin, of all firms, oldest first."""
        async with self._store.read() as connection:
            return await recoveries.open_ones(connection)

    async def tick(self) -> None:
        """What a worker does now and then: invitations and recoveries whose time is over."""
        now = self._clock()
        step = Step("system", now)
        async with self._store.read() as connection:
            codes = await firm_store.over_invitations(connection, now, _AT_ONCE)
            asked = await recoveries.over(connection, now - RECOVERY_LIFE)
        for invitation_id in codes:
            await self._lapse(INVITATION, invitation_id, InvitationState.EXPIRED, step)
        for recovery in asked:
            await self._lapse(RECOVERY, recovery.id, RecoveryState.LAPSED, step)

    async def _lapse(self, machine: object, case_id: str, state: object, step: Step) -> None:
        try:
            async with self._store.write() as connection:
                await move(connection, machine, case_id, state, step)  # type: ignore[arg-type,type-var]  # two machines
        except ConflictError:
            return  # it was used, or another worker was quicker

    async def _to_decide(
        self, connection: AsyncConnection, recovery_id: str, by: StaffMember, *, refuses: bool = False
    ) -> Recovery:
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError("The role approver is needed.")
        recovery = await self._recovery(connection, recovery_id)
        await firm_store.hold(connection, recovery.firm.id)
        if recovery.requested_by == by.name and not refuses:
            raise SelfApprovalError("A recovery is approved by another person than who asked for it.")
        return recovery

    async def _recovery(self, connection: AsyncConnection, recovery_id: str) -> Recovery:
        recovery = await recoveries.of_id(connection, recovery_id)
        if recovery is None:
            raise NotFoundError("recovery")
        return recovery

    async def _code(
        self,
        connection: AsyncConnection,
        firm: Firm,
        kind: InvitationKind,
        label: str,
        actor: str,
        recovery_id: str | None = None,
    ) -> Invitation:
        now, code = self._clock(), new_code()
        for earlier in await firm_store.invitations_of_kind(connection, firm.id, _ADMIN_CODES):
            await move(connection, INVITATION, earlier, InvitationState.WITHDRAWN, Step(actor, now, "a newer code"))
        expires_at = now + ADMIN_CODE_LIFE
        invitation_id = await firm_store.add_invitation(
            connection,
            firm.id,
            kind,
            label.strip(),
            EVERYTHING,
            hash_code(self._code_key, code),
            actor=actor,
            at=now,
            expires_at=expires_at,
            recovery_id=recovery_id,
        )
        await opened(connection, INVITATION, invitation_id, InvitationState.OPEN, Step(actor, now))
        await self._note(connection, actor, "firm.admin_code", firm, kind=kind, invitation=invitation_id)
        return Invitation(invitation_id, firm, kind, label.strip(), EVERYTHING, expires_at, shown(code))

    async def _note(self, connection: AsyncConnection, actor: str, action: str, firm: Firm, **detail: object) -> None:
        await self._audit.record(connection, self._clock(), actor, action, f"firm:{firm.credit_code}", **detail)


def _checked(credit_code: str) -> str:
    code = spell_credit_code(credit_code)
    faults = credit_code_faults(code)
    if faults:
        raise InvalidInputError(faults)
    return code
