"""What is under way, for staff: causes and their states, lanes, workers, one delivery by its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.hearts import beats
from bot.delivery.model import Cause, CauseKind, DeliveryState, Lane
from bot.delivery.queue import stream_of
from bot.delivery.store import OPEN
from bot.errors import NotFoundError
from bot.store.engine import Store
from bot.store.schema import deliveries, outbox

_CAUSES_AT_MOST = 50


@dataclass(frozen=True)
class CauseLine:
    """A cause, and how many of its deliveries stand in each state. state: pending, resolved, cancelled, or paused."""

    cause: Cause
    lane: Lane
    state: str
    created_at: datetime
    counts: dict[DeliveryState, int]
    uncertain: int


@dataclass(frozen=True)
class LaneLine:
    """A lane of a channel. waiting: deliveries that are not final; depth: entries in its stream, None while Redis is away."""

    lane: Lane
    channel: str
    waiting: int
    depth: int | None


@dataclass(frozen=True)
class Overview:
    """causes: the newest first; lag_s: age of the oldest delivery that is due and not sent, None when there is none."""

    at: datetime
    causes: list[CauseLine]
    lanes: list[LaneLine]
    workers: dict[str, datetime]
    lag_s: float | None
    dead: int


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery; never its text. Moments that did not come are None."""

    id: int
    cause: Cause
    channel: str
    lane: Lane
    person_id: str
    state: DeliveryState
    attempts: int
    uncertain: int
    created_at: datetime
    due_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    sent_at: datetime | None
    failure: str | None


class DeliveryOverview:
    """Reads; asked by a person, never by a page on its own every second."""

    def __init__(self, store: Store, redis: Redis, clock: Clock, channels: Sequence[str]) -> None:
        self._store = store
        self._redis = redis
        self._clock = clock
        self._channels = channels

    async def read(self) -> Overview:
        """Everything at a glance."""
        now = self._clock()
        async with self._store.read() as connection:
            causes = await _causes(connection)
            waiting = await _waiting(connection)
            oldest = await connection.scalar(
                select(func.min(deliveries.c.due_at)).where(deliveries.c.state.in_(OPEN), deliveries.c.due_at <= now)
            )
            dead = await connection.scalar(
                select(func.count()).select_from(deliveries).where(deliveries.c.state == DeliveryState.FAILED)
            )
            workers = await beats(connection)
        pairs = sorted({(lane, channel) for lane in Lane for channel in self._channels} | set(waiting))
        lanes = [LaneLine(*pair, waiting.get(pair, 0), depth) for pair, depth in (await self._depths(pairs)).items()]
        lag_s = None if oldest is None else max(0.0, (now - oldest).total_seconds())
        return Overview(now, causes, lanes, workers, lag_s, int(dead or 0))

    async def delivery(self, number: int) -> DeliveryLine:
        """One delivery. Raises NotFoundError."""
        query = (
            select(deliveries, outbox.c.cause_kind, outbox.c.cause_id, outbox.c.created_at)
            .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
            .where(deliveries.c.id == number)
        )
        async with self._store.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError("delivery")
        return DeliveryLine(
            *(
                row.id,
                _cause(row.cause_kind, row.cause_id),
                row.channel,
                Lane(row.lane),
                row.person_id,
                DeliveryState(row.state),
            ),
            *(row.attempts, row.uncertain, row.created_at, row.due_at, row.claimed_by, row.claimed_at, row.sent_at),
            row.failure,
        )

    async def _depths(self, pairs: Sequence[tuple[Lane, str]]) -> dict[tuple[Lane, str], int | None]:
        pipeline = self._redis.pipeline(transaction=False)
        for lane, channel in pairs:
            pipeline.xlen(stream_of(lane, channel))
        try:
            return dict(zip(pairs, map(int, await pipeline.execute()), strict=True))
        except (RedisError, OSError):
            return dict.fromkeys(pairs)


def _cause(kind: str, number: str) -> Cause:
    return Cause(CauseKind(kind), number)


async def _causes(connection: AsyncConnection) -> list[CauseLine]:
    newest = (
        await connection.execute(
            select(
                *(outbox.c.id, outbox.c.cause_kind, outbox.c.cause_id, outbox.c.lane, outbox.c.state),
                *(outbox.c.paused_at, outbox.c.created_at),
            )
            .order_by(outbox.c.id.desc())
            .limit(_CAUSES_AT_MOST)
        )
    ).all()
    counts: dict[int, dict[DeliveryState, int]] = {}
    uncertain: dict[int, int] = {}
    counted = await connection.execute(
        select(deliveries.c.outbox_id, deliveries.c.state, func.count(), func.sum(deliveries.c.uncertain))
        .where(deliveries.c.outbox_id.in_([row.id for row in newest]))
        .group_by(deliveries.c.outbox_id, deliveries.c.state)
    )
    for outbox_id, state, number, doubts in counted:
        counts.setdefault(outbox_id, {})[DeliveryState(state)] = number
        uncertain[outbox_id] = uncertain.get(outbox_id, 0) + int(doubts or 0)
    return [
        CauseLine(
            cause=_cause(row.cause_kind, row.cause_id),
            lane=Lane(row.lane),
            state="paused" if row.paused_at is not None and row.state != "cancelled" else row.state,
            created_at=row.created_at,
            counts=counts.get(row.id, {}),
            uncertain=uncertain.get(row.id, 0),
        )
        for row in newest
    ]


async def _waiting(connection: AsyncConnection) -> dict[tuple[Lane, str], int]:
    rows = await connection.execute(
        select(deliveries.c.lane, deliveries.c.channel, func.count())
        .where(deliveries.c.state.in_((*OPEN, DeliveryState.SENDING)))
        .group_by(deliveries.c.lane, deliveries.c.channel)
    )
    return {(Lane(lane), channel): number for lane, channel, number in rows}
