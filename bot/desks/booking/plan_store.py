"""SQL of what staff arrange: sites, slots, duties, ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.desks.booking.model import Duty, Rating
from bot.desks.booking.slots import SITE, site_from
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.store.schema import (
    booking_duties,
    booking_places,
    booking_ratings,
    booking_sites,
    booking_slots,
    enterprises,
    staff,
)

_DUTIES: Select[Any] = (
    select(
        booking_duties.c.id,
        booking_duties.c.starts_at,
        booking_duties.c.ends_at,
        staff.c.name.label("staff_name"),
        *SITE,
    )
    .join_from(booking_duties, booking_sites)
    .join(staff, staff.c.id == booking_duties.c.staff_id)
)


def _duty(row: Row[Any]) -> Duty:
    return Duty(row.id, site_from(row), row.staff_name, row.starts_at, row.ends_at)


async def add_site(
    connection: AsyncConnection,
    office: str,
    names: Mapping[Language, str],
    address: str,
    hours: tuple[int, int],
    at: datetime,
) -> str | None:
    """Keep a site; None when there is one of this office at this address."""
    site_id = new_id()
    values = {"id": site_id, "office": office, "name": dict(names), "address": address, "created_at": at}
    done = await connection.execute(
        insert_new(connection, booking_sites).values(**values, opens=hours[0], closes=hours[1])
    )
    return site_id if done.rowcount else None


async def add_slots(
    connection: AsyncConnection,
    site_id: str,
    kind: str,
    times: Sequence[tuple[datetime, datetime]],
    capacity: int,
    at: datetime,
) -> int:
    """Keep slots with their places; returns how many were not there already."""
    made = 0
    for starts_at, ends_at in times:
        slot_id = new_id()
        done = await connection.execute(
            insert_new(connection, booking_slots).values(
                id=slot_id,
                site_id=site_id,
                kind=kind,
                starts_at=starts_at,
                ends_at=ends_at,
                capacity=capacity,
                created_at=at,
            )
        )
        if done.rowcount:
            made += 1
            await _add_places(connection, slot_id, 1, capacity)
    return made


async def set_capacity(connection: AsyncConnection, slot_id: str, before: int, after: int) -> None:
    """Add places, or take free ones away; that enough are free is the caller's to know, who holds the slot."""
    taken = await connection.scalars(
        select(booking_places.c.place).where(
            booking_places.c.slot_id == slot_id, booking_places.c.booking_id.is_not(None)
        )
    )
    kept = set(taken)
    numbers = set(await connection.scalars(select(booking_places.c.place).where(booking_places.c.slot_id == slot_id)))
    for place in sorted(numbers - kept, reverse=True)[: max(0, before - after)]:
        await connection.execute(
            delete(booking_places).where(booking_places.c.slot_id == slot_id, booking_places.c.place == place)
        )
    if after > before:
        free_numbers = [number for number in range(1, max(numbers, default=0) + after + 1) if number not in numbers]
        rows = [{"slot_id": slot_id, "place": place} for place in free_numbers[: after - before]]
        await connection.execute(booking_places.insert(), rows)
    await connection.execute(update(booking_slots).where(booking_slots.c.id == slot_id).values(capacity=after))


async def _add_places(connection: AsyncConnection, slot_id: str, first: int, last: int) -> None:
    rows = [{"slot_id": slot_id, "place": place} for place in range(first, last + 1)]
    if rows:
        await connection.execute(booking_places.insert(), rows)


async def close_slot(connection: AsyncConnection, slot_id: str, why: str, at: datetime) -> None:
    """Note that a slot is not offered any more."""
    await connection.execute(
        update(booking_slots).where(booking_slots.c.id == slot_id).values(closed_at=at, closed_why=why)
    )


async def staff_id(connection: AsyncConnection, name: str) -> str | None:
    """The id behind a log-in name; None for an unknown or closed one."""
    found: str | None = await connection.scalar(
        select(staff.c.id).where(staff.c.name == name, staff.c.disabled_at.is_(None))
    )
    return found


async def on_duty(connection: AsyncConnection, officer_id: str, after: datetime, until: datetime) -> bool:
    """Whether an officer is on duty at any moment of a time."""
    query = select(booking_duties.c.id).where(
        booking_duties.c.staff_id == officer_id, booking_duties.c.starts_at < until, booking_duties.c.ends_at > after
    )
    return await connection.scalar(query.limit(1)) is not None


async def add_duty(
    connection: AsyncConnection, site_id: str, officer_id: str, times: tuple[datetime, datetime], at: datetime
) -> str:
    """Keep a duty; returns its id."""
    duty_id = new_id()
    values = {"id": duty_id, "site_id": site_id, "staff_id": officer_id, "created_at": at}
    await connection.execute(booking_duties.insert().values(**values, starts_at=times[0], ends_at=times[1]))
    return duty_id


async def duty_of(connection: AsyncConnection, duty_id: str) -> Duty | None:
    """One duty."""
    row = (await connection.execute(_DUTIES.where(booking_duties.c.id == duty_id))).one_or_none()
    return _duty(row) if row else None


async def duties(
    connection: AsyncConnection,
    after: datetime,
    until: datetime,
    *,
    site_id: str | None,
    officer: str | None,
    limit: int = 500,
) -> list[Duty]:
    """Duties that touch a time, by their beginning."""
    query = _DUTIES.where(booking_duties.c.starts_at < until, booking_duties.c.ends_at > after)
    if site_id:
        query = query.where(booking_duties.c.site_id == site_id)
    if officer:
        query = query.where(staff.c.name == officer)
    rows = await connection.execute(query.order_by(booking_duties.c.starts_at, staff.c.name).limit(limit))
    return [_duty(row) for row in rows]


async def remove_duty(connection: AsyncConnection, duty_id: str) -> None:
    """Forget a duty."""
    await connection.execute(delete(booking_duties).where(booking_duties.c.id == duty_id))


async def lock_slots(connection: AsyncConnection, site_id: str, after: datetime, until: datetime) -> None:
    """Let nobody book a site's slots of a time until the transaction ends."""
    query = select(booking_slots.c.id).where(
        booking_slots.c.site_id == site_id, booking_slots.c.starts_at >= after, booking_slots.c.starts_at < until
    )
    await connection.execute(query.order_by(booking_slots.c.id).with_for_update())


async def set_rating(connection: AsyncConnection, firm_id: str, rating: Rating | None, by: str, at: datetime) -> bool:
    """Keep or forget a firm's rating; False when there is no such firm."""
    if await connection.scalar(select(enterprises.c.id).where(enterprises.c.id == firm_id)) is None:
        return False
    await connection.execute(delete(booking_ratings).where(booking_ratings.c.firm_id == firm_id))
    if rating is not None:
        values = {"firm_id": firm_id, "rating": rating, "set_by": by, "set_at": at}
        await connection.execute(booking_ratings.insert().values(**values))
    return True
