"""The delivery worker: heart, fan-out, sweeper and lanes; each a loop that outlives errors of database and Redis."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.channels.ports import Channel
from bot.clock import Clock
from bot.delivery import hearts
from bot.delivery import store as delivery_store
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.fanout import FanOut
from bot.delivery.messages import Messages
from bot.delivery.model import Lane
from bot.delivery.queue import DeliveryQueue, Entry
from bot.delivery.receipts import ReceiptWriter
from bot.delivery.sender import Sender
from bot.delivery.store import Receipt
from bot.delivery.sweeper import Sweeper
from bot.gathered_metrics import leave_metrics
from bot.store.engine import Store
from bot.tasks import end

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 2.0
_SELF_DOUBT_S = 12.0  # well before others give this worker up
_SWEEP_EVERY_S = 1.0
_METRICS_EVERY_S = 5.0

# Deliveries in hand at a time: two entries, so that one is claimed while the other goes out, and with a high rate what goes
# out in about half a second. No more, so that a crash leaves few in doubt.
_IN_HAND = {Lane.EMERGENCY: 50, Lane.REPLY: 50, Lane.TRANSACTIONAL: 50, Lane.BULK: 50}
_IN_HAND_S = 0.6
_IN_HAND_MOST = 600
_CLAIMED_AT_ONCE = 100


def in_hand(lane: Lane, rate_per_s: float | None) -> int:
    """How many deliveries of a lane of one channel a worker holds at a time. rate_per_s: the channel's; None: no limit."""
    by_rate = _IN_HAND_MOST if rate_per_s is None else int(rate_per_s * _IN_HAND_S)
    return max(_IN_HAND[lane], min(_IN_HAND_MOST, by_rate))


def in_batches(taken: Sequence[Entry], most: int) -> Iterator[tuple[list[bytes], list[int]]]:
    """Queue entries in batches of at most `most` deliveries (an entry alone is never cut): each is claimed at once."""
    entries: list[bytes] = []
    ids: list[int] = []
    for entry in taken:
        if ids and len(ids) + len(entry.deliveries) > most:
            yield entries, ids
            entries, ids = [], []
        entries.append(entry.id)
        ids = ids + entry.deliveries
    if entries:
        yield entries, ids


class DeliveryWorker:
    """One worker process's work. Any number of them may run.

    ticks: further jobs that are to run about once a second (notices that fall due).
    """

    def __init__(
        self,
        store: Store,
        redis: Redis,
        channels: Mapping[str, Channel],
        clock: Clock,
        ticks: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self.id = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._store = store
        self._redis = redis
        self._channels = channels
        self._clock = clock
        self._queue = DeliveryQueue(redis, self.id, list(channels))
        self._health = ChannelHealth(redis)
        self._sender = Sender(store, redis, channels, clock, self._health)
        self._receipts = ReceiptWriter(self._write_receipts)
        self._fan_out = FanOut(store, redis, self._queue, clock)
        self._sweeper = Sweeper(store, self._queue, clock, self._health, ticks)
        self._messages = Messages()
        self._beat_at: float | None = None
        self._metrics_left_at = float("-inf")
        self._beaten = asyncio.Event()
        self._prepared = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first."""
        tasks = [
            asyncio.create_task(loop, name=name)
            for name, loop in (
                ("beat", self._loop(self._beat, BEAT_EVERY_S)),
                ("listen", self._loop(self._fan_out.listen, 1.0)),
                ("fan-out", self._fan_out.run()),
                ("sweep", self._loop(self._sweep, _SWEEP_EVERY_S)),
                *((f"{lane}-{channel}", self._lane(lane, channel)) for lane in Lane for channel in self._channels),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await asyncio.gather(*(end(task) for task in tasks))

    async def close(self) -> None:
        """Leave in good order, so that nobody waits for this worker's heart to stop."""
        try:
            await self._queue.leave()
        except RedisError as error:
            logger.warning("left without a word to Redis: %s", type(error).__name__)
        async with self._store.write() as connection:
            await hearts.leave(connection, self.id)

    async def _loop(self, step: Callable[[], Awaitable[None]], every_s: float) -> None:
        while True:
            try:
                await step()
            except (RedisError, SQLAlchemyError, OSError) as error:
                logger.warning("%s waits: %s", getattr(step, "__name__", "step"), type(error).__name__)
            await asyncio.sleep(every_s)

    async def _beat(self) -> None:
        began = time.monotonic()
        async with self._store.write() as connection:
            await hearts.beat(connection, self.id, self._clock())
        self._beat_at = began
        self._beaten.set()

    async def _sweep(self) -> None:
        try:
            await self._sweeper.sweep()
        except Exception:
            metrics.sweeps.labels("failed").inc()
            raise
        metrics.sweeps.labels("done").inc()
        self._prepared.set()
        for channel, waiting in self._sender.waiting.items():
            metrics.permits_waiting.labels(channel).set(waiting)
        if time.monotonic() - self._metrics_left_at > _METRICS_EVERY_S:
            self._metrics_left_at = time.monotonic()
            await leave_metrics(self._redis, self.id)

    async def _lane(self, lane: Lane, channel: str) -> None:
        """Take from one lane of one channel and send, some side by side; it waits for no other but at the channel's limit."""
        await self._prepared.wait()
        most = in_hand(lane, self._channels[channel].abilities.rate_per_s)
        gate = asyncio.Semaphore(most)
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    taken = await self._queue.take(lane, channel, entries=max(1, most // 25), block_ms=1000)
                    # Half at a time: the next half is claimed while this one goes out.
                    for entries, ids in in_batches(taken, min(most // 2, _CLAIMED_AT_ONCE)):
                        for _ in ids:
                            await gate.acquire()
                        group.create_task(self._work(lane, channel, entries, ids, gate))
                except (RedisError, OSError) as error:
                    logger.warning("lane %s of %s waits: %s", lane, channel, type(error).__name__)
                    await asyncio.sleep(1.0)

    async def _work(
        self, lane: Lane, channel: str, entries: list[bytes], ids: list[int], gate: asyncio.Semaphore
    ) -> None:
        left = len(ids)
        try:
            await self._until_sure_of_itself()
            async with self._store.write() as connection:
                jobs = await delivery_store.claim(connection, ids, self.id, self._clock(), self._messages)
            for _ in range(len(ids) - len(jobs)):
                gate.release()
                left -= 1

            async def one(job: delivery_store.Job) -> None:
                nonlocal left
                try:
                    await self._receipts.put(await self._sender.send(job))
                finally:
                    gate.release()
                    left -= 1

            await asyncio.gather(*(one(job) for job in jobs))
            await self._queue.done(lane, channel, entries)
        except (RedisError, SQLAlchemyError, OSError) as error:
            # What was claimed and has no receipt is taken back by a sweeper once this worker is gone or restarted.
            logger.warning("%d deliveries in doubt: %s", len(ids), type(error).__name__)
        finally:
            for _ in range(left):
                gate.release()

    async def _until_sure_of_itself(self) -> None:
        """Send nothing while the own heartbeat is old: others may have taken this worker's jobs already."""
        while self._beat_at is None or time.monotonic() - self._beat_at > _SELF_DOUBT_S:
            self._beaten.clear()
            await self._beaten.wait()

    async def _write_receipts(self, receipts: list[Receipt]) -> None:
        async with self._store.write() as connection:
            await delivery_store.write_receipts(connection, receipts, self.id)
