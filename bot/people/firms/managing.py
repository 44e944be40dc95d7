"""Who may manage a firm's people, asked in the transaction of the act."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConflictError, NotFoundError, NotPermittedError
from bot.people.firms import store as firm_store
from bot.people.firms.model import Firm, Member
from bot.people.model import Person

LAST_ADMIN = "last-admin"
"""The state in which ConflictError is raised where a firm would be left without an admin."""


async def manager(
    connection: AsyncConnection, person: Person, firm_id: str, *, changes: bool = True
) -> tuple[Firm, Member]:
    """The firm, and the person in it who may manage its members. Raises NotPermittedError, the same for unknown firms.

    changes: nobody else changes who belongs to the firm until the transaction ends.
    """
    if changes:
        await firm_store.hold(connection, firm_id)
    firm = await firm_store.firm_of_id(connection, firm_id)
    member = await firm_store.member_in(connection, firm_id, person.id)
    if firm is None or member is None or not member.manages:
        raise NotPermittedError("You may not manage that firm's members.")
    return firm, member


async def other_member(
    connection: AsyncConnection, person: Person, firm_id: str, member_id: str
) -> tuple[Firm, Member, Member]:
    """The firm, the person who manages it, and one of its members. Raises NotPermittedError, NotFoundError."""
    firm, own = await manager(connection, person, firm_id)
    for member in await firm_store.members_of(connection, firm_id):
        if member.id == member_id:
            return firm, own, member
    raise NotFoundError("member")


async def needs_another_admin(connection: AsyncConnection, firm: Firm, leaving: Member) -> None:
    """Raises ConflictError (state LAST_ADMIN) where nobody would be left who has every right."""
    members = await firm_store.members_of(connection, firm.id)
    if not any(member.admin and member.id != leaving.id for member in members):
        raise ConflictError("The last admin cannot go: make another member an admin first.", state=LAST_ADMIN)


def audit_name(firm: Firm) -> str:
    """A firm in the audit trail."""
    return f"firm:{firm.credit_code}"
