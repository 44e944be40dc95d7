"""Fan-out: audiences become deliveries, deliveries become entries in their lanes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.clock import Clock
from bot.delivery import audience
from bot.delivery.model import Lane
from bot.delivery.outbox import WAKE_CHANNEL
from bot.delivery.queue import DeliveryQueue
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


class FanOut:
    """Resolves audiences page by page. Any number of processes may run it; a crash costs a page at most, and repeats nothing."""

    def __init__(self, store: Store, redis: Redis, queue: DeliveryQueue, clock: Clock) -> None:
        self._store = store
        self._redis = redis
        self._queue = queue
        self._clock = clock
        self._wake = asyncio.Event()

    async def listen(self) -> None:
        """Wake as soon as a cause is written; a cut connection costs a second at most. Returns when the connection ends."""
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(WAKE_CHANNEL)
            self._wake.set()
            while True:
                if await subscription.get_message(ignore_subscribe_messages=True, timeout=2.0):
                    self._wake.set()

    async def run(self) -> None:
        """Resolve whatever is open, until cancelled."""
        while True:
            try:
                while await self.step():
                    pass
            except (RedisError, SQLAlchemyError, OSError) as error:
                logger.warning("fan-out waits: %s", type(error).__name__)
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY_S)
            except TimeoutError:
                continue
            self._wake.clear()

    async def step(self) -> bool:
        """Resolve the next pages and queue what they made; False when no audience is open."""
        async with self._store.read() as connection:
            if not await audience.has_pending(connection):
                return False
        async with self._store.write() as connection:
            pages = await audience.resolve_pages(connection, self._clock())
        made: dict[tuple[Lane, str], list[Sequence[int]]] = {}
        for page in pages:
            metrics.resolved.labels(page.lane).inc(page.size)
            for channel, ids in page.made.items():
                if not page.fed:
                    made.setdefault((page.lane, channel), []).append(ids)
        for (lane, channel), groups in made.items():
            await self._queue.put(lane, channel, groups[0] if len(groups) == 1 else [i for ids in groups for i in ids])
        return bool(pages)
