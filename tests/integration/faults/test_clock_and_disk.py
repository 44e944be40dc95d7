"""A clock that is set, a disk that is full, the same job twice: nobody is told twice, nothing is half done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from bot.delivery import store as delivery_store
from bot.delivery.service import DeliveryWorker
from bot.store.engine import Store
from bot.store.schema import deliveries, outbox
from tests.integration.delivery.test_worker import announce, follow, states, until_states, working
from tests.recording import RecordingChannel


class SetClock:
    """The machine's clock, as somebody set it."""

    by = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)], ids=["forward", "back"])
async def test_a_clock_that_is_set_tells_nobody_twice(sqlite_store: Store, redis: Redis, by: timedelta) -> None:
    await follow(sqlite_store, 60)
    channel = RecordingChannel(latency_s=2.5)
    clock = SetClock()
    worker = DeliveryWorker(sqlite_store, redis, {channel.name: channel}, clock)
    running = asyncio.create_task(worker.run())
    try:
        await announce(sqlite_store, redis)
        async with asyncio.timeout(20):
            while not (await states(sqlite_store))["sending"]:
                await asyncio.sleep(0.05)
        clock.by = by  # while messages are in hand
        await until_states(sqlite_store, {"sent": 60}, limit_s=40)
    finally:
        running.cancel()
        await asyncio.wait([running])
        await worker.close()

    assert len(channel.sent) == 60
    async with sqlite_store.read() as connection:
        assert await connection.scalar(select(func.sum(deliveries.c.uncertain))) == 0


def fill_disk(store: Store, spare_pages: int) -> list[int]:
    """Let the database grow by so many pages and no more, on each connection; the list's only number may be raised."""
    most = [0]

    @event.listens_for(store.engine.sync_engine, "begin")
    def _limit(connection: object) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()  # type: ignore[attr-defined]
        most[0] = most[0] or pages + spare_pages
        connection.exec_driver_sql(f"PRAGMA max_page_count={most[0]}")  # type: ignore[attr-defined]

    return most


async def test_a_full_disk_is_an_honest_error_and_leaves_nothing_half(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 400)
    await announce(sqlite_store, redis)
    worker = DeliveryWorker(sqlite_store, redis, {"telegram": RecordingChannel()}, lambda: datetime.now(UTC))
    fill_disk(sqlite_store, 2)

    with pytest.raises(OperationalError, match="full"):
        await worker._fan_out.step()

    async with sqlite_store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(deliveries)) == 0
        assert (await connection.execute(select(outbox.c.state, outbox.c.resolved))).all() == [("pending", 0)]


async def test_a_broadcast_goes_on_when_there_is_room_again(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 400)
    channel = RecordingChannel()
    await announce(sqlite_store, redis)
    most = fill_disk(sqlite_store, 3)

    async with working(sqlite_store, redis, channel):
        await asyncio.sleep(3)
        during = len(channel.sent)
        most[0] = 1_000_000
        await until_states(sqlite_store, {"sent": 400}, limit_s=60)

    assert during < 400
    assert len(channel.sent) == len({address for address, _, _ in channel.sent}) == 400


async def test_the_same_job_twice_at_the_same_moment_is_claimed_once(store: Store, redis: Redis) -> None:
    await follow(store, 30)
    await announce(store, redis)
    worker = DeliveryWorker(store, redis, {"telegram": RecordingChannel()}, lambda: datetime.now(UTC))
    await worker._fan_out.step()
    async with store.read() as connection:
        ids = list(await connection.scalars(select(deliveries.c.id)))

    async def claim(name: str) -> set[int]:
        async with store.write() as connection:
            return {job.id for job in await delivery_store.claim(connection, ids, name, datetime.now(UTC))}

    claims = await asyncio.gather(*(claim(f"w{number}") for number in range(6)))

    assert sum(len(claimed) for claimed in claims) == len(ids) == 30
    assert set().union(*claims) == set(ids)


async def test_two_fan_outs_at_once_make_each_delivery_once(store: Store, redis: Redis) -> None:
    await follow(store, 60)
    await announce(store, redis)
    channel = {"telegram": RecordingChannel()}
    workers = [DeliveryWorker(store, redis, channel, lambda: datetime.now(UTC)) for _ in range(4)]

    await asyncio.gather(*(worker._fan_out.step() for worker in workers))
    await asyncio.gather(*(worker._fan_out.step() for worker in workers))

    async with store.read() as connection:
        persons = list(await connection.scalars(select(deliveries.c.person_id)))
    assert len(persons) == len(set(persons)) == 60
