"""SQL of sites and slots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.booking.model import OPEN, BookingState, Site, Slot
from bot.store.schema import booking_duties, booking_places, booking_sites, booking_slots, bookings

# On duty for the whole of the slot: a slot without an officer is not offered.
HAS_OFFICER = exists().where(
    booking_duties.c.site_id == booking_slots.c.site_id,
    booking_duties.c.starts_at <= booking_slots.c.starts_at,
    booking_duties.c.ends_at >= booking_slots.c.ends_at,
)
SITE = [column.label(f"site_{column.name}") for column in booking_sites.c]
SLOT = [column.label(f"at_{column.name}") for column in booking_slots.c]
_FREE = (
    select(func.count())
    .select_from(booking_places)
    .where(booking_places.c.slot_id == booking_slots.c.id, booking_places.c.booking_id.is_(None))
    .correlate(booking_slots)
    .scalar_subquery()
)
_WAITING = (
    select(func.count())
    .select_from(bookings)
    .where(bookings.c.slot_id == booking_slots.c.id, bookings.c.state == BookingState.WAITING)
    .correlate(booking_slots)
    .scalar_subquery()
)
_SLOTS: Select[Any] = select(
    *SLOT, *SITE, _FREE.label("free"), _WAITING.label("waiting"), HAS_OFFICER.label("has_officer")
).join_from(booking_slots, booking_sites)


def site_from(row: Row[Any]) -> Site:
    """A site out of a row with `site_` columns."""
    return Site(row.site_id, row.site_office, row.site_name, row.site_address, row.site_opens, row.site_closes)


def slot_from(row: Row[Any], *, free: int = 0, waiting: int = 0) -> Slot:
    """A slot out of a row with `at_` (its own) and `site_` columns."""
    return Slot(
        row.at_id,
        site_from(row),
        row.at_kind,
        row.at_starts_at,
        row.at_ends_at,
        row.at_capacity,
        free,
        waiting,
        bool(row.has_officer),
        row.at_closed_why,
        row.at_closed_at is not None,
    )


async def sites(connection: AsyncConnection) -> list[Site]:
    """Every site, by office and address."""
    query = select(*SITE).order_by(booking_sites.c.office, booking_sites.c.address)
    return [site_from(row) for row in await connection.execute(query)]


async def site_of(connection: AsyncConnection, site_id: str) -> Site | None:
    """One site."""
    row = (await connection.execute(select(*SITE).where(booking_sites.c.id == site_id))).one_or_none()
    return site_from(row) if row else None


async def slot_of(connection: AsyncConnection, slot_id: str) -> Slot | None:
    """One slot."""
    row = (await connection.execute(_SLOTS.where(booking_slots.c.id == slot_id))).one_or_none()
    return slot_from(row, free=row.free, waiting=row.waiting) if row else None


async def slots(
    connection: AsyncConnection,
    after: datetime,
    until: datetime,
    *,
    site_id: str | None = None,
    office: str | None = None,
    kind: str | None = None,
    offered_only: bool = True,
    free_only: bool = False,
    limit: int = 200,
) -> list[Slot]:
    """Slots that begin in (after, until], by time. offered_only: open and with an officer; free_only: with a free place."""
    chosen: list[ColumnElement[bool]] = [booking_slots.c.starts_at > after, booking_slots.c.starts_at <= until]
    if site_id:
        chosen.append(booking_slots.c.site_id == site_id)
    if office:
        chosen.append(booking_sites.c.office == office)
    if kind:
        chosen.append(booking_slots.c.kind == kind)
    if offered_only or free_only:
        chosen += [booking_slots.c.closed_at.is_(None), HAS_OFFICER]
    if free_only:
        chosen += [_FREE > 0, _WAITING == 0]
    order = (booking_slots.c.starts_at, booking_slots.c.id)
    rows = await connection.execute(_SLOTS.where(*chosen).order_by(*order).limit(limit))
    return [slot_from(row, free=row.free, waiting=row.waiting) for row in rows]


async def uncovered_by(
    connection: AsyncConnection, site_id: str, after: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    """Slots with a holder in a time at a site that no officer covers: id and time."""
    held = exists().where(bookings.c.slot_id == booking_slots.c.id, bookings.c.state.in_(sorted(OPEN)))
    rows = await connection.execute(
        select(booking_slots.c.id, booking_slots.c.starts_at)
        .where(
            booking_slots.c.site_id == site_id,
            booking_slots.c.starts_at >= after,
            booking_slots.c.starts_at < until,
            booking_slots.c.closed_at.is_(None),
            held,
            ~HAS_OFFICER,
        )
        .order_by(booking_slots.c.starts_at)
    )
    return [(row.id, row.starts_at) for row in rows]
