"""SQL of firms, members, rights and invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.firms.lives_model import InvitationKind
from bot.people.firms.model import (
    EVERYTHING,
    Firm,
    Grants,
    Invitation,
    Member,
    Right,
    rows_of,
)
from bot.people.firms.rights import firms_of, grants_by_member
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.store.schema import enterprises, firm_invitations, firm_members, firm_rights, follows
from bot.store.serial import one_at_a_time


async def hold(connection: AsyncConnection, *firm_ids: str) -> None:
    """One transaction at a time changes who belongs to a firm: what it counts stays so until it ends."""
    await one_at_a_time(connection, *(f"firm:{firm_id}" for firm_id in firm_ids))


async def firm_of_code(connection: AsyncConnection, credit_code: str) -> Firm | None:
    """The firm with this credit code; None when it was never heard of."""
    return await _firm(connection, enterprises.c.credit_code == credit_code)


async def firm_of_id(connection: AsyncConnection, firm_id: str) -> Firm | None:
    """The firm with this id."""
    return await _firm(connection, enterprises.c.id == firm_id)


async def _firm(connection: AsyncConnection, which: Any) -> Firm | None:
    row = (await connection.execute(select(enterprises).where(which))).one_or_none()
    return Firm(row.id, row.name, row.credit_code) if row else None


async def add_firm(connection: AsyncConnection, credit_code: str, name: str, at: datetime) -> Firm:
    """Keep a firm; one that is there keeps its name."""
    await connection.execute(
        insert_new(connection, enterprises).values(id=new_id(), name=name, credit_code=credit_code, created_at=at)
    )
    firm = await firm_of_code(connection, credit_code)
    if firm is None:  # pragma: no cover - it was written in this very transaction
        raise AssertionError("a firm just kept is not there")
    return firm


async def members_of(connection: AsyncConnection, firm_id: str) -> list[Member]:
    """Who belongs to a firm, admins first, then the longest there first."""
    return await _members(connection, firm_members.c.enterprise_id == firm_id)


async def member_in(connection: AsyncConnection, firm_id: str, person_id: str) -> Member | None:
    """What a person is in a firm; None: nothing."""
    found = await _members(connection, firm_members.c.enterprise_id == firm_id, firm_members.c.person_id == person_id)
    return found[0] if found else None


async def _members(connection: AsyncConnection, *which: Any) -> list[Member]:
    rows = (
        await connection.execute(
            select(firm_members)
            .where(firm_members.c.state == "active", *which)
            .order_by(firm_members.c.admin.desc(), firm_members.c.joined_at, firm_members.c.id)
        )
    ).all()
    grants = await grants_by_member(connection, [row.id for row in rows if not row.admin])
    return [
        Member(
            row.id,
            row.person_id,
            row.label,
            row.admin,
            EVERYTHING if row.admin else grants.get(row.id, {}),
            row.joined_at,
        )
        for row in rows
    ]


async def add_member(
    connection: AsyncConnection, firm_id: str, person_id: str, label: str, grants: Grants, at: datetime, *, admin: bool
) -> str:
    """Keep a member; returns the id of the membership."""
    member_id = new_id()
    await connection.execute(
        firm_members.insert().values(
            id=member_id,
            enterprise_id=firm_id,
            person_id=person_id,
            label=label,
            admin=admin,
            state="active",
            joined_at=at,
        )
    )
    await set_grants(connection, member_id, grants, admin=admin)
    return member_id


async def set_grants(connection: AsyncConnection, member_id: str, grants: Grants, *, admin: bool) -> None:
    """Replace what a member may do."""
    await connection.execute(update(firm_members).where(firm_members.c.id == member_id).values(admin=admin))
    await connection.execute(delete(firm_rights).where(firm_rights.c.member_id == member_id))
    rows = [] if admin else rows_of(grants)
    if rows:
        await connection.execute(
            firm_rights.insert(),
            [{"member_id": member_id, "right_name": right, "declaration_no": number} for right, number in rows],
        )


async def add_invitation(
    connection: AsyncConnection,
    firm_id: str,
    kind: InvitationKind,
    label: str,
    grants: Grants,
    code_hash: str,
    *,
    actor: str,
    at: datetime,
    expires_at: datetime,
    recovery_id: str | None = None,
) -> str:
    """Keep an invitation; returns its id."""
    invitation_id = new_id()
    await connection.execute(
        firm_invitations.insert().values(
            id=invitation_id,
            enterprise_id=firm_id,
            kind=kind,
            label=label,
            grants={right: None if (limit := grants[right]) is None else sorted(limit) for right in grants},
            code_hash=code_hash,
            state="open",
            created_by=actor,
            created_at=at,
            expires_at=expires_at,
            recovery_id=recovery_id,
        )
    )
    return invitation_id


async def open_invitation(connection: AsyncConnection, code_hash: str, at: datetime) -> Row[Any] | None:
    """The invitation behind a code, with its firm held until the transaction ends; None when there is none that is open."""
    query = select(firm_invitations).where(
        firm_invitations.c.code_hash == code_hash,
        firm_invitations.c.state == "open",
        firm_invitations.c.expires_at > at,
    )
    seen = (await connection.execute(query)).one_or_none()
    if seen is None:
        return None
    # The firm first, as everybody does it; then once more, for it may have been taken in the meantime.
    await hold(connection, seen.enterprise_id)
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    return row


async def open_invitations(connection: AsyncConnection, firm: Firm, at: datetime) -> list[Invitation]:
    """The open invitations of a firm, newest first."""
    rows = await connection.execute(
        select(firm_invitations)
        .where(
            firm_invitations.c.enterprise_id == firm.id,
            firm_invitations.c.state == "open",
            firm_invitations.c.expires_at > at,
        )
        .order_by(firm_invitations.c.created_at.desc(), firm_invitations.c.id)
    )
    return [
        Invitation(row.id, firm, InvitationKind(row.kind), row.label, stored_grants(row.grants), row.expires_at)
        for row in rows
    ]


async def invitations_of_kind(connection: AsyncConnection, firm_id: str, kinds: Collection[str]) -> list[str]:
    """Ids of the open invitations of these kinds."""
    return list(
        await connection.scalars(
            select(firm_invitations.c.id).where(
                firm_invitations.c.enterprise_id == firm_id,
                firm_invitations.c.state == "open",
                firm_invitations.c.kind.in_(list(kinds)),
            )
        )
    )


async def count_open(connection: AsyncConnection, firm_id: str, at: datetime) -> int:
    """How many invitations of a firm are open."""
    found = await connection.scalar(
        select(func.count())
        .select_from(firm_invitations)
        .where(
            firm_invitations.c.enterprise_id == firm_id,
            firm_invitations.c.state == "open",
            firm_invitations.c.expires_at > at,
        )
    )
    return found or 0


async def over_invitations(connection: AsyncConnection, at: datetime, limit: int) -> list[str]:
    """Ids of the open invitations whose time is over."""
    return list(
        await connection.scalars(
            select(firm_invitations.c.id)
            .where(firm_invitations.c.state == "open", firm_invitations.c.expires_at <= at)
            .limit(limit)
        )
    )


def stored_grants(raw: dict[str, list[str] | None]) -> dict[Right, frozenset[str] | None]:
    """Grants as an invitation keeps them."""
    return {Right(name): None if numbers is None else frozenset(numbers) for name, numbers in raw.items()}


async def end_lost_follows(
    connection: AsyncConnection, person_ids: Sequence[str], at: datetime
) -> list[tuple[str, str, str]]:
    """End the follows of these persons that a firm's right gave and gives no more; returns (person, kind, target)."""
    if not person_ids:
        return []
    rows = (
        await connection.execute(
            select(follows).where(follows.c.person_id.in_(list(person_ids)), follows.c.firm_id.is_not(None))
        )
    ).all()
    holds = {
        person_id: {firm.id: firm for firm in await firms_of(connection, person_id, Right.SHIPMENTS, at)}
        for person_id in sorted({row.person_id for row in rows})
    }
    ended = []
    for row in rows:
        firm = holds[row.person_id].get(row.firm_id)
        if firm is None or not firm.covers(row.target if row.kind == "declaration" else None):
            await connection.execute(delete(follows).where(follows.c.id == row.id))
            ended.append((row.person_id, row.kind, row.target))
        elif row.ends_at != firm.until:
            await connection.execute(update(follows).where(follows.c.id == row.id).values(ends_at=firm.until))
    return ended
