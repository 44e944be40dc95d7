"""Permits to send, shared through a real Redis."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.model import Abilities
from bot.delivery.model import Lane
from bot.delivery.pace import Answer, Demand, Finished, Pace, Verdict
from bot.errors import RateLimitedError
from bot.ground import redis_client

names = (f"p{number}" for number in itertools.count())


def abilities(rate: float | None = 10.0, chat_s: float = 0.0, group: int | None = None) -> Abilities:
    return Abilities(4096, rate, chat_s, can_edit=False, can_delete=False, group_per_min=group)


def a_pace(redis: Redis, rate: float | None = 10.0, chat_s: float = 0.0, group: int | None = None) -> Pace:
    return Pace(redis, "telegram", abilities(rate, chat_s, group))


def demand(
    lane: Lane = Lane.TRANSACTIONAL, address: str | None = None, cost: int = 1, *, group: bool = False
) -> Demand:
    name = next(names)
    return Demand(name, lane, address or name, cost, group)


async def take(pace: Pace, lane: Lane = Lane.TRANSACTIONAL, address: str | None = None, cost: int = 1) -> Answer:
    return (await pace.take([demand(lane, address, cost)]))[0]


async def fill(pace: Pace, count: int = 10, lane: Lane = Lane.BULK) -> int:
    """Ask until `count` were granted; returns how many were refused for want of a slot on the way."""
    refused = granted = 0
    while granted < count:
        answer = await take(pace, lane)
        if answer.verdict is Verdict.GRANTED:
            granted += 1
        else:
            refused += 1
            await asyncio.sleep(answer.wait_s)
    return refused


async def test_no_more_than_the_limit_within_any_second(redis: Redis) -> None:
    pace = a_pace(redis, rate=10)
    sent: list[float] = []

    while len(sent) < 25:
        answer = await take(pace, Lane.BULK)
        if answer.verdict is Verdict.GRANTED:
            sent.append(time.monotonic() + answer.wait_s)
        else:
            await asyncio.sleep(answer.wait_s)

    busiest = max(sum(1 for other in sent if moment <= other < moment + 1.0) for moment in sent)
    assert busiest <= 10
    assert sent[-1] - sent[0] < 2.9  # 24 intervals at 10/s: 2.4 s, with the margin of the beginning 2.5


async def test_slots_do_not_come_in_bursts(redis: Redis) -> None:
    pace = a_pace(redis, rate=10)

    first, second = await take(pace), await take(pace)

    assert (first.verdict, second.verdict) == (Verdict.GRANTED, Verdict.CHANNEL_WAITS)
    assert 0.05 < second.wait_s <= 0.1


async def test_what_is_in_flight_counts_until_it_was_answered(redis: Redis) -> None:
    """A message that was slow on its way reached the server late: the next takes its place a second after that."""
    pace = a_pace(redis, rate=1)
    slow = demand()
    await pace.take([slow])
    await asyncio.sleep(0.5)

    refused = (await pace.take([demand()], [Finished(slow.permit, reached_s_ago=0.1)]))[0]

    assert refused.verdict is Verdict.CHANNEL_WAITS
    assert 0.8 < refused.wait_s < 1.05  # a second after it reached the server, not after it was sent


async def test_a_long_message_costs_what_its_parts_cost(redis: Redis) -> None:
    pace = a_pace(redis, rate=5)
    await take(pace, cost=5)

    after = await take(pace)

    assert after.verdict is Verdict.CHANNEL_WAITS
    assert after.wait_s > 0.8


async def test_a_higher_lane_goes_first(redis: Redis) -> None:
    pace = a_pace(redis, rate=2)

    bulk, urgent = await pace.take([demand(Lane.BULK), demand(Lane.EMERGENCY)])

    assert (bulk.verdict, urgent.verdict) == (Verdict.CHANNEL_WAITS, Verdict.GRANTED)


async def test_bulk_of_another_process_leaves_the_slot_to_whoever_waits_above_it(redis: Redis) -> None:
    here, there = a_pace(redis, rate=5), a_pace(redis, rate=5)
    await take(here)
    refused = await take(here, Lane.REPLY)
    await asyncio.sleep(refused.wait_s)

    bulk = await take(there, Lane.BULK)
    reply = await take(here, Lane.REPLY)

    assert (refused.verdict, bulk.verdict, reply.verdict) == (
        Verdict.CHANNEL_WAITS,
        Verdict.CHANNEL_WAITS,
        Verdict.GRANTED,
    )


@pytest.mark.parametrize(("lane", "most"), [(Lane.REPLY, 4), (Lane.BULK, 22)])
async def test_a_lower_lane_keeps_its_share_under_a_flood_of_higher_ones(redis: Redis, lane: Lane, most: int) -> None:
    pace = a_pace(redis, rate=100)
    granted: list[Lane] = []

    while lane not in granted:
        flood = [demand(Lane.EMERGENCY) for _ in range(5)]
        waiting = demand(lane)
        answers = await pace.take([*flood, waiting])
        for one, answer in zip([*flood, waiting], answers, strict=True):
            if answer.verdict is Verdict.GRANTED:
                granted.append(one.lane)
        await asyncio.sleep(0.01)

    assert granted.index(lane) <= most


async def test_a_chat_waits_without_spending_the_channels_slot(redis: Redis) -> None:
    pace = a_pace(redis, rate=1000, chat_s=5.0)

    first, again, another = await pace.take([demand(address="a"), demand(address="a"), demand(address="b")])

    assert first.verdict is another.verdict is Verdict.GRANTED
    assert again.verdict is Verdict.CHAT_WAITS
    assert again.wait_s == pytest.approx(5.15, abs=0.2)


async def test_those_who_wait_for_one_chat_stand_in_line(redis: Redis) -> None:
    pace = a_pace(redis, rate=1000, chat_s=1.0)

    answers = await pace.take([demand(address="a") for _ in range(4)])

    waits = [answer.wait_s for answer in answers[1:]]
    assert waits == sorted(waits)
    assert waits[2] - waits[0] > 1.9


async def test_a_group_gets_no_more_than_its_minute_allows(redis: Redis) -> None:
    pace = a_pace(redis, rate=None, group=3)

    answers = await pace.take([demand(address="g", group=True) for _ in range(4)])

    assert [answer.verdict for answer in answers] == [Verdict.GRANTED] * 3 + [Verdict.CHAT_WAITS]
    assert answers[3].wait_s == pytest.approx(61, abs=1)


async def test_a_paused_chat_waits_alone(redis: Redis) -> None:
    pace = a_pace(redis)
    await pace.pause("a", 3.0)

    waiting = await take(pace, address="a")

    assert (waiting.verdict, round(waiting.wait_s)) == (Verdict.CHAT_WAITS, 3)
    assert (await take(pace, address="b")).verdict is Verdict.GRANTED


async def test_a_paused_channel_holds_every_lane_and_no_other_channel(redis: Redis) -> None:
    await a_pace(redis).pause(None, 3.0)

    waiting = await take(a_pace(redis), Lane.EMERGENCY)

    assert (waiting.verdict, round(waiting.wait_s)) == (Verdict.CHANNEL_WAITS, 3)
    assert (await take(Pace(redis, "other", abilities()))).verdict is Verdict.GRANTED


async def test_a_later_shorter_pause_lifts_no_longer_one(redis: Redis) -> None:
    pace = a_pace(redis)
    await pace.pause(None, 30.0)

    await pace.pause(None, 1.0)

    assert (await take(pace)).wait_s > 29


async def test_a_refusal_of_a_hot_chat_is_its_own(redis: Redis) -> None:
    pace = a_pace(redis, rate=30)

    whole = await pace.refused("a", RateLimitedError(30.0, "chat"))

    assert not whole
    assert (await take(pace, address="a")).verdict is Verdict.CHAT_WAITS
    assert (await take(pace, address="b")).verdict is Verdict.GRANTED


async def test_a_long_wait_of_one_chat_is_its_own_until_another_is_refused_too(redis: Redis) -> None:
    pace = a_pace(redis, rate=30)

    assert not await pace.refused("a", RateLimitedError(30.0, "unknown"))
    assert (await take(pace)).verdict is Verdict.GRANTED
    assert await pace.refused("b", RateLimitedError(30.0, "unknown"))

    waiting = await take(pace)
    assert (waiting.verdict, round(waiting.wait_s)) == (Verdict.CHANNEL_WAITS, 30)


async def test_a_short_wait_while_the_limit_is_used_up_is_the_bots(redis: Redis) -> None:
    pace = a_pace(redis, rate=10)
    await fill(pace, 10)

    assert await pace.refused("a", RateLimitedError(1.0, "unknown"))


async def margin(redis: Redis) -> float:
    return float(await redis.hget("kouan:pace:telegram", "margin") or 0)


async def test_the_margin_creeps_up_while_nothing_is_refused_and_steps_back_at_once(redis: Redis) -> None:
    pace = a_pace(redis, rate=20)
    await fill(pace, 20)
    begun = await margin(redis)
    await fill(pace, 50)
    crept = await margin(redis)

    await pace.refused("a", RateLimitedError(1.0, "unknown"))

    assert 0.95 <= begun <= 0.97 < crept
    assert await margin(redis) < crept - 0.02


async def test_what_was_under_way_at_a_refusal_is_one_step_and_not_many(redis: Redis) -> None:
    pace = a_pace(redis, rate=10)
    await fill(pace, 10)

    for chat in "abcde":
        await pace.refused(chat, RateLimitedError(1.0, "unknown"))

    assert await margin(redis) > 0.9


async def test_a_channel_without_limits_needs_no_permits(redis: Redis) -> None:
    assert not a_pace(redis, rate=None).limited
    assert a_pace(redis).limited


async def test_nothing_stays_in_redis_for_ever(redis: Redis) -> None:
    pace = a_pace(redis, chat_s=1.0, group=20)
    await pace.take([demand(address="a", group=True), demand(address="a", group=True)])
    await pace.pause("a", 1.0)
    await pace.refused("b", RateLimitedError(1.0, "unknown"))

    lives = [await redis.pttl(key) for key in await redis.keys("kouan:*")]

    assert len(lives) >= 6
    assert min(lives) > 0


async def test_without_redis_there_is_no_permit() -> None:
    away = redis_client("unix:///nowhere/redis.sock")

    with pytest.raises(RedisError):
        await take(a_pace(away))

    await away.aclose()
