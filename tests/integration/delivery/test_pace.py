"""Permits to send, shared through a real Redis."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.bootstrap import redis_client
from bot.delivery.model import Lane
from bot.delivery.pace import PACE_SHARE, Pace


@pytest.fixture
def pace(redis: Redis) -> Pace:
    return Pace(redis)


async def take(
    pace: Pace,
    lane: Lane = Lane.TRANSACTIONAL,
    *,
    address: str = "a",
    channel: str = "telegram",
    rate: float | None = 10.0,
    chat_s: float = 0.0,
    cost: int = 1,
) -> tuple[bool, float]:
    return await pace.take(channel, address, lane, rate_per_s=rate, chat_interval_s=chat_s, cost=cost)


async def test_slots_lie_evenly_a_little_under_the_limit(pace: Pace) -> None:
    waits = [(await take(pace, address=str(number)))[1] for number in range(5)]

    interval_s = 1 / (10 * PACE_SHARE)
    assert waits[0] == 0
    assert waits[4] == pytest.approx(4 * interval_s, abs=0.08)


async def test_a_long_message_costs_what_its_parts_cost(pace: Pace) -> None:
    await take(pace, cost=5)

    _, wait_s = await take(pace, address="b")

    assert wait_s == pytest.approx(5 / (10 * PACE_SHARE), abs=0.08)


async def test_bulk_takes_only_a_slot_that_is_free_now(pace: Pace) -> None:
    first = await take(pace, Lane.BULK, address="a", rate=1.0)
    second = await take(pace, Lane.BULK, address="b", rate=1.0)

    assert first == (True, 0.0)
    assert second[0] is False
    assert 0 < second[1] <= 1 / PACE_SHARE


async def test_an_urgent_message_queues_where_bulk_may_not(pace: Pace) -> None:
    await take(pace, Lane.BULK, rate=1.0)

    granted, wait_s = await take(pace, Lane.EMERGENCY, address="b", rate=1.0)

    assert granted
    assert wait_s <= 1 / PACE_SHARE


async def test_a_chat_waits_without_spending_the_channels_slot(pace: Pace) -> None:
    await take(pace, chat_s=5.0)

    refused = await take(pace, chat_s=5.0)
    another = await take(pace, address="b", chat_s=5.0)

    assert refused[0] is False
    assert refused[1] == pytest.approx(5.0, abs=0.2)
    assert another[0] is True
    assert another[1] <= 1 / (10 * PACE_SHARE)


async def test_a_paused_chat_waits_alone(pace: Pace) -> None:
    await pace.pause("telegram", "a", 3.0)

    granted, wait_s = await take(pace)
    assert (granted, round(wait_s)) == (False, 3)
    assert (await take(pace, address="b"))[0] is True


async def test_a_paused_channel_holds_every_lane_and_no_other_channel(pace: Pace) -> None:
    await pace.pause("telegram", None, 3.0)

    granted, wait_s = await take(pace, Lane.EMERGENCY)
    assert (granted, round(wait_s)) == (False, 3)
    assert (await take(pace, channel="web"))[0] is True


async def test_a_channel_without_a_limit_grants_at_once(pace: Pace) -> None:
    assert [await take(pace, rate=None) for _ in range(3)] == [(True, 0.0)] * 3


async def test_nothing_stays_in_redis_for_ever(pace: Pace, redis: Redis) -> None:
    await take(pace, chat_s=1.0)
    await pace.pause("telegram", "a", 1.0)

    lives = [await redis.pttl(key) for key in await redis.keys("kouan:*")]

    assert len(lives) == 3
    assert min(lives) > 0


async def test_without_redis_there_is_no_permit() -> None:
    away = redis_client("unix:///nowhere/redis.sock")

    with pytest.raises(RedisError):
        await take(Pace(away))

    await away.aclose()
