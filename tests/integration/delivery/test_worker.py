"""The delivery worker on a real Redis, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select, update

from bot.channels.model import Reply
from bot.clock import utc_now
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.service import DeliveryWorker
from bot.errors import ChannelUnavailableError, RateLimitedError, RecipientGoneError
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import addresses, deliveries
from tests.recording import RecordingChannel

TOPIC = "taxes_fees"


async def follow(store: Store, count: int) -> None:
    people = PeopleService(store, utc_now)
    for number in range(count):
        person = await people.meet("telegram", str(number), private=True, language="en" if number % 2 else "zh-Hant")
        await people.follow_topic(person.address_id, TOPIC)


async def announce(store: Store, redis: Redis, cause: str = "n1", lane: Lane = Lane.BULK) -> None:
    outbox = Outbox(redis)
    texts = {"zh-Hans": Reply(text="简"), "zh-Hant": Reply(text="繁"), "en": Reply(text="English")}
    async with store.write() as connection:
        notification = OutgoingNotification(
            CauseKind.NOTICE,
            cause,
            lane,
            Audience(AudienceKind.TOPIC, TOPIC),
            texts,  # type: ignore[arg-type]
        )
        await outbox.add(connection, notification, datetime.now(UTC))
    await outbox.wake()


@asynccontextmanager
async def working(
    store: Store, redis: Redis, *channels: RecordingChannel, ticks: Sequence[Callable[[], Awaitable[None]]] = ()
) -> AsyncIterator[DeliveryWorker]:
    worker = DeliveryWorker(store, redis, {channel.name: channel for channel in channels}, utc_now, ticks=ticks)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await worker.close()


async def until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)


async def states(store: Store) -> Counter[str]:
    async with store.read() as connection:
        rows = await connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
        return Counter({row.state: row[1] for row in rows})


async def until_states(store: Store, wanted: dict[str, int], limit_s: float = 20) -> None:
    async with asyncio.timeout(limit_s):
        while dict(await states(store)) != wanted:
            await asyncio.sleep(0.05)


async def test_every_follower_is_told_once_in_their_language(store: Store, redis: Redis) -> None:
    await follow(store, 40)
    channel = RecordingChannel()

    async with working(store, redis, channel):
        await announce(store, redis)
        await until_states(store, {"sent": 40})

    assert Counter(address for address, _, _ in channel.sent) == Counter(str(n) for n in range(40))
    assert {(message.text, language) for _, message, language in channel.sent} == {
        ("English", "en"),
        ("繁", "zh-Hant"),
    }


async def test_two_workers_tell_nobody_twice(store: Store, redis: Redis) -> None:
    await follow(store, 60)
    channel = RecordingChannel(latency_s=0.01)

    async with working(store, redis, channel), working(store, redis, channel):
        await announce(store, redis)
        await until_states(store, {"sent": 60})

    assert len(channel.sent) == 60


async def test_a_wiped_redis_loses_nothing(store: Store, redis: Redis) -> None:
    await follow(store, 60)
    channel = RecordingChannel(rate_per_s=60)

    async with working(store, redis, channel):
        await announce(store, redis)
        await until(lambda: len(channel.sent) > 5)
        await redis.flushall()
        await until_states(store, {"sent": 60}, limit_s=40)

    assert len(channel.sent) == 60


async def test_what_a_dead_worker_had_in_hand_is_sent_and_counted(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 3)
    channel = RecordingChannel()
    worker = DeliveryWorker(sqlite_store, redis, {"telegram": channel}, utc_now)
    await announce(sqlite_store, redis)
    await worker._fan_out.step()
    async with sqlite_store.write() as connection:
        # As a worker leaves them that was killed between its claim and its receipts.
        await connection.execute(
            update(deliveries).values(
                state="sending", claimed_by="dead", claimed_at=datetime.now(UTC) - timedelta(seconds=5)
            )
        )

    async with working(sqlite_store, redis, channel):
        await until_states(sqlite_store, {"sent": 3})

    async with sqlite_store.read() as connection:
        uncertain = list(await connection.scalars(select(deliveries.c.uncertain)))
    assert uncertain == [1, 1, 1]


async def test_a_blocked_recipient_is_final_and_noted(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 2)
    channel = RecordingChannel(fail=lambda address: RecipientGoneError("blocked") if address == "1" else None)

    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis)
        await until_states(sqlite_store, {"sent": 1, "failed": 1})

    async with sqlite_store.read() as connection:
        state = await connection.scalar(select(addresses.c.state).where(addresses.c.address == "1"))
    assert state == "blocked"


async def test_an_unavailable_channel_is_tried_again(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 1)
    failures = [ChannelUnavailableError("cut"), None]
    channel = RecordingChannel(fail=lambda address: failures.pop(0) if failures else None)

    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis)
        await until_states(sqlite_store, {"sent": 1})

    async with sqlite_store.read() as connection:
        assert await connection.scalar(select(deliveries.c.attempts)) == 2


async def test_one_chat_told_to_wait_holds_up_nobody_else(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 30)
    told: list[str] = []

    def fail(address: str) -> RateLimitedError | None:
        if address == "7" and not told:
            told.append(address)
            return RateLimitedError(3.0, "chat")
        return None

    channel = RecordingChannel(fail=fail)
    async with working(sqlite_store, redis, channel):
        began = asyncio.get_running_loop().time()
        await announce(sqlite_store, redis)
        await until(lambda: len(channel.sent) == 29)
        others_after_s = asyncio.get_running_loop().time() - began
        await until_states(sqlite_store, {"sent": 30})

    waited_s = channel.times_s["7"][0] - began
    assert others_after_s < 3.0 <= waited_s


async def test_a_channel_told_to_wait_is_silent_that_long(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 5)
    told: list[float] = []

    def fail(address: str) -> RateLimitedError | None:
        if not told:
            told.append(asyncio.get_running_loop().time())
            return RateLimitedError(2.0, "channel")
        return None

    channel = RecordingChannel(rate_per_s=5, fail=fail)
    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis)
        await until_states(sqlite_store, {"sent": 5})

    first_after = min(times[0] for times in channel.times_s.values())
    assert first_after - told[0] >= 1.9


async def test_the_rate_is_kept_and_used(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 60)
    channel = RecordingChannel(rate_per_s=30)

    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis)
        await until_states(sqlite_store, {"sent": 60})

    times = sorted(moment for moments in channel.times_s.values() for moment in moments)
    busiest = max(sum(1 for other in times if moment <= other < moment + 1) for moment in times)
    assert busiest <= 30


async def test_an_urgent_message_passes_a_broadcast(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 90)
    channel = RecordingChannel(rate_per_s=20)

    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis)
        await until(lambda: len(channel.sent) > 5)
        people = PeopleService(sqlite_store, utc_now)
        person = await people.meet("telegram", "urgent", private=True, language="en")
        await people.follow_topic(person.address_id, "traveller_cash")
        async with sqlite_store.write() as connection:
            notification = OutgoingNotification(
                CauseKind.CLEARANCE,
                "1",
                Lane.TRANSACTIONAL,
                Audience(AudienceKind.TOPIC, "traveller_cash"),
                {"en": Reply(text="released")},
            )
            await Outbox(redis).add(connection, notification, datetime.now(UTC))
        await Outbox(redis).wake()
        await until(lambda: "urgent" in channel.times_s)

    before = sum(1 for address, _, _ in channel.sent[: [a for a, _, _ in channel.sent].index("urgent")])
    assert before < 60


async def test_finished_entries_leave_redis(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 30)
    channel = RecordingChannel()

    async with working(sqlite_store, redis, channel) as worker:
        await announce(sqlite_store, redis)
        await until_states(sqlite_store, {"sent": 30})
        async with asyncio.timeout(5):
            while not await worker._queue.is_empty():
                await asyncio.sleep(0.05)

    assert await redis.xlen("kouan:deliveries:bulk:telegram") == 0


@pytest.mark.parametrize("lane", list(Lane))
async def test_every_lane_is_served(sqlite_store: Store, redis: Redis, lane: Lane) -> None:
    await follow(sqlite_store, 1)
    channel = RecordingChannel()

    async with working(sqlite_store, redis, channel):
        await announce(sqlite_store, redis, cause=lane, lane=lane)
        await until_states(sqlite_store, {"sent": 1})
