"""SQL of work lists: what staff see, and what falls due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.booking.model import OPEN, Booking, BookingState
from bot.desks.booking.store import BOOKING_ROWS, booking_from
from bot.store.schema import booking_places, booking_slots, bookings


async def between(
    connection: AsyncConnection, after: datetime, until: datetime, *, site_id: str | None = None, limit: int = 500
) -> list[Booking]:
    """Bookings whose slot begins in [after, until), by time."""
    query = BOOKING_ROWS.where(booking_slots.c.starts_at >= after, booking_slots.c.starts_at < until)
    if site_id:
        query = query.where(booking_slots.c.site_id == site_id)
    order = (booking_slots.c.starts_at, booking_slots.c.id, bookings.c.created_at)
    return [booking_from(row) for row in await connection.execute(query.order_by(*order).limit(limit))]


async def to_decide(connection: AsyncConnection, limit: int = 200) -> list[Booking]:
    """Bookings that wait for staff, the longest waiting first."""
    query = BOOKING_ROWS.where(bookings.c.state == BookingState.REQUESTED).order_by(bookings.c.created_at).limit(limit)
    return [booking_from(row) for row in await connection.execute(query)]


async def open_in_slot(connection: AsyncConnection, slot_id: str) -> list[str]:
    """Ids of the open bookings of a slot, in one order, locked."""
    query = select(bookings.c.id).where(bookings.c.slot_id == slot_id, bookings.c.state.in_(sorted(OPEN)))
    return list(await connection.scalars(query.order_by(bookings.c.id).with_for_update()))


async def overdue(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Numbers of bookings whose offer was not accepted in time."""
    query = select(bookings.c.number).where(bookings.c.state == BookingState.OFFERED, bookings.c.offer_until <= now)
    return list(await connection.scalars(query.order_by(bookings.c.offer_until).limit(limit)))


async def begun(connection: AsyncConnection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Number and state of bookings that still waited, or were not decided, when their time came."""
    late = (BookingState.WAITING, BookingState.REQUESTED)
    query = select(bookings.c.number, bookings.c.state).join(booking_slots).where(bookings.c.state.in_(late))
    rows = await connection.execute(query.where(booking_slots.c.starts_at <= now).limit(limit))
    return [(row.number, row.state) for row in rows]


async def to_offer(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Slots to come with a free place for which somebody waits."""
    waits = exists().where(bookings.c.slot_id == booking_slots.c.id, bookings.c.state == BookingState.WAITING)
    free = exists().where(booking_places.c.slot_id == booking_slots.c.id, booking_places.c.booking_id.is_(None))
    query = select(booking_slots.c.id).where(booking_slots.c.starts_at > now, booking_slots.c.closed_at.is_(None))
    return list(await connection.scalars(query.where(waits, free).limit(limit)))
