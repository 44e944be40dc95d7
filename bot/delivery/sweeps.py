"""SQL of the sweeps: what can be stuck, and how it is found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import DeliveryState, Lane
from bot.delivery.store import OPEN
from bot.store.schema import deliveries, outbox, workers

_FED_AT_MOST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery that is to be put into its lane's stream."""

    id: int
    lane: Lane
    channel: str


async def has_open(connection: AsyncConnection) -> bool:
    """Whether any delivery is not final; a cheap look before a sweep writes."""
    open_states = (*OPEN, DeliveryState.SENDING)
    found = await connection.scalar(select(deliveries.c.id).where(deliveries.c.state.in_(open_states)).limit(1))
    return found is not None


async def lag_s(connection: AsyncConnection, at: datetime) -> float:
    """Age of the oldest delivery that is due and not sent, seconds; 0 when there is none."""
    oldest: list[datetime | None] = [
        await connection.scalar(
            select(deliveries.c.due_at)
            .where(deliveries.c.state == state, deliveries.c.due_at <= at)
            .order_by(deliveries.c.due_at)
            .limit(1)
        )
        for state in OPEN
    ]
    ages_s = [(at - due).total_seconds() for due in oldest if due is not None]
    return max(ages_s, default=0.0)


async def take_back(connection: AsyncConnection, stopped: Sequence[str], claimed_since: datetime | None) -> int:
    """Give back what workers whose heart stopped had in hand, and what a living one never wrote a receipt for.

    claimed_since: what was claimed before has waited too long for its receipt; None: that cannot be told now.
    Each may have been sent, and is counted as uncertain. Returns how many.
    """
    if stopped:
        await connection.execute(delete(workers).where(workers.c.id.in_(stopped)))
    lost = ~exists().where(workers.c.id == deliveries.c.claimed_by)
    if claimed_since is not None:
        lost = or_(lost, deliveries.c.claimed_at < claimed_since)
    done = await connection.execute(
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, lost)
        .values(state=DeliveryState.CREATED, uncertain=deliveries.c.uncertain + 1, claimed_by=None, queued_at=None)
    )
    return done.rowcount


_DUE = and_(
    deliveries.c.state.in_(OPEN),
    outbox.c.paused_at.is_(None),
    outbox.c.state != "cancelled",
    # With a pace of its own a cause is fed bit by bit (`feed`); what was fed once is swept like all else.
    or_(outbox.c.rate_per_s.is_(None), deliveries.c.state == DeliveryState.RETRYING, deliveries.c.attempts > 0),
)


async def due_unqueued(
    connection: AsyncConnection, at: datetime, lost_before: Mapping[str, datetime], limit: int
) -> list[Queued]:
    """Mark what is due and not in Redis, or was put there so long ago that Redis must have lost it.

    lost_before: by lane, where its queue is empty: what was queued before this moment is not there any more.
    """
    lost = [and_(deliveries.c.lane == lane, deliveries.c.queued_at < moment) for lane, moment in lost_before.items()]
    due = (
        select(deliveries.c.id)
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(deliveries.c.due_at <= at, or_(and_(_DUE, deliveries.c.queued_at.is_(None)), *_also(lost)))
        .order_by(deliveries.c.due_at)
        .limit(limit)
    )
    return await _mark_queued(connection, list(await connection.scalars(due)), at)


def _also(lost: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    going_on = and_(deliveries.c.state.in_(OPEN), outbox.c.paused_at.is_(None), outbox.c.state != "cancelled")
    return [and_(going_on, or_(*lost))] if lost else []


async def _mark_queued(connection: AsyncConnection, ids: Sequence[int], at: datetime) -> list[Queued]:
    if not ids:
        return []
    rows = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids), deliveries.c.state.in_(OPEN))
        .values(queued_at=at)
        .returning(deliveries.c.id, deliveries.c.lane, deliveries.c.channel)
    )
    return [Queued(number, Lane(lane), channel) for number, lane, channel in sorted(rows)]


async def feed(connection: AsyncConnection, at: datetime) -> list[Queued]:
    """Queue of each cause with a pace of its own what its pace allows since the last time, at most five seconds' worth."""
    causes = (
        await connection.execute(
            select(outbox.c.id, outbox.c.rate_per_s, outbox.c.fed_at)
            .where(
                outbox.c.rate_per_s.is_not(None),
                outbox.c.paused_at.is_(None),
                outbox.c.state != "cancelled",
                exists().where(
                    deliveries.c.outbox_id == outbox.c.id,
                    deliveries.c.state == DeliveryState.CREATED,
                    deliveries.c.queued_at.is_(None),
                ),
            )
            .with_for_update(skip_locked=True)
        )
    ).all()
    fed: list[Queued] = []
    for outbox_id, rate, fed_at in causes:
        since = max(fed_at or at, at - _FED_AT_MOST)
        share = int((at - since).total_seconds() * rate)
        if share < 1:
            continue
        ids = await connection.scalars(
            select(deliveries.c.id)
            .where(
                deliveries.c.outbox_id == outbox_id,
                deliveries.c.state == DeliveryState.CREATED,
                deliveries.c.queued_at.is_(None),
                deliveries.c.due_at <= at,
            )
            .order_by(deliveries.c.id)
            .limit(share)
        )
        fed += await _mark_queued(connection, list(ids), at)
        moved = since + timedelta(seconds=share / rate)
        await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(fed_at=moved))
    return fed


async def forget_queue(connection: AsyncConnection) -> None:
    """Redis was wiped: nothing that is open is queued."""
    await connection.execute(update(deliveries).where(deliveries.c.state.in_(OPEN)).values(queued_at=None))
