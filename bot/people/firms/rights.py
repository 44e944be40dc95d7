"""For which firms a person may act, asked in the caller's own transaction. Every room that acts for a firm asks here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import NotPermittedError
from bot.people.firms.model import EVERY, EVERYTHING, Firm, Grants, Right, common, grants_of, joined
from bot.store.schema import declarations, enterprises, firm_members, firm_rights, mandate_rights, mandates


async def firms_of(connection: AsyncConnection, person_id: str, right: Right, at: datetime) -> tuple[Firm, ...]:
    """The firms for which a person may act in this function, by name: their own, and those whose mandate theirs hold.

    A right that is limited to declarations counts; see `Firm.declarations`. A mandate gives only what both hold: the mandate
    and the person in the broker.
    """
    own = await memberships(connection, person_id)
    found: dict[str, Firm] = {}
    for firm, grants in own.values():
        if right in grants:
            found[firm.id] = Firm(firm.id, firm.name, firm.credit_code, grants[right])
    brokers = {firm.id: grants[right] for firm, grants in own.values() if right in grants}
    for firm, limit in await _mandated(connection, brokers, right, at):
        known = found.get(firm.id)
        if known is None:
            found[firm.id] = firm
        elif known.declarations is not None:
            # Both ways hold at this moment; when one ends, the next look finds the other alone.
            merged = joined(known.declarations, limit)
            found[firm.id] = Firm(firm.id, firm.name, firm.credit_code, merged, known.broker_id, firm.until)
    return tuple(sorted(found.values(), key=lambda firm: (firm.name, firm.credit_code)))


async def require(
    connection: AsyncConnection,
    person_id: str,
    firm_id: str,
    right: Right,
    at: datetime,
    declaration_no: str | None = None,
) -> Firm:
    """The firm, when the person may act for it in this function, now. Raises NotPermittedError, the same for unknown firms.

    declaration_no: what the act is about; None: it belongs to no declaration, and a right limited to some is not enough.
    """
    for firm in await firms_of(connection, person_id, right, at):
        if firm.id == firm_id and firm.covers(declaration_no):
            return firm
    raise NotPermittedError("You may not do this for that firm.")


async def may_see(connection: AsyncConnection, person_id: str, declaration_no: str, at: datetime) -> Firm | None:
    """The firm by which a person may see a declaration's status; None when no firm of theirs lets them."""
    owner = await connection.scalar(
        select(declarations.c.enterprise_id).where(declarations.c.declaration_no == declaration_no)
    )
    if owner is None:
        return None
    for firm in await firms_of(connection, person_id, Right.SHIPMENTS, at):
        if firm.id == owner and firm.covers(declaration_no):
            return firm
    return None


async def memberships(connection: AsyncConnection, person_id: str) -> dict[str, tuple[Firm, Grants]]:
    """The firms a person belongs to, with what they may do there, by the id of the membership."""
    rows = (
        await connection.execute(
            select(
                firm_members.c.id.label("member_id"),
                firm_members.c.admin,
                enterprises.c.id,
                enterprises.c.name,
                enterprises.c.credit_code,
            )
            .join_from(firm_members, enterprises)
            .where(firm_members.c.person_id == person_id, firm_members.c.state == "active")
            .order_by(enterprises.c.name, enterprises.c.id)
        )
    ).all()
    rights = await grants_by_member(connection, [row.member_id for row in rows if not row.admin])
    return {
        row.member_id: (
            Firm(row.id, row.name, row.credit_code),
            EVERYTHING if row.admin else rights.get(row.member_id, {}),
        )
        for row in rows
    }


async def grants_by_member(connection: AsyncConnection, member_ids: list[str]) -> dict[str, Grants]:
    """The listed rights of some members."""
    if not member_ids:
        return {}
    rows = await connection.execute(select(firm_rights).where(firm_rights.c.member_id.in_(member_ids)))
    listed: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        listed.setdefault(row.member_id, []).append((row.right_name, row.declaration_no))
    return {member_id: grants_of(pairs) for member_id, pairs in listed.items()}


def persons_with(firm_id: str, right: str, declaration_no: str | None, at: datetime) -> Select[tuple[str]]:
    """A query of the ids of all who may act for a firm in a function, at a moment: its own people and its brokers'.

    declaration_no: what it is about; None: only those whose right has no limit.
    """
    numbers = [EVERY] if declaration_no is None else [EVERY, declaration_no]
    may = or_(
        firm_members.c.admin,
        exists().where(
            firm_rights.c.member_id == firm_members.c.id,
            firm_rights.c.right_name == right,
            firm_rights.c.declaration_no.in_(numbers),
        ),
    )
    brokers = (
        select(mandates.c.broker_id)
        .join_from(mandates, mandate_rights)
        .where(
            mandates.c.client_id == firm_id,
            holds_at(at),
            mandate_rights.c.right_name == right,
            mandate_rights.c.declaration_no.in_(numbers),
        )
    )
    return select(firm_members.c.person_id).where(
        firm_members.c.state == "active",
        may,
        or_(firm_members.c.enterprise_id == firm_id, firm_members.c.enterprise_id.in_(brokers)),
    )


def holds_at(at: datetime) -> ColumnElement[bool]:
    """Whether a mandate gives rights at a moment: by its dates, whether or not anybody has noted its end yet."""
    return and_(mandates.c.state == "active", mandates.c.valid_from <= at, mandates.c.valid_until > at)


async def _mandated(
    connection: AsyncConnection, brokers: Mapping[str, frozenset[str] | None], right: Right, at: datetime
) -> list[tuple[Firm, frozenset[str] | None]]:
    """Clients of these brokers, with what mandate and person have in common. brokers: limit of the person's own right there."""
    if not brokers:
        return []
    rows = await connection.execute(
        select(
            mandates.c.id,
            mandates.c.broker_id,
            mandates.c.valid_until,
            enterprises.c.id.label("firm_id"),
            enterprises.c.name,
            enterprises.c.credit_code,
            mandate_rights.c.declaration_no,
        )
        .join_from(mandates, mandate_rights)
        .join(enterprises, enterprises.c.id == mandates.c.client_id)
        .where(mandates.c.broker_id.in_(list(brokers)), holds_at(at), mandate_rights.c.right_name == right)
    )
    found: dict[str, tuple[Firm, frozenset[str] | None]] = {}
    for row in rows:
        own = brokers[row.broker_id]
        given = None if row.declaration_no == EVERY else frozenset({row.declaration_no})
        limit = common(own, given)
        before = found.get(row.firm_id)
        if before is not None:
            limit = joined(before[1], limit)
        if limit is None or limit:
            until = max(row.valid_until, before[0].until or row.valid_until) if before else row.valid_until
            firm = Firm(row.firm_id, row.name, row.credit_code, limit, row.broker_id, until)
            found[row.firm_id] = (firm, limit)
    return list(found.values())
