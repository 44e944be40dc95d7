"""Causes in flight: held, slowed, stopped, sent again; who is left out; what happens when a channel fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update

from bot.channels.model import Reply
from bot.clock import utc_now
from bot.delivery import audience, sweeper, sweeps
from bot.delivery import store as delivery_store
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.digests import Digests
from bot.delivery.model import (
    DELIVERY_FINAL,
    Audience,
    AudienceKind,
    Cause,
    CauseKind,
    DeliveryState,
    Lane,
    OutgoingNotification,
)
from bot.delivery.outbox import Outbox
from bot.delivery.service import DeliveryService
from bot.delivery.store import Receipt
from bot.errors import ConflictError, InvalidInputError, NotFoundError, RecipientGoneError
from bot.people import store as people_store
from bot.people.model import conversation_key
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import addresses, deliveries, follows, outbox
from tests.integration.delivery.test_worker import TOPIC, follow, states, until_states, working
from tests.recording import RecordingChannel

NOTICE = Cause(CauseKind.NOTICE, "n1")


def service(store: Store, redis: Redis) -> DeliveryService:
    return DeliveryService(store, utc_now, Outbox(redis), {"telegram": 30.0, "web": None})


async def announce(
    store: Store,
    cause: str = "n1",
    *,
    lane: Lane = Lane.BULK,
    excluding: tuple[Cause, ...] = (),
    rate: float | None = None,
) -> None:
    notification = OutgoingNotification(
        CauseKind.NOTICE,
        cause,
        lane,
        Audience(AudienceKind.TOPIC, TOPIC),
        {"en": Reply(text="text")},
        excluding=excluding,
        rate_per_s=rate,
    )
    async with store.write() as connection:
        await Outbox(None).add(connection, notification, datetime.now(UTC))  # type: ignore[arg-type]  # wakes nobody


async def resolve(store: Store) -> list[int]:
    found: list[int] = []
    while True:
        async with store.write() as connection:
            pages = await audience.resolve_pages(connection, datetime.now(UTC))
        if not pages:
            return found
        found += [number for page in pages for number in page.ids]


async def claim(store: Store, ids: list[int]) -> list[delivery_store.Job]:
    async with store.write() as connection:
        return await delivery_store.claim(connection, ids, "w", datetime.now(UTC))


async def queued(store: Store) -> list[int]:
    async with store.write() as connection:
        now = datetime.now(UTC)
        found = [*await sweeps.due_unqueued(connection, now, {}, 100), *await sweeps.feed(connection, now)]
    return [item.id for item in found]


async def test_a_paused_cause_is_not_claimed_and_goes_on_when_resumed(store: Store, redis: Redis) -> None:
    await follow(store, 3)
    await announce(store)
    ids = await resolve(store)

    await service(store, redis).pause(NOTICE)
    held = await claim(store, ids)
    swept_while_paused = await queued(store)
    await service(store, redis).resume(NOTICE)

    assert held == []
    assert swept_while_paused == []
    assert sorted(await queued(store)) == ids
    assert len(await claim(store, ids)) == 3


async def test_an_audience_is_not_resolved_while_its_cause_is_paused(store: Store, redis: Redis) -> None:
    await follow(store, 3)
    await announce(store)
    await service(store, redis).pause(NOTICE)

    assert await resolve(store) == []
    await service(store, redis).resume(NOTICE)
    assert len(await resolve(store)) == 3


async def test_a_pace_of_its_own_is_fed_bit_by_bit(store: Store, redis: Redis) -> None:
    await follow(store, 30)
    await announce(store, rate=2.0)
    ids = await resolve(store)
    at_first = await claim(store, ids)
    async with store.write() as connection:
        await connection.execute(update(outbox).values(fed_at=datetime.now(UTC) - timedelta(seconds=3)))

    fed = await queued(store)

    assert at_first == []
    assert len(fed) == 6
    assert len(await claim(store, ids)) == 6


async def test_a_pace_may_be_set_in_flight_and_taken_away(store: Store, redis: Redis) -> None:
    await follow(store, 4)
    await announce(store)
    ids = await resolve(store)

    await service(store, redis).set_rate(NOTICE, 0.5)
    slow = await claim(store, ids)
    await service(store, redis).set_rate(NOTICE, None)

    assert slow == []
    assert len(await claim(store, await queued(store))) == 4


async def test_progress_tells_when_it_will_end(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 57)
    await announce(sqlite_store)
    await resolve(sqlite_store)

    progress = await service(sqlite_store, redis).progress(NOTICE)
    await service(sqlite_store, redis).set_rate(NOTICE, 1.0)
    slowed = await service(sqlite_store, redis).progress(NOTICE)

    assert progress.expected_end_at is not None
    assert slowed.expected_end_at is not None
    assert (progress.expected_end_at - utc_now()).total_seconds() == pytest.approx(2, abs=0.5)
    assert (slowed.expected_end_at - utc_now()).total_seconds() == pytest.approx(57, abs=1)
    assert (progress.counts, progress.open, progress.resolved) == ({DeliveryState.CREATED: 57}, 57, True)


async def test_what_was_stopped_is_stopped_for_good(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 3)
    await announce(sqlite_store)
    ids = await resolve(sqlite_store)

    assert await service(sqlite_store, redis).stop(NOTICE) == 3

    assert await claim(sqlite_store, ids) == []
    with pytest.raises(ConflictError):
        await service(sqlite_store, redis).resume(NOTICE)


async def test_wrong_asks_are_named(sqlite_store: Store, redis: Redis) -> None:
    await announce(sqlite_store)

    with pytest.raises(NotFoundError):
        await service(sqlite_store, redis).pause(Cause(CauseKind.NOTICE, "other"))
    with pytest.raises(InvalidInputError):
        await service(sqlite_store, redis).set_rate(NOTICE, 0.0)


async def test_a_dead_letter_keeps_its_reason_and_can_be_sent_again(store: Store, redis: Redis) -> None:
    await follow(store, 2)
    await announce(store)
    jobs = await claim(store, await resolve(store))
    async with store.write() as connection:
        failed = [Receipt(job.id, DeliveryState.FAILED, 53, utc_now(), failure="4 hours") for job in jobs]
        await delivery_store.write_receipts(connection, failed, "w")

    letters = await service(store, redis).dead_letters(cause=NOTICE)
    opened = await service(store, redis).send_again([letters[0].id])

    assert [letter.reason for letter in letters] == ["4 hours", "4 hours"]
    assert opened == [letters[0].id] == await queued(store)
    assert [job.attempts for job in await claim(store, opened)] == [0]
    assert await service(store, redis).send_again(opened) == []


async def test_who_was_told_by_an_excluded_cause_is_left_out(store: Store) -> None:
    await follow(store, 2)
    await announce(store, "old")
    assert len(await resolve(store)) == 2
    people = PeopleService(store, utc_now)
    newcomer = await people.meet("telegram", "new", private=True, language="en")
    await people.follow_topic(newcomer.address_id, TOPIC)

    await announce(store, excluding=(Cause(CauseKind.NOTICE, "old"),))

    jobs = await claim(store, await resolve(store))
    assert [job.address for job in jobs] == ["new"]


async def two_channels(store: Store) -> str:
    """A person on Telegram first, and on the web; returns their id."""
    await follow(store, 1)
    async with store.write() as connection:
        person_id = await connection.scalar(select(addresses.c.person_id))
        key = conversation_key("web", "x")
        await connection.execute(
            addresses.insert().values(
                id=key,
                person_id=person_id,
                channel="web",
                address=key,
                private=True,
                state="active",
                rank=1,
                created_at=utc_now(),
            )
        )
    return str(person_id)


async def test_a_person_is_told_on_the_first_of_their_channels_and_in_an_emergency_on_all(store: Store) -> None:
    await two_channels(store)
    await announce(store, "n1")
    await announce(store, "n2", lane=Lane.EMERGENCY)

    channels = [(job.outbox_id, job.channel) for job in await claim(store, await resolve(store))]

    assert sorted(channels) == [(1, "telegram"), (2, "telegram"), (2, "web")]


@pytest.mark.parametrize(("lane", "told"), [(Lane.TRANSACTIONAL, 1), (Lane.BULK, 0)])
async def test_the_next_channel_takes_over_what_is_urgent(
    sqlite_store: Store, redis: Redis, lane: Lane, told: int
) -> None:
    await two_channels(sqlite_store)
    telegram = RecordingChannel(fail=lambda address: RecipientGoneError("blocked"))
    web = RecordingChannel("web")
    await announce(sqlite_store, lane=lane)

    async with working(sqlite_store, redis, telegram, web):
        await until_states(sqlite_store, {"failed": 1} | ({"sent": 1} if told else {}))

    assert len(web.sent) == told


async def test_who_is_gone_from_every_channel_stops_following_with_a_note(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 1)
    channel = RecordingChannel(fail=lambda address: RecipientGoneError("deleted"))
    await announce(sqlite_store)

    async with working(sqlite_store, redis, channel):
        await until_states(sqlite_store, {"failed": 1})

    async with sqlite_store.read() as connection:
        assert (await connection.execute(select(follows))).all() == []
        note = await connection.scalar(select(addresses.c.note))
    assert note == "deleted; stopped following 1"


async def test_a_group_that_moved_keeps_its_conversation(store: Store) -> None:
    people = PeopleService(store, utc_now)
    before = await people.meet("telegram", "-4", private=False, language="en")

    await people.address_moved("telegram", "-4", "-1004")

    after = await people.meet("telegram", "-1004", private=False, language="en")
    assert (after.id, after.address_id, after.address) == (before.id, before.address_id, "-1004")
    async with store.write() as connection:
        await people_store.move_address(connection, "telegram", "-4", "-1004")
    assert await people.key_of("telegram", "-1004") == before.address_id


async def test_a_slow_channel_is_a_failing_channel(redis: Redis) -> None:
    here, there = ChannelHealth(redis), ChannelHealth(redis)
    for _ in range(10):
        here.note("telegram", 6.0, answered=True)
        here.note("web", 0.1, answered=True)

    await here.exchange(("telegram", "web"))
    await there.exchange(("telegram", "web"))

    assert there.is_failing("telegram")
    assert not there.is_failing("web")


def test_every_state_that_is_not_final_is_swept() -> None:
    assert set(sweeper.SWEPT_BY) == set(DeliveryState) - DELIVERY_FINAL
    # Digests are made by a tick of their own (bot/delivery/digests.py), which the worker is given.
    assert {name for name in sweeper.SWEPT_BY.values() if not hasattr(sweeps, name)} == {"digests"}


@pytest.mark.parametrize("state", sorted(sweeper.SWEPT_BY))
async def test_what_is_stuck_in_any_state_is_found_and_sent(
    sqlite_store: Store, redis: Redis, state: DeliveryState
) -> None:
    await follow(sqlite_store, 1)
    await announce(sqlite_store)
    await resolve(sqlite_store)
    async with sqlite_store.write() as connection:
        # As it is left when Redis lost it, and the worker that had it is gone.
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        await connection.execute(
            update(deliveries).values(state=state, queued_at=long_ago, claimed_by="gone", claimed_at=long_ago)
        )

    ended = {"sent": 1, "digested": 1} if state == DeliveryState.COLLECTED else {"sent": 1}
    digests = Digests(sqlite_store, utc_now, Outbox(redis))
    async with working(sqlite_store, redis, RecordingChannel(), ticks=[digests.tick]):
        await until_states(sqlite_store, ended)

    assert await states(sqlite_store) == ended


async def test_finished_jobs_leave_redis_as_it_was(sqlite_store: Store, redis: Redis) -> None:
    await follow(sqlite_store, 120)
    sizes: list[int] = []

    async with working(sqlite_store, redis, RecordingChannel()) as worker:
        for cause in ("a", "b"):
            await announce(sqlite_store, cause)
            await until_states(sqlite_store, {"sent": 120 * (len(sizes) + 1)})
            async with asyncio.timeout(10):
                while not await worker._queue.is_empty():
                    await asyncio.sleep(0.05)
            sizes.append(sum([await redis.memory_usage(key) or 0 for key in await redis.keys("kouan:deliveries:*")]))

    assert sizes[1] <= sizes[0] * 1.1 + 200
