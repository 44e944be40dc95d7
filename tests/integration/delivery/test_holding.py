"""Quiet hours and digests, from the outbox to the claim."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.channels.model import Reply
from bot.delivery import audience, sweeps
from bot.delivery import store as delivery_store
from bot.delivery.digests import Digests, cancel_waiting, release_all
from bot.delivery.model import Audience, AudienceKind, CauseKind, DeliveryState, Lane, OutgoingNotification, Urgency
from bot.delivery.outbox import Outbox
from bot.delivery.store import Job, Receipt
from bot.people import preference_store
from bot.people.model import Person
from bot.people.preferences import EVERY, Cadence, Preference, QuietHours
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import deliveries
from tests.fakes import FakeClock

TOPIC = "taxes_fees"
HONG_KONG = "Asia/Hong_Kong"
NIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # 23:00 in Hong Kong
MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


class Desk:
    """A worker's steps, one by one."""

    def __init__(self, store: Store, redis: Redis, now: datetime = NIGHT) -> None:
        self.store = store
        self.clock = FakeClock(now)
        self.outbox = Outbox(redis)
        self.people = PeopleService(store, self.clock)
        self.digests = Digests(store, self.clock, self.outbox)

    async def person(self, address: str = "1") -> Person:
        person = await self.people.meet("telegram", address, private=True, language="en")
        await self.people.follow_topic(person.address_id, TOPIC)
        return person

    async def quiet(self, person: Person) -> None:
        async with self.store.write() as connection:
            hours = QuietHours(22 * 60, 8 * 60)
            await preference_store.set_quiet(connection, person.id, hours, HONG_KONG, self.clock())

    async def often(self, person: Person, cadence: Cadence, topic: str = EVERY) -> None:
        async with self.store.write() as connection:
            wish = Preference(topic, EVERY, cadence)
            await preference_store.set_cadence(connection, person.id, wish, HONG_KONG, self.clock())
            await release_all(connection, person.id, self.clock())

    async def tell(
        self,
        cause: str,
        lane: Lane = Lane.BULK,
        kind: CauseKind = CauseKind.NOTICE,
        urgency: Urgency | None = None,
        topic: str = TOPIC,
    ) -> None:
        message = OutgoingNotification(
            kind,
            cause,
            lane,
            Audience(AudienceKind.TOPIC, TOPIC),
            {"en": Reply(text=f"message {cause}", topic=topic)},
            urgency=urgency,
        )
        async with self.store.write() as connection:
            await self.outbox.add(connection, message, self.clock())

    async def work(self) -> list[Job]:
        """Resolve, queue what is due, claim, and hand over."""
        async with self.store.write() as connection:
            pages = await audience.resolve_pages(connection, self.clock())
            ids = [number for page in pages for number in page.ids]
            ids += [item.id for item in await sweeps.due_unqueued(connection, self.clock(), {}, 100)]
            jobs = await delivery_store.claim(connection, ids, "w", self.clock())
            receipts = [Receipt(job.id, DeliveryState.SENT, 1, self.clock(), "1", outcome="sent") for job in jobs]
            if receipts:
                await delivery_store.write_receipts(connection, receipts, "w")
        return jobs

    async def states(self) -> Counter[str]:
        async with self.store.read() as connection:
            return Counter(await connection.scalars(select(deliveries.c.state)))


@pytest.fixture
def desk(store: Store, redis: Redis) -> Desk:
    return Desk(store, redis)


async def test_at_night_it_waits_until_the_morning_of_the_persons_zone(desk: Desk) -> None:
    sleeper, waker = await desk.person("1"), await desk.person("2")
    await desk.quiet(sleeper)
    await desk.tell("n1")

    at_once = await desk.work()
    desk.clock.now = MORNING - timedelta(seconds=1)
    before = await desk.work()
    desk.clock.now = MORNING
    after = await desk.work()

    assert [job.person_id for job in at_once] == [waker.id]
    assert before == []
    assert [job.person_id for job in after] == [sleeper.id]
    assert await desk.states() == {"sent": 2}


async def test_what_was_queued_in_the_evening_is_still_held_at_night(desk: Desk) -> None:
    desk.clock.now = NIGHT - timedelta(hours=1, seconds=1)
    person = await desk.person()
    await desk.quiet(person)
    await desk.tell("n1")
    async with desk.store.write() as connection:
        ids = [n for page in await audience.resolve_pages(connection, desk.clock()) for n in page.ids]

    desk.clock.turn(timedelta(seconds=1))
    async with desk.store.write() as connection:
        jobs = await delivery_store.claim(connection, ids, "w", desk.clock())

    assert len(ids) == 1
    assert jobs == []
    assert await desk.states() == {"created": 1}


async def test_an_emergency_passes_only_with_reason_and_approver(desk: Desk) -> None:
    await desk.quiet(await desk.person())
    await desk.tell("b1", Lane.EMERGENCY, CauseKind.BANNER)
    await desk.tell("b2", Lane.EMERGENCY, CauseKind.BANNER, Urgency("typhoon signal 10", "approver"))

    passed = await desk.work()

    assert [job.message.text for job in passed] == ["message b2"]
    assert await desk.states() == {"sent": 1, "created": 1}


async def test_a_status_change_waits_for_no_digest_unless_the_person_said_so(desk: Desk) -> None:
    desk.clock.now = MORNING
    person = await desk.person()
    await desk.often(person, Cadence.DAILY)
    await desk.tell("c1", Lane.TRANSACTIONAL, CauseKind.CLEARANCE, topic="clearance_status")
    at_once = await desk.work()
    await desk.often(person, Cadence.DAILY, "clearance_status")
    await desk.tell("c2", Lane.TRANSACTIONAL, CauseKind.CLEARANCE, topic="clearance_status")

    assert len(at_once) == 1
    assert await desk.work() == []
    assert await desk.states() == {"sent": 1, "collected": 1}


async def test_a_digest_tells_each_item_once_with_two_workers(desk: Desk) -> None:
    person = await desk.person()
    await desk.often(person, Cadence.DAILY)
    for number in range(5):
        await desk.tell(f"n{number}")
    assert await desk.work() == []
    assert await desk.states() == {"collected": 5}

    desk.clock.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Hong Kong
    await asyncio.gather(desk.digests.tick(), desk.digests.tick())
    jobs = await desk.work()
    await desk.digests.tick()

    assert len(jobs) == 1
    assert [jobs[0].message.text.count(f"message n{number}") for number in range(5)] == [1] * 5
    assert "Your digest: 5" in jobs[0].message.text
    assert await desk.work() == []
    assert await desk.states() == {"digested": 5, "sent": 1}


async def test_a_digest_cut_off_before_its_end_leaves_all_as_it_was(desk: Desk) -> None:
    person = await desk.person()
    await desk.often(person, Cadence.WEEKLY)
    await desk.tell("n1")
    await desk.work()
    desk.clock.turn(timedelta(days=8))

    async def cut_off() -> None:
        async with desk.store.write() as connection:
            assert await desk.digests.make(connection, person.id, desk.clock()) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await cut_off()
    assert await desk.states() == {"collected": 1}
    await desk.digests.tick()

    assert len(await desk.work()) == 1
    assert await desk.states() == {"digested": 1, "sent": 1}


async def test_back_to_instant_nothing_waits_any_more(desk: Desk) -> None:
    person = await desk.person()
    await desk.often(person, Cadence.DAILY)
    await desk.tell("n1")
    await desk.work()
    await desk.often(person, Cadence.INSTANT)

    assert len(await desk.work()) == 1
    assert await desk.states() == {"sent": 1}


async def test_what_is_called_back_or_not_followed_any_more_is_in_no_digest(desk: Desk) -> None:
    person = await desk.person()
    await desk.often(person, Cadence.DAILY)
    await desk.tell("n1")
    await desk.tell("n2")
    await desk.work()
    async with desk.store.write() as connection:
        await delivery_store.cancel_cause(connection, CauseKind.NOTICE, "n1", desk.clock())
        stopped = await cancel_waiting(connection, person.id, kind="topic", target=TOPIC)

    desk.clock.turn(timedelta(days=2))
    await desk.digests.tick()

    assert stopped == 1
    assert await desk.work() == []
    assert await desk.states() == {"cancelled": 2}


async def test_a_long_digest_is_cut_and_each_item_can_be_read_whole(desk: Desk) -> None:
    person = await desk.person()
    await desk.often(person, Cadence.DAILY)
    for number in range(25):
        await desk.tell(f"{number} " + "x" * 30)
    while await desk.work():
        pass
    desk.clock.turn(timedelta(days=2))
    await desk.digests.tick()
    await desk.digests.tick()
    jobs = await desk.work()

    assert sum(job.message.text.count("message ") for job in jobs) == 25
    assert all(len(job.message.text) < 4096 for job in jobs)
    assert len(jobs) == 2


async def test_each_push_says_why_and_how_to_stop(desk: Desk) -> None:
    await desk.person()
    await desk.tell("n1")

    job = (await desk.work())[0]

    payloads = [button.payload for button in job.message.buttons]
    assert payloads == [f"p:why:{job.outbox_id}", f"p:stop:{job.outbox_id}"]
