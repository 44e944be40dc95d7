"""The delivery worker: heart, fan-out, sweeper and lanes; each a loop that outlives errors of database and Redis."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.ports import Channel
from bot.clock import Clock
from bot.delivery import audience
from bot.delivery import store as delivery_store
from bot.delivery.model import Lane
from bot.delivery.outbox import WAKE_CHANNEL
from bot.delivery.pace import Pace
from bot.delivery.queue import DeliveryQueue
from bot.delivery.sender import ReceiptWriter, Sender
from bot.delivery.store import Receipt
from bot.store.engine import Store
from bot.tasks import end

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 2.0
DEAD_AFTER = timedelta(seconds=20)
_RECEIPT_WITHIN = timedelta(minutes=3)
_SELF_DOUBT_S = 12.0  # well before others give this worker up
_SWEEP_EVERY_S = 1.0
_FORGOTTEN_AFTER = timedelta(seconds=5)
_ABANDONED_MS = 60_000
_PAGE = 500
_SWEEP_LIMIT = 2000
_ENTRIES_AT_ONCE = 10

# Deliveries in hand at a time. Bulk holds few, so that a crash leaves few in doubt.
_IN_HAND = {Lane.EMERGENCY: 50, Lane.REPLY: 50, Lane.TRANSACTIONAL: 50, Lane.BULK: 25}


def _in_batches(taken: Sequence[tuple[Lane, bytes, list[int]]], most: int) -> Iterator[tuple[list[bytes], list[int]]]:
    """Queue entries in batches of at most `most` deliveries (an entry alone is never cut): each is claimed at once."""
    entries: list[bytes] = []
    ids: list[int] = []
    for _, entry, of_entry in taken:
        if ids and len(ids) + len(of_entry) > most:
            yield entries, ids
            entries, ids = [], []
        entries.append(entry)
        ids = ids + of_entry
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
        self._clock = clock
        self._ticks = ticks
        self._queue = DeliveryQueue(redis, self.id)
        self._sender = Sender(store, channels, Pace(redis), clock)
        self._receipts = ReceiptWriter(self._write_receipts)
        self._wake = asyncio.Event()
        self._beat_at: float | None = None
        self._beaten = asyncio.Event()
        self._prepared = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first."""
        tasks = [
            asyncio.create_task(loop, name=name)
            for name, loop in (
                ("beat", self._loop(self._beat, BEAT_EVERY_S)),
                ("listen", self._loop(self._listen, 1.0)),
                ("fan-out", self._fan_out_forever()),
                ("sweep", self._loop(self._sweep, _SWEEP_EVERY_S)),
                *((f"lane-{lane}", self._lane(lane)) for lane in Lane),
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
            await delivery_store.leave(connection, self.id)

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
            await delivery_store.beat(connection, self.id, self._clock())
        self._beat_at = began
        self._beaten.set()

    async def _listen(self) -> None:
        """Wake the fan-out as soon as a cause is written; a cut connection costs a second at most."""
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(WAKE_CHANNEL)
            self._wake.set()
            while True:
                if await subscription.get_message(ignore_subscribe_messages=True, timeout=2.0):
                    self._wake.set()

    async def _fan_out_forever(self) -> None:
        while True:
            try:
                while await self._fan_out_page():
                    pass
            except (RedisError, SQLAlchemyError, OSError) as error:
                logger.warning("fan-out waits: %s", type(error).__name__)
            try:
                await asyncio.wait_for(self._wake.wait(), 1.0)
            except TimeoutError:
                continue
            self._wake.clear()

    async def _fan_out_page(self) -> bool:
        async with self._store.read() as connection:
            if not await audience.has_pending(connection):
                return False
        async with self._store.write() as connection:
            pages = await audience.resolve_pages(connection, self._clock(), _PAGE)
        for lane in Lane:
            ids = [number for page in pages if page.lane is lane for number in page.ids]
            if ids:
                await self._queue.put(lane, ids)
        return bool(pages)

    async def _sweep(self) -> None:
        """Everything that can be stuck: Redis wiped, a worker dead, a retry due, a notice due."""
        now = self._clock()
        wiped = await self._queue.prepare()
        self._prepared.set()
        for tick in self._ticks:
            await tick()
        async with self._store.read() as connection:
            if not await delivery_store.has_open(connection):
                return
        async with self._store.write() as connection:
            if wiped:
                await delivery_store.forget_queue(connection)
            taken = await delivery_store.take_back(connection, now - DEAD_AFTER, now - _RECEIPT_WITHIN)
        if taken:
            logger.warning("%d deliveries taken back", taken)
        forgotten = _FORGOTTEN_AFTER if await self._queue.is_empty() else timedelta(days=3650)
        async with self._store.write() as connection:
            due = await delivery_store.due_unqueued(connection, now, forgotten, _SWEEP_LIMIT)
        for lane in Lane:
            ids = [number for number, of in due if of is lane]
            if ids:
                await self._queue.put(lane, ids)
        await self._queue.clear_abandoned(_ABANDONED_MS)

    async def _lane(self, lane: Lane) -> None:
        """Take from one lane and send, some side by side; a lane never waits for another but at the channel's limit."""
        await self._prepared.wait()
        gate = asyncio.Semaphore(_IN_HAND[lane])
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    taken = await self._queue.take([lane], entries=_ENTRIES_AT_ONCE, block_ms=1000)
                    for entries, ids in _in_batches(taken, _IN_HAND[lane]):
                        for _ in ids:
                            await gate.acquire()
                        group.create_task(self._work(lane, entries, ids, gate))
                except (RedisError, OSError) as error:
                    logger.warning("lane %s waits: %s", lane, type(error).__name__)
                    await asyncio.sleep(1.0)

    async def _work(self, lane: Lane, entries: list[bytes], ids: list[int], gate: asyncio.Semaphore) -> None:
        left = len(ids)
        try:
            await self._until_sure_of_itself()
            async with self._store.write() as connection:
                jobs = await delivery_store.claim(connection, ids, self.id, self._clock())
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
            await self._queue.done(lane, entries)
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
