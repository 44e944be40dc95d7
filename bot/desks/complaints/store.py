"""SQL of complaints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.complaints.model import OPEN, Complaint, Kind, State
from bot.people.store import insert_new
from bot.store.schema import complaints as t
from bot.store.schema import staff, staff_addresses

_OPEN = tuple(state.value for state in OPEN)


async def add(connection: AsyncConnection, case: Complaint, origin: str | None, code_hash: str | None) -> bool:
    """Keep a new case; False when its origin has one already."""
    values = {name: getattr(case, name) for name in t.c.keys() if hasattr(case, name)}  # noqa: SIM118  # columns, no dict
    values |= {
        "first_answer_by": case.answer_by,
        "barred": sorted(case.barred),
        "origin": origin,
        "code_hash": code_hash,
    }
    return await connection.scalar(insert_new(connection, t).values(**values).returning(t.c.id)) is not None


async def get(connection: AsyncConnection, case_id: str) -> Complaint | None:
    """A case."""
    found = await _select(connection, t.c.id == case_id)
    return found[0] if found else None


async def by_origin(connection: AsyncConnection, origin: str) -> Complaint | None:
    """The case of a draft or request."""
    found = await _select(connection, t.c.origin == origin)
    return found[0] if found else None


async def by_code(connection: AsyncConnection, code_hash: str) -> Complaint | None:
    """The case of a tracking code."""
    found = await _select(connection, t.c.code_hash == code_hash)
    return found[0] if found else None


async def of_person(connection: AsyncConnection, person_id: str, limit: int) -> list[Complaint]:
    """A person's cases, the latest change first."""
    return await _select(connection, t.c.person_id == person_id, limit=limit)


async def on_desk(connection: AsyncConnection, limit: int) -> list[Complaint]:
    """The open cases, the most urgent first."""
    found = await _select(connection, t.c.state.in_(_OPEN), limit=limit)
    return sorted(found, key=lambda case: case.due_at or case.changed_at)


async def recent(connection: AsyncConnection, limit: int) -> list[Complaint]:
    """Cases of which nothing is owed any more, the latest change first."""
    return await _select(connection, t.c.state.not_in(_OPEN), limit=limit)


async def change(connection: AsyncConnection, case_id: str, **values: Any) -> None:
    """Set columns of a case."""
    await connection.execute(update(t).where(t.c.id == case_id).values(**values))


async def due_before(connection: AsyncConnection, moment: datetime, column: str, limit: int) -> list[Complaint]:
    """Open cases whose next limit is before a moment, and for which `column` does not note that limit yet."""
    noted = t.c[column]
    first, later = t.c.state == State.RECEIVED.value, t.c.state.in_((State.IN_HAND.value, State.REOPENED.value))
    return await _select(
        connection,
        or_(
            first & (t.c.acknowledge_by < moment) & (noted.is_(None) | (noted != t.c.acknowledge_by)),
            later & (t.c.answer_by < moment) & (noted.is_(None) | (noted != t.c.answer_by)),
        ),
        limit=limit,
    )


async def claim_note(connection: AsyncConnection, case: Complaint, column: str, due_at: datetime) -> bool:
    """Note a limit as told; False when another worker was first."""
    noted = t.c[column]
    done = await connection.execute(
        update(t)
        .where(t.c.id == case.id, t.c.state == case.state.value, noted.is_(None) | (noted != due_at))
        .values({column: due_at})
    )
    return done.rowcount == 1


async def silent_since(connection: AsyncConnection, moment: datetime, limit: int) -> list[str]:
    """Ids of cases answered before a moment, to which nobody said anything."""
    found = select(t.c.id).where(t.c.state == State.ANSWERED.value, t.c.changed_at < moment).limit(limit)
    return list(await connection.scalars(found))


async def limits_kept(
    connection: AsyncConnection, since: datetime
) -> Sequence[tuple[Kind, datetime, datetime | None, datetime, datetime | None]]:
    """Kind, limit and moment of acknowledging, limit and moment of the first answer, of cases begun since; withdrawn left out."""
    rows = await connection.execute(
        select(t.c.kind, t.c.acknowledge_by, t.c.acknowledged_at, t.c.first_answer_by, t.c.answered_at).where(
            t.c.created_at >= since, t.c.state != State.WITHDRAWN.value
        )
    )
    return [(Kind(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


async def staff_names(connection: AsyncConnection) -> list[str]:
    """The names of all members of staff."""
    return list(await connection.scalars(select(staff.c.name)))


async def addresses_of(
    connection: AsyncConnection, names: Collection[str] | None, without: Collection[str]
) -> list[str]:
    """Linked addresses of these members of staff, or (None) of all who may approve; those of `without` are left out."""
    wanted = staff.c.name.in_(names) if names is not None else staff.c.role.in_(("approver", "admin"))
    found = select(staff_addresses.c.address_id).join(staff, staff.c.id == staff_addresses.c.staff_id)
    found = found.where(wanted, staff.c.name.not_in(without))
    return list(await connection.scalars(found.distinct()))


async def let_go(connection: AsyncConnection, person_id: str, at: datetime) -> int:
    """Take a person and their words off closed cases; returns how many."""
    done = await connection.execute(
        update(t)
        .where(t.c.person_id == person_id, t.c.state.not_in(_OPEN))
        .values(person_id=None, origin=None, text="–", about=None, answer=None, changed_at=at)
    )
    return done.rowcount


async def _select(connection: AsyncConnection, *which: ColumnElement[bool], limit: int = 1000) -> list[Complaint]:
    rows = await connection.execute(select(t).where(*which).order_by(t.c.changed_at.desc(), t.c.id).limit(limit))
    return [_case(row) for row in rows.mappings()]


def _case(row: RowMapping) -> Complaint:
    known_on: date | None = row["known_on"]
    names = (
        *("id", "number", "person_id", "language", "about", "text", "created_at", "acknowledge_by", "answer_by"),
        *("acknowledged_at", "answered_at", "answer", "owner", "reopened", "changed_at"),
    )
    return Complaint(
        **{name: row[name] for name in names},
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        known_on=known_on,
        barred=frozenset(row["barred"]),
    )
