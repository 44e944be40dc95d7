"""SQL of audiences: who is to be told is resolved inside the database, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import LANES_ON_EVERY_CHANNEL, DeliveryState, Lane
from bot.delivery.recipients import AT_THEIR_ADDRESS, is_first_channel, recipients, walk
from bot.people.store import insert_new
from bot.store.schema import addresses, deliveries, outbox

# Persons a page. The first is out at once, the later ones cost less for each. SQLite has one writer, who must not keep the others
# waiting; PostgreSQL reads whole tables for a page and pays that less often with larger ones.
FIRST_PAGE = 500
LARGEST_PAGE = {"sqlite": 10_000, "postgresql": 50_000}
_PAGES_AT_ONCE = 50  # a writing transaction stays short, also where nobody follows

# Whom an exclusion names as told: those who have the message, and those whom it is still to reach.
_TOLD = (
    *(DeliveryState.CREATED, DeliveryState.SENDING, DeliveryState.RETRYING, DeliveryState.SENT),
    *(DeliveryState.COLLECTED, DeliveryState.DIGESTED),
)

_OPEN_AUDIENCE = and_(outbox.c.state == "pending", outbox.c.paused_at.is_(None))

# The audience of an emergency is not found out after that of a broadcast to a million.
_URGENCY = case({lane.value: number for number, lane in enumerate(Lane)}, value=outbox.c.lane)


@dataclass(frozen=True)
class Page:
    """One page of an audience. made: ids of its deliveries by channel; fed: a pace of its own queues them later."""

    lane: Lane
    made: dict[str, Sequence[int]]
    fed: bool

    @property
    def ids(self) -> list[int]:
        """Ids of the deliveries made, of all channels."""
        return [number for ids in self.made.values() for number in ids]

    @property
    def size(self) -> int:
        """Deliveries made."""
        return sum(len(ids) for ids in self.made.values())


async def has_pending(connection: AsyncConnection) -> bool:
    """Whether any audience is open; a cheap look before a writing transaction."""
    return await connection.scalar(select(outbox.c.id).where(_OPEN_AUDIENCE).limit(1)) is not None


async def resolve_pages(connection: AsyncConnection, at: datetime, first: int = FIRST_PAGE) -> list[Page]:
    """The next pages of open audiences, the urgent ones first; empty when no audience is open.

    first: persons on an audience's first page. Many small audiences (one shipment each) then cost one transaction, not one
    each. Two workers never hold the same row.
    """
    rows = (
        await connection.execute(
            select(outbox)
            .where(_OPEN_AUDIENCE)
            .order_by(_URGENCY, outbox.c.id)
            .limit(_PAGES_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    ).all()
    pages: list[Page] = []
    for row in rows:
        if sum(page.size for page in pages) >= first:
            break
        pages.append(
            await resolve_page(
                connection, row, at, max(first, min(LARGEST_PAGE[connection.dialect.name], row.resolved))
            )
        )
    return pages


async def resolve_page(connection: AsyncConnection, row: Any, at: datetime, size: int) -> Page:
    """Turn the next page of one open audience (a row of the outbox, held) into deliveries.

    The checkpoint moves in the same transaction, so a crash repeats a page or none.
    """
    lane = Lane(row.lane)
    found = walk(row.audience_kind, row.audience_target, at, row.checkpoint).limit(size).subquery()
    last, reached = (await connection.execute(select(func.max(found.c.key), func.count()).select_from(found))).one()
    if last is None:
        await _move(connection, row.id, None, 0, at)
        return Page(lane, {}, fed=False)
    excluded = await _excluded_outboxes(connection, row.excludes)
    fed = row.rate_per_s is not None
    before = await connection.scalar(select(func.coalesce(func.max(deliveries.c.id), 0)))
    await connection.execute(_claims(connection, row, last, excluded, at, fed=fed))
    made = await _made(connection, row.id, before or 0)
    await _move(connection, row.id, last, sum(len(ids) for ids in made.values()), at)
    if reached < size:
        # The audience ends with this page. Counted by the look that set the page's end: what was claimed may be fewer, when an
        # address was blocked in between, and says nothing about those behind it.
        await _move(connection, row.id, None, 0, at)
    return Page(lane, made, fed)


async def _excluded_outboxes(connection: AsyncConnection, excludes: Any) -> list[int]:
    if not excludes:
        return []
    pairs = [(kind, cause_id) for kind, cause_id in excludes]
    found = await connection.scalars(
        select(outbox.c.id).where(tuple_(outbox.c.cause_kind, outbox.c.cause_id).in_(pairs))
    )
    return list(found)


def _claims(
    connection: AsyncConnection, row: Any, last: str, excluded: Sequence[int], at: datetime, *, fed: bool
) -> Any:
    """INSERT … SELECT of one page; the unique key on (outbox, person, channel) makes each claim once."""
    page = recipients(row.audience_kind, row.audience_target, at, row.checkpoint, last)
    if row.audience_kind not in AT_THEIR_ADDRESS and row.lane not in LANES_ON_EVERY_CHANNEL:
        page = page.where(is_first_channel())
    if excluded:
        told = deliveries.alias("told")
        page = page.where(
            ~exists().where(
                told.c.outbox_id.in_(excluded), told.c.person_id == addresses.c.person_id, told.c.state.in_(_TOLD)
            )
        )
    found = page.subquery()
    claims = select(
        literal(row.id),
        found.c.person_id,
        found.c.id,
        found.c.channel,
        literal(row.lane),
        literal(DeliveryState.CREATED.value),
        literal(0),
        literal(at, deliveries.c.due_at.type),
        literal(None if fed else at, deliveries.c.queued_at.type),
        literal(0),
        found.c.variant,
    ).where(found.c.id.is_not(None))  # SQLite reads ON CONFLICT behind a bare FROM as a join's
    names = (
        *("outbox_id", "person_id", "address_id", "channel", "lane"),
        *("state", "attempts", "due_at", "queued_at", "uncertain", "variant"),
    )
    return insert_new(connection, deliveries).from_select(names, claims)


async def _made(connection: AsyncConnection, outbox_id: int, before: int) -> dict[str, Sequence[int]]:
    """Ids of the deliveries made since `before` by channel. Where they are one unbroken row, only its ends are fetched."""
    # Plus nothing, so that the primary key is walked from `before` on and not all that the cause ever made: on a table that
    # grew since its statistics PostgreSQL takes the index of causes, and each page would cost more than the one before.
    of_page = (deliveries.c.outbox_id + 0 == outbox_id, deliveries.c.id > before)
    ends = (
        await connection.execute(
            select(deliveries.c.channel, func.min(deliveries.c.id), func.max(deliveries.c.id), func.count())
            .where(*of_page)
            .group_by(deliveries.c.channel)
        )
    ).all()
    if all(high - low + 1 == number for _, low, high, number in ends):
        return {channel: range(low, high + 1) for channel, low, high, _ in ends}
    made: dict[str, list[int]] = {}
    for number, channel in await connection.execute(
        select(deliveries.c.id, deliveries.c.channel).where(*of_page).order_by(deliveries.c.id)
    ):
        made.setdefault(channel, []).append(number)
    return dict(made)


async def _move(connection: AsyncConnection, outbox_id: int, checkpoint: str | None, found: int, at: datetime) -> None:
    change: dict[str, Any] = {"resolved": outbox.c.resolved + found}
    change |= {"checkpoint": checkpoint} if checkpoint else {"state": "resolved", "done_at": at}
    await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(**change))
