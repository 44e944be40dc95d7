"""Use cases of a firm's own people: join, invite, list, change rights, take out, leave."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import (
    ConflictError,
    InvalidInputError,
    InvitationRefusedError,
    NotFoundError,
    NotPermittedError,
)
from bot.people import attempts
from bot.people.codes import hash_code, new_code, shown
from bot.people.firms import store as firm_store
from bot.people.firms.checks import grant_faults, label_faults
from bot.people.firms.lives_model import INVITATION, MEMBER, InvitationKind, InvitationState, MemberState
from bot.people.firms.managing import audit_name, manager, needs_another_admin, other_member
from bot.people.firms.model import (
    EVERYTHING,
    INVITATION_LIFE,
    Firm,
    Grants,
    Invitation,
    Member,
    Membership,
    News,
    Right,
    joined,
    within,
)
from bot.people.firms.ports import FirmNews
from bot.people.firms.recoveries import recovered
from bot.people.firms.rights import firms_of, memberships
from bot.people.model import Person
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move, opened

OPEN_MOST = 50
"""Invitations of one firm that may be open at once."""
_ADMINS = frozenset({InvitationKind.FIRST_ADMIN, InvitationKind.ADMIN, InvitationKind.RECOVERY})


def firm_code_key(secrets: Secrets) -> bytes:
    """The key under which codes of firms are kept."""
    return secrets.derive("firm-invitation")


class FirmService:
    """Every method is the act of a person; who they are is the caller's to know.

    A firm that a person does not belong to, and one that is unknown, are refused alike: NotPermittedError.
    """

    def __init__(self, store: Store, clock: Clock, secrets: Secrets, audit: AuditTrail, news: FirmNews) -> None:
        self._store = store
        self._clock = clock
        self._code_key = firm_code_key(secrets)
        self._audit = audit
        self._news = news

    async def memberships(self, person: Person) -> list[Membership]:
        """The firms that a person belongs to, by name."""
        async with self._store.read() as connection:
            found = []
            for firm, _ in (await memberships(connection, person.id)).values():
                member = await firm_store.member_in(connection, firm.id, person.id)
                if member is not None:
                    found.append(Membership(firm, member))
        return found

    async def acting(self, person: Person, right: Right) -> tuple[Firm, ...]:
        """The firms for which a person may act in a function now, by membership or mandate; see `rights.firms_of`."""
        async with self._store.read() as connection:
            return await firms_of(connection, person.id, right, self._clock())

    async def join(self, person: Person, code: str) -> Membership:
        """Join a firm with a one-time code. Somebody who belongs to it already gets what the code gives beside the rest.

        Raises InvitationRefusedError (never says why), TooManyAttemptsError after 5 wrong codes in an hour, and ConflictError
        where the code would give nothing new (it stays good).
        """
        now = self._clock()
        subjects = [f"firm:{person.id}"]
        membership = None
        async with self._store.write() as connection:
            await attempts.refuse_more(connection, subjects, now)
            row = await firm_store.open_invitation(connection, hash_code(self._code_key, code), now)
            if row is None:
                # Committed with the refusal below: a wrong try must count.
                await attempts.note(connection, subjects, now)
            else:
                membership = await self._join(connection, person, row)
        if membership is None:
            raise InvitationRefusedError
        await self._news.wake()
        return membership

    async def _join(self, connection: AsyncConnection, person: Person, row: Row[Any]) -> Membership:
        now, actor = self._clock(), f"person:{person.id}"
        firm = await firm_store.firm_of_id(connection, row.enterprise_id)
        if firm is None:  # pragma: no cover - an invitation names a firm
            raise AssertionError("an invitation into no firm")
        kind = InvitationKind(row.kind)
        admin = kind in _ADMINS
        given: Grants = EVERYTHING if admin else firm_store.stored_grants(row.grants)
        step = Step(actor, now, detail={"invitation": row.id})
        known = await firm_store.member_in(connection, firm.id, person.id)
        if known is None:
            member_id = await firm_store.add_member(connection, firm.id, person.id, row.label, given, now, admin=admin)
            await opened(connection, MEMBER, member_id, MemberState.ACTIVE, step)
        else:
            if known.admin or (not admin and within(given, known.grants)):
                raise ConflictError("You belong to this firm already, with these rights.", state="member")
            both = {**known.grants} | {
                right: joined(known.grants[right], limit) if right in known.grants else limit
                for right, limit in given.items()
            }
            await firm_store.set_grants(connection, known.id, both, admin=admin)
            await move(connection, MEMBER, known.id, MemberState.ACTIVE, step)
        await move(connection, INVITATION, row.id, InvitationState.USED, step)
        await self._audit.record(connection, now, actor, "firm.join", audit_name(firm), kind=kind, invitation=row.id)
        news = News("joined_admin" if admin else "joined", {"firm": firm.name, "label": row.label}, firm_id=firm.id)
        await self._news.tell(connection, news, now)
        if row.recovery_id is not None:
            lost = await recovered(connection, row.recovery_id, firm, person.id, step)
            await self._lost(connection, firm, lost, "removed")
        member = await firm_store.member_in(connection, firm.id, person.id)
        if member is None:  # pragma: no cover - it was written in this very transaction
            raise AssertionError("a member just kept is not there")
        return Membership(firm, member)

    async def invite(
        self, person: Person, firm_id: str, label: str, grants: Grants, *, admin: bool = False
    ) -> Invitation:
        """A one-time code by which somebody joins with these rights; see `invite_in`."""
        async with self._store.write() as connection:
            return await self.invite_in(connection, person, firm_id, label, grants, admin=admin)

    async def invite_in(
        self,
        connection: AsyncConnection,
        person: Person,
        firm_id: str,
        label: str,
        grants: Grants,
        *,
        admin: bool = False,
    ) -> Invitation:
        """A one-time code by which somebody joins with these rights, in the caller's transaction; it is shown this once.

        grants: of no effect for an admin. Raises InvalidInputError with all faults, NotPermittedError (who may manage members
        gives no more than they have; an admin is made by an admin), and ConflictError when too many invitations are open.
        """
        label = label.strip()
        faults = label_faults(label) + ([] if admin else grant_faults(grants))
        if faults:
            raise InvalidInputError(faults)
        now, code, actor = self._clock(), new_code(), f"person:{person.id}"
        kind = InvitationKind.ADMIN if admin else InvitationKind.DELEGATE
        given = EVERYTHING if admin else grants
        firm, member = await manager(connection, person, firm_id)
        if (admin and not member.admin) or not within(given, member.grants):
            raise NotPermittedError("You can only give rights that you have.")
        if await firm_store.count_open(connection, firm.id, now) >= OPEN_MOST:
            raise ConflictError("Too many invitations of this firm are open.", state="full")
        expires_at, code_hash = now + INVITATION_LIFE, hash_code(self._code_key, code)
        invitation_id = await firm_store.add_invitation(
            connection, firm.id, kind, label, given, code_hash, actor=actor, at=now, expires_at=expires_at
        )
        await opened(connection, INVITATION, invitation_id, InvitationState.OPEN, Step(actor, now))
        detail = {"kind": kind, "invitation": invitation_id}
        await self._audit.record(connection, now, actor, "firm.invite", audit_name(firm), **detail)
        return Invitation(invitation_id, firm, kind, label, given, expires_at, shown(code))

    async def invitations(self, person: Person, firm_id: str) -> list[Invitation]:
        """The firm's open invitations, newest first, without their codes. For who manages members."""
        async with self._store.read() as connection:
            firm, _ = await manager(connection, person, firm_id, changes=False)
            return await firm_store.open_invitations(connection, firm, self._clock())

    async def withdraw(self, person: Person, firm_id: str, invitation_id: str) -> None:
        """Take an open invitation back. Raises NotFoundError, and ConflictError when it is used already."""
        now = self._clock()
        async with self._store.write() as connection:
            firm, member = await manager(connection, person, firm_id)
            found = {one.id: one for one in await firm_store.open_invitations(connection, firm, now)}.get(invitation_id)
            if found is None:
                raise NotFoundError("invitation")
            if found.kind in _ADMINS and not member.admin:
                raise NotPermittedError("An admin's invitation is taken back by an admin.")
            step = Step(f"person:{person.id}", now)
            await move(connection, INVITATION, invitation_id, InvitationState.WITHDRAWN, step)
            await self._audit.record(
                connection, now, step.actor, "firm.uninvite", audit_name(firm), invitation=invitation_id
            )

    async def members(self, person: Person, firm_id: str) -> list[Member]:
        """Who belongs to the firm, admins first. For who manages members."""
        async with self._store.read() as connection:
            firm, _ = await manager(connection, person, firm_id, changes=False)
            return await firm_store.members_of(connection, firm.id)

    async def change_rights(
        self, person: Person, firm_id: str, member_id: str, grants: Grants, *, admin: bool = False
    ) -> Member:
        """Replace what a member may do. Raises InvalidInputError, NotFoundError, NotPermittedError, LastAdminError."""
        faults = [] if admin else grant_faults(grants)
        if faults:
            raise InvalidInputError(faults)
        now = self._clock()
        async with self._store.write() as connection:
            firm, own, member = await other_member(connection, person, firm_id, member_id)
            allowed = own.admin or (not admin and not member.admin and within(member.grants, own.grants))
            if not allowed or not within(grants, own.grants):
                raise NotPermittedError("You can only give rights that you have.")
            if member.admin and not admin:
                await needs_another_admin(connection, firm, member)
            await firm_store.set_grants(connection, member.id, grants, admin=admin)
            step = Step(f"person:{person.id}", now, detail={"admin": admin, "rights": sorted(grants)})
            await move(connection, MEMBER, member.id, MemberState.ACTIVE, step)
            await self._audit.record(
                connection,
                now,
                step.actor,
                "firm.rights",
                audit_name(firm),
                member=member.id,
                admin=admin,
                rights=sorted(grants),
            )
            await self._lost(connection, firm, [member], "rights_changed")
            changed = await firm_store.member_in(connection, firm.id, member.person_id)
        await self._news.wake()
        if changed is None:  # pragma: no cover - held by this very transaction
            raise AssertionError("a member just changed is not there")
        return changed

    async def take_out(self, person: Person, firm_id: str, member_id: str, why: str | None = None) -> None:
        """Take a member out; what they could do ends at once. Raises NotFoundError, NotPermittedError, LastAdminError."""
        async with self._store.write() as connection:
            firm, own, member = await other_member(connection, person, firm_id, member_id)
            if not own.admin and (member.admin or not within(member.grants, own.grants)):
                raise NotPermittedError("An admin is taken out by an admin.")
            await self._end(connection, firm, member, MemberState.REMOVED, person, why)
        await self._news.wake()

    async def leave(self, person: Person, firm_id: str) -> None:
        """Leave a firm. Raises NotPermittedError for somebody who is not in it, LastAdminError."""
        async with self._store.write() as connection:
            await firm_store.hold(connection, firm_id)
            firm = await firm_store.firm_of_id(connection, firm_id)
            member = await firm_store.member_in(connection, firm_id, person.id)
            if firm is None or member is None:
                raise NotPermittedError("You do not belong to that firm.")
            await self._end(connection, firm, member, MemberState.LEFT, person, None)
        await self._news.wake()

    async def _end(
        self,
        connection: AsyncConnection,
        firm: Firm,
        member: Member,
        state: MemberState,
        by: Person,
        why: str | None,
    ) -> None:
        now = self._clock()
        if member.admin:
            await needs_another_admin(connection, firm, member)
        step = Step(f"person:{by.id}", now, why)
        await move(connection, MEMBER, member.id, state, step, ended_at=now)
        await self._audit.record(connection, now, step.actor, f"firm.{state}", audit_name(firm), member=member.id)
        await self._lost(connection, firm, [member], state)
        told = News(f"{state}_others", {"firm": firm.name, "label": member.label}, firm_id=firm.id)
        await self._news.tell(connection, told, now)

    async def _lost(self, connection: AsyncConnection, firm: Firm, members: list[Member], what: str) -> None:
        """Tell members what they lost, and end the follows that came from it."""
        now = self._clock()
        persons = [member.person_id for member in members]
        await self._news.follows_ended(connection, await firm_store.end_lost_follows(connection, persons, now), now)
        for member in members:
            values = {"firm": firm.name, "label": member.label}
            await self._news.tell(connection, News(what, values, to=(member.person_id,)), now)
