"""SQL of audiences: who is to be told is resolved inside the database, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import DeliveryState, Lane
from bot.delivery.recipients import recipients
from bot.people.store import insert_new
from bot.store.schema import addresses, deliveries, outbox

_PAGES_AT_ONCE = 50  # a writing transaction stays short, also where nobody follows


@dataclass(frozen=True)
class Page:
    """One page of an audience. ids: deliveries made; more: there may be further pages."""

    outbox_id: int
    lane: Lane
    ids: list[int]
    more: bool


async def has_pending(connection: AsyncConnection) -> bool:
    """Whether any audience is open; a cheap look before a writing transaction."""
    return await connection.scalar(select(outbox.c.id).where(outbox.c.state == "pending").limit(1)) is not None


async def resolve_page(connection: AsyncConnection, at: datetime, size: int) -> Page | None:
    """Turn the next page of the oldest open audience into deliveries; None when no audience is open.

    The checkpoint moves in the same transaction, so a crash repeats a page or none. Two workers never hold the same row.
    """
    row = (
        await connection.execute(
            select(outbox.c.id, outbox.c.lane, outbox.c.audience_kind, outbox.c.audience_target, outbox.c.checkpoint)
            .where(outbox.c.state == "pending")
            .order_by(outbox.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return None
    audience = recipients(row.audience_kind, row.audience_target, at, row.checkpoint).limit(size)
    page = audience.subquery()
    last, reached = (await connection.execute(select(func.max(page.c.id), func.count()).select_from(page))).one()
    if last is None:
        await _move(connection, row.id, None, 0, at)
        return Page(row.id, Lane(row.lane), [], more=False)
    await connection.execute(_claims(connection, row, last, at))
    ids = await connection.scalars(
        select(deliveries.c.id).where(
            deliveries.c.outbox_id == row.id,
            deliveries.c.address_id > (row.checkpoint or ""),
            deliveries.c.address_id <= last,
        )
    )
    found = list(ids)
    await _move(connection, row.id, last, len(found), at)
    if reached < size:
        # The audience ends with this page. Counted by the look that set the page's end: what was claimed may be fewer, when an
        # address was blocked in between, and says nothing about those behind it.
        await _move(connection, row.id, None, 0, at)
        return Page(row.id, Lane(row.lane), found, more=False)
    return Page(row.id, Lane(row.lane), found, more=True)


async def resolve_pages(connection: AsyncConnection, at: datetime, size: int) -> list[Page]:
    """The next pages of open audiences, together at most about `size` deliveries; empty when no audience is open.

    Many small audiences (one shipment each) then cost one transaction, not two each.
    """
    pages: list[Page] = []
    while sum(len(page.ids) for page in pages) < size and len(pages) < _PAGES_AT_ONCE:
        page = await resolve_page(connection, at, size)
        if page is None:
            break
        pages.append(page)
    return pages


def _claims(connection: AsyncConnection, row: Any, last: str, at: datetime) -> Any:
    """INSERT … SELECT of one page; the unique key on (outbox, address) makes each claim once."""
    page = (
        recipients(row.audience_kind, row.audience_target, at, row.checkpoint).where(addresses.c.id <= last).subquery()
    )
    claims = select(
        literal(row.id),
        page.c.person_id,
        page.c.id,
        page.c.channel,
        literal(row.lane),
        literal(DeliveryState.CREATED.value),
        literal(0),
        literal(at, deliveries.c.due_at.type),
        literal(at, deliveries.c.queued_at.type),
        literal(0),
        page.c.variant,
    ).where(page.c.id <= last)  # SQLite reads ON CONFLICT behind a bare FROM as a join's
    names = (
        *("outbox_id", "person_id", "address_id", "channel", "lane"),
        *("state", "attempts", "due_at", "queued_at", "uncertain", "variant"),
    )
    return insert_new(connection, deliveries).from_select(names, claims)


async def _move(connection: AsyncConnection, outbox_id: int, checkpoint: str | None, found: int, at: datetime) -> None:
    change: dict[str, Any] = {"resolved": outbox.c.resolved + found}
    change |= {"checkpoint": checkpoint} if checkpoint else {"state": "resolved", "done_at": at}
    await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(**change))
