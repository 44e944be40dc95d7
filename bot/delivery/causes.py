"""SQL of causes in flight: progress, pause, pace, dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Cause, CauseKind, DeadLetter, DeliveryState, Lane
from bot.delivery.store import OPEN
from bot.store.schema import deliveries, outbox


async def find(connection: AsyncConnection, cause: Cause) -> Row[Any] | None:
    """The outbox row of a cause: id, lane, state, rate_per_s, paused_at; None when it never reached delivery."""
    row: Row[Any] | None = (
        await connection.execute(
            select(outbox.c.id, outbox.c.lane, outbox.c.state, outbox.c.rate_per_s, outbox.c.paused_at).where(
                outbox.c.cause_kind == cause.kind, outbox.c.cause_id == cause.id
            )
        )
    ).one_or_none()  # type: ignore[assignment]  # a row of five columns is one of any
    return row


async def open_by_channel(connection: AsyncConnection, outbox_id: int) -> dict[str, int]:
    """How many deliveries of a cause are open, by channel."""
    rows = await connection.execute(
        select(deliveries.c.channel, func.count())
        .where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.in_((*OPEN, DeliveryState.SENDING)))
        .group_by(deliveries.c.channel)
    )
    return {row[0]: row[1] for row in rows}


async def open_before(connection: AsyncConnection, outbox_id: int, lane: Lane) -> dict[str, int]:
    """How many open deliveries of other causes go first, by channel: those of higher lanes, and older ones of the same."""
    higher = [other for other in Lane if list(Lane).index(other) < list(Lane).index(lane)]
    rows = await connection.execute(
        select(deliveries.c.channel, func.count())
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(
            deliveries.c.state.in_(OPEN),
            outbox.c.paused_at.is_(None),
            outbox.c.rate_per_s.is_(None),
            deliveries.c.lane.in_(higher) | ((deliveries.c.lane == lane) & (deliveries.c.outbox_id < outbox_id)),
        )
        .group_by(deliveries.c.channel)
    )
    return {row[0]: row[1] for row in rows}


async def set_paused(connection: AsyncConnection, outbox_id: int, at: datetime | None) -> None:
    """Hold a cause still (at: since when), or let it go on (None): then nothing of it counts as queued."""
    await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(paused_at=at))
    if at is None:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.in_(OPEN))
            .values(queued_at=null())
        )


async def set_rate(connection: AsyncConnection, outbox_id: int, rate_per_s: float | None, at: datetime) -> None:
    """Give a cause its own pace, or the channel's again (None)."""
    await connection.execute(
        update(outbox).where(outbox.c.id == outbox_id).values(rate_per_s=rate_per_s, fed_at=at if rate_per_s else None)
    )
    # What waits in Redis comes to nothing there (`claim` takes none of it) and is queued anew at the new pace.
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.outbox_id == outbox_id, deliveries.c.state == DeliveryState.CREATED)
        .values(queued_at=null())
    )


async def dead_letters(
    connection: AsyncConnection, *, cause: Cause | None, before: int | None, limit: int
) -> list[DeadLetter]:
    """Deliveries that failed for good, the newest first. before: only those with a smaller id, for the next page."""
    query = (
        select(deliveries, outbox.c.cause_kind, outbox.c.cause_id)
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(deliveries.c.state == DeliveryState.FAILED)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    if cause is not None:
        query = query.where(outbox.c.cause_kind == cause.kind, outbox.c.cause_id == cause.id)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    return [
        DeadLetter(
            row.id,
            Cause(CauseKind(row.cause_kind), row.cause_id),
            row.channel,
            Lane(row.lane),
            row.person_id,
            row.attempts,
            row.failure or "",
            row.uncertain,
        )
        for row in await connection.execute(query)
    ]


async def send_again(connection: AsyncConnection, ids: Sequence[int], at: datetime) -> list[int]:
    """Open failed deliveries again, unless their cause was called back; returns those that were opened.

    They begin anew: as many tries as at first. What is known of their address stays: who is gone fails at once again.
    """
    called_back = select(outbox.c.id).where(outbox.c.state == "cancelled")
    opened = await connection.scalars(
        update(deliveries)
        .where(
            deliveries.c.id.in_(ids),
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.outbox_id.not_in(called_back),
        )
        .values(state=DeliveryState.CREATED, attempts=0, due_at=at, queued_at=null(), failure=null(), claimed_by=null())
        .returning(deliveries.c.id)
    )
    return sorted(opened)
