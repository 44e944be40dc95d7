"""SQL of bookings: slots with their places, bookings and who waits.

Locks are taken in one order: the slot, then bookings, then places. Who waits is picked with SKIP LOCKED, so that no two wait
for each other. SQLite has one writer and needs none of this.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.booking.model import OPEN, Application, Booking, BookingState, Rating
from bot.desks.booking.slots import HAS_OFFICER, SITE, SLOT, slot_from
from bot.people.model import new_id
from bot.store.schema import booking_places, booking_ratings, booking_sites, booking_slots, bookings, enterprises

_NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is mistaken for another when read aloud
_NUMBER_CHARS = 7
BOOKING_ROWS: Select[Any] = (
    select(
        bookings,
        *SLOT,
        *SITE,
        HAS_OFFICER.label("has_officer"),
        enterprises.c.name.label("firm_name"),
        booking_ratings.c.rating,
    )
    .join_from(bookings, booking_slots)
    .join(booking_sites, booking_sites.c.id == booking_slots.c.site_id)
    .join(enterprises, enterprises.c.id == bookings.c.firm_id)
    .outerjoin(booking_ratings, booking_ratings.c.firm_id == bookings.c.firm_id)
)


def booking_from(row: Row[Any]) -> Booking:
    """A booking out of a row of BOOKING_ROWS."""
    return Booking(
        row.id,
        row.number,
        BookingState(row.state),
        slot_from(row),
        row.firm_id,
        row.firm_name,
        row.person_id,
        row.reference,
        row.goods_class,
        row.is_aeo,
        row.details,
        row.revision,
        row.counts_from,
        row.offer_until,
        row.why,
        row.created_at,
        row.changed_at,
        rating=Rating(row.rating) if row.rating else None,
    )


async def lock_slot(connection: AsyncConnection, slot_id: str, how: Literal["share", "update"]) -> None:
    """Keep a slot as it is (`share`: for who books; `update`: for who closes it) until the transaction ends."""
    query = select(booking_slots.c.id).where(booking_slots.c.id == slot_id)
    await connection.execute(query.with_for_update(read=how == "share"))


async def find_place(connection: AsyncConnection, slot_id: str, *, patient: bool = True) -> int | None:
    """The number of a free place, locked for this transaction; None when all are taken.

    Places that others are about to take are passed over; only when no other is free is their outcome waited for, so that a
    place whose taker gives up is not lost. patient: False for who has such a lock already, since two could wait for each other.
    """
    free = (
        select(booking_places.c.place)
        .where(booking_places.c.slot_id == slot_id, booking_places.c.booking_id.is_(None))
        .order_by(booking_places.c.place)
        .limit(1)
    )
    place: int | None = await connection.scalar(free.with_for_update(skip_locked=True))
    if place is None and patient and connection.dialect.name == "postgresql":
        place = await connection.scalar(free.with_for_update())
    return place


async def add_booking(
    connection: AsyncConnection,
    who: tuple[str, str],
    application: Application,
    state: BookingState,
    times: tuple[date, datetime, datetime],
    request_key: str | None,
) -> tuple[str, str]:
    """Keep a new booking; returns its id and its number. who: person and firm. times: day by the clock there, now, as filed."""
    booking_id, (day, now, filed) = new_id(), times
    number = f"{day:%y%m%d}-{''.join(random.choice(_NUMBER_ALPHABET) for _ in range(_NUMBER_CHARS))}"
    await connection.execute(
        bookings.insert().values(
            id=booking_id,
            number=number,
            slot_id=application.slot_id,
            firm_id=who[1],
            person_id=who[0],
            state=state,
            reference=application.reference.strip(),
            goods_class=application.goods_class or None,
            is_aeo=application.is_aeo,
            details=application.details(),
            request_key=request_key,
            revision=1,
            counts_from=filed,
            waiting_since=now if state is BookingState.WAITING else None,
            created_at=now,
            changed_at=now,
        )
    )
    return booking_id, number


async def hold(connection: AsyncConnection, slot_id: str, place: int, booking_id: str | None) -> None:
    """Give a place to a booking; None frees it."""
    await connection.execute(
        update(booking_places)
        .where(booking_places.c.slot_id == slot_id, booking_places.c.place == place)
        .values(booking_id=booking_id)
    )


async def place_of(connection: AsyncConnection, booking_id: str) -> tuple[str, int] | None:
    """Slot and number of the place that a booking holds."""
    row = (
        await connection.execute(
            select(booking_places.c.slot_id, booking_places.c.place).where(booking_places.c.booking_id == booking_id)
        )
    ).one_or_none()
    return (row.slot_id, row.place) if row else None


async def next_waiting(connection: AsyncConnection, slot_id: str) -> str | None:
    """The booking that waits longest, locked; one that another transaction has in hand is passed over."""
    found: str | None = await connection.scalar(
        select(bookings.c.id)
        .where(bookings.c.slot_id == slot_id, bookings.c.state == BookingState.WAITING)
        .order_by(bookings.c.waiting_since, bookings.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found


async def lock_booking(connection: AsyncConnection, number: str) -> str | None:
    """The id behind a number, locked for this transaction."""
    found: str | None = await connection.scalar(
        select(bookings.c.id).where(bookings.c.number == number).with_for_update()
    )
    return found


async def booking_of(connection: AsyncConnection, *, booking_id: str = "", number: str = "") -> Booking | None:
    """One booking by its id or its number, with its place in line."""
    which = bookings.c.id == booking_id if booking_id else bookings.c.number == number
    row = (await connection.execute(BOOKING_ROWS.where(which))).one_or_none()
    if row is None:
        return None
    booking = booking_from(row)
    if booking.state is not BookingState.WAITING:
        return booking
    earlier = or_(
        bookings.c.waiting_since < row.waiting_since,
        and_(bookings.c.waiting_since == row.waiting_since, bookings.c.id < row.id),
    )
    before = await connection.scalar(
        select(func.count()).where(bookings.c.slot_id == row.slot_id, bookings.c.state == BookingState.WAITING, earlier)
    )
    return Booking(**{**vars(booking), "place_in_line": (before or 0) + 1})


async def id_by_request(connection: AsyncConnection, request_key: str) -> str | None:
    """The booking that a request made."""
    found: str | None = await connection.scalar(select(bookings.c.id).where(bookings.c.request_key == request_key))
    return found


async def of_firms(
    connection: AsyncConnection, firm_ids: Collection[str], *, open_only: bool, latest: bool = False, limit: int = 50
) -> list[Booking]:
    """Bookings of some firms, by time; latest: by their last change, the latest first. open_only: without those that are over."""
    query = BOOKING_ROWS.where(bookings.c.firm_id.in_(list(firm_ids)))
    if open_only:
        query = query.where(bookings.c.state.in_(sorted(OPEN)))
    order = bookings.c.changed_at if latest else booking_slots.c.starts_at
    rows = await connection.execute(query.order_by(order.desc(), bookings.c.id).limit(limit))
    found = [booking_from(row) for row in rows]
    return found if latest else found[::-1]


async def open_of_firm(connection: AsyncConnection, firm_id: str, slot_id: str) -> Sequence[str]:
    """References of a firm's open bookings in a slot."""
    return list(
        await connection.scalars(
            select(bookings.c.reference).where(
                bookings.c.firm_id == firm_id, bookings.c.slot_id == slot_id, bookings.c.state.in_(sorted(OPEN))
            )
        )
    )


async def rating_of(connection: AsyncConnection, firm_id: str) -> Rating | None:
    """A firm's rating as staff looked it up; None where nobody did."""
    found = await connection.scalar(select(booking_ratings.c.rating).where(booking_ratings.c.firm_id == firm_id))
    return Rating(found) if found else None
