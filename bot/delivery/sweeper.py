"""The sweeper: everything that can be stuck is found again from the database."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from bot import metrics
from bot.clock import Clock
from bot.delivery import hearts, sweeps
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.model import DeliveryState, Lane
from bot.delivery.pulse import Hearts, SteadyClock
from bot.delivery.queue import DeliveryQueue
from bot.delivery.sweeps import Queued
from bot.store.engine import Store

logger = logging.getLogger(__name__)

DEAD_AFTER = timedelta(seconds=20)
_RECEIPT_WITHIN = timedelta(minutes=3)
_FORGOTTEN_AFTER = timedelta(seconds=5)
_ABANDONED_MS = 60_000
_SWEEP_LIMIT = 2000

# Which sweep finds what is stuck in a state; a test compares this with the states that are not final.
SWEPT_BY: dict[DeliveryState, str] = {
    DeliveryState.CREATED: "due_unqueued",
    DeliveryState.COLLECTED: "digests",
    DeliveryState.RETRYING: "due_unqueued",
    DeliveryState.SENDING: "take_back",
}


class Sweeper:
    """Runs about once a second in each worker. ticks: further jobs of the same kind (notices that fall due)."""

    def __init__(
        self,
        store: Store,
        queue: DeliveryQueue,
        clock: Clock,
        health: ChannelHealth,
        ticks: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self._store = store
        self._queue = queue
        self._clock = clock
        self._health = health
        self._ticks = ticks
        self._hearts = Hearts(DEAD_AFTER)
        self._steady = SteadyClock(_RECEIPT_WITHIN)

    async def sweep(self) -> None:
        """Redis wiped, a worker dead, a receipt that never came, a retry due, a pace to be fed, a notice due."""
        now = self._clock()
        is_steady = self._steady.is_steady(now)  # looked at each time: a step shows only against the look before
        wiped = await self._queue.prepare()
        for tick in self._ticks:
            await tick()
        await self._health.exchange(self._queue.channels)
        depths = await self._queue.depths()
        for (lane, channel), depth in depths.items():
            metrics.lane_depth.labels(lane, channel).set(depth)
        async with self._store.read() as connection:
            lag_s = await sweeps.lag_s(connection, now)
            metrics.lag_seconds.set(lag_s)
            if not await sweeps.has_open(connection):
                return
        if wiped:
            logger.warning("the queue was empty of everything: it is filled again from the database")
            async with self._store.write() as connection:
                await sweeps.forget_queue(connection)
        await self._take_back(now - _RECEIPT_WITHIN if is_steady else None)
        await self._queue_due(now, depths)
        await self._queue.clear_abandoned(_ABANDONED_MS)

    async def _take_back(self, claimed_since: datetime | None) -> None:
        # None: a clock that was set makes every claim look old; until those from before are gone, only hearts count.
        async with self._store.write() as connection:
            stopped = self._hearts.stopped(await hearts.beats(connection))
            taken = await sweeps.take_back(connection, stopped, claimed_since)
            alive = await hearts.alive_workers(connection)
        if taken:
            metrics.swept.labels("take_back").inc(taken)
            logger.warning("%d deliveries taken back", taken)
            await self._queue.forget_consumers(alive)

    async def _queue_due(self, now: datetime, depths: dict[tuple[Lane, str], int]) -> None:
        empty = [lane for lane in Lane if not any(depth for (of, _), depth in depths.items() if of is lane)]
        lost_before = {lane.value: now - _FORGOTTEN_AFTER for lane in empty}
        async with self._store.write() as connection:
            due = await sweeps.due_unqueued(connection, now, lost_before, _SWEEP_LIMIT)
            fed = await sweeps.feed(connection, now)
        metrics.swept.labels("due_unqueued").inc(len(due))
        metrics.swept.labels("feed").inc(len(fed))
        await self._put([*due, *fed])

    async def _put(self, found: Iterable[Queued]) -> None:
        streams: dict[tuple[Lane, str], list[int]] = {}
        for item in found:
            streams.setdefault((item.lane, item.channel), []).append(item.id)
        for (lane, channel), ids in streams.items():
            await self._queue.put(lane, channel, ids)
