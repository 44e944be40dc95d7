"""Reminders from the date to the push."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.channels.model import Incoming, Reply
from bot.conversation.reminders import RemindersInChat
from bot.delivery.model import Audience, AudienceKind
from bot.delivery.store import Job
from bot.people.model import Person
from bot.people.preference_store import set_zone
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.store.engine import Store
from bot.store.schema import outbox, reminders
from tests.integration.delivery.test_holding import Desk
from tests.office import ZONE

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EXPIRY = datetime(2026, 12, 22, 4, 0, tzinfo=UTC)
OFFSETS = (timedelta(days=7), timedelta(days=1))


class Reminding:
    """A desk with reminders."""

    def __init__(self, store: Store, redis: Redis, person: Person, desk: Desk) -> None:
        self.store, self.person, self.desk = store, person, desk
        self.service = ReminderService(store, desk.clock, desk.outbox, load_reminder_words(ZONE))
        self.chat = RemindersInChat(self.service, desk.clock)

    async def expiry(self, at: datetime | None) -> None:
        async with self.store.write() as connection:
            await self.service.set_date(
                connection,
                ReminderKind.PERMIT_EXPIRY,
                "P-1",
                at,
                Audience(AudienceKind.PERSON, self.person.id),
                OFFSETS,
                values={"name": "P-1"},
            )

    async def at(self, moment: datetime) -> list[Job]:
        """What is pushed at a moment."""
        self.desk.clock.now = moment
        await self.service.tick()
        return await self.desk.work()

    async def states(self) -> list[str]:
        async with self.store.read() as connection:
            query = select(reminders.c.state).order_by(reminders.c.offset_minutes.desc())
            return list(await connection.scalars(query))

    async def say(self, text: str) -> Reply:
        replies = await self.chat.take(Incoming("telegram", "1", text=text, private=True), self.person, "zh-Hans")
        assert replies is not None
        return replies[0]


@pytest.fixture
async def reminding(store: Store, redis: Redis) -> Reminding:
    desk = Desk(store, redis, NOW)
    return Reminding(store, redis, await desk.person(), desk)


async def test_each_goes_out_once_at_its_time(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)

    assert await reminding.at(EXPIRY - timedelta(days=7, seconds=1)) == []
    week = await reminding.at(EXPIRY - timedelta(days=7))
    assert await reminding.at(EXPIRY - timedelta(days=6)) == []
    day = await reminding.at(EXPIRY - timedelta(days=1))

    assert [len(week), len(day)] == [1, 1]
    assert "2026-12-22 12:00 (Asia/Shanghai)" in week[0].message.text
    assert await reminding.at(EXPIRY + timedelta(days=3)) == []
    assert await reminding.states() == ["fired", "fired"]


async def test_the_date_moves_and_the_reminders_move(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)
    await reminding.at(EXPIRY - timedelta(days=7))
    later = EXPIRY + timedelta(days=100)
    await reminding.expiry(later)

    assert await reminding.at(EXPIRY - timedelta(days=1)) == []
    jobs = await reminding.at(later - timedelta(days=7))

    assert len(jobs) == 1
    assert "2027-04-01" in jobs[0].message.text
    # Back to the first date: that is a new date again, not one that was reminded of.
    await reminding.expiry(EXPIRY + timedelta(days=200))
    await reminding.expiry(later)
    assert len(await reminding.at(later - timedelta(days=1))) == 1


async def test_a_date_that_moves_nearer_is_not_passed_over(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)
    await reminding.expiry(NOW + timedelta(days=3))

    jobs = await reminding.at(NOW + timedelta(seconds=1))

    assert len(jobs) == 1
    assert "2026-11-25" in jobs[0].message.text
    assert await reminding.states() == ["fired", "waiting"]


async def test_a_date_taken_away_reminds_nobody(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)
    await reminding.expiry(None)

    assert await reminding.at(EXPIRY - timedelta(days=1)) == []
    assert await reminding.states() == ["cancelled", "cancelled"]


async def test_the_same_date_again_changes_nothing(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)
    await reminding.at(EXPIRY - timedelta(days=7))
    await reminding.expiry(EXPIRY)

    assert await reminding.at(EXPIRY - timedelta(days=6)) == []


async def test_the_owners_transaction_that_fails_leaves_no_reminder(reminding: Reminding) -> None:
    async def fails() -> None:
        async with reminding.store.write() as connection:
            audience = Audience(AudienceKind.PERSON, reminding.person.id)
            await reminding.service.set_date(
                connection, ReminderKind.BOOKING, "B-1", EXPIRY, audience, OFFSETS, values={"name": "B-1"}
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()

    assert await reminding.states() == []


async def test_two_schedulers_after_a_restart_fire_once(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)
    reminding.desk.clock.now = EXPIRY - timedelta(days=1)
    words = load_reminder_words(ZONE)
    others = [ReminderService(reminding.store, reminding.desk.clock, reminding.desk.outbox, words) for _ in range(4)]

    await asyncio.gather(*(other.tick() for other in others))

    async with reminding.store.read() as connection:
        causes = list(await connection.scalars(select(outbox.c.cause_id)))
    assert len(causes) == 1
    # The one of a week before was due as well while nothing ran: one of them is enough.
    assert await reminding.states() == ["dropped", "fired"]


async def test_a_clock_that_steps_back_fires_nothing_again(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)

    assert len(await reminding.at(EXPIRY - timedelta(days=7))) == 1
    assert await reminding.at(EXPIRY - timedelta(days=8)) == []
    assert await reminding.at(EXPIRY - timedelta(days=7)) == []


async def test_one_that_comes_late_says_so_and_one_too_late_is_dropped(reminding: Reminding) -> None:
    await reminding.expiry(EXPIRY)

    late = await reminding.at(EXPIRY - timedelta(days=6))
    assert "it is late" in late[0].message.text
    assert await reminding.at(EXPIRY + timedelta(days=2)) == []
    assert await reminding.states() == ["fired", "dropped"]


async def test_a_deadline_is_set_in_the_chat_and_stopped_by_its_button(reminding: Reminding) -> None:
    said = await reminding.say("提醒我14天内申报, 船11月20日到")
    again = await reminding.say("提醒我14天内申报, 船11月20日到")
    first = await reminding.at(datetime(2026, 12, 1, 1, 0, tzinfo=UTC))
    pressed = Incoming("telegram", "1", payload=said.buttons[0].payload, private=True)
    stopped = await reminding.chat.take(pressed, reminding.person, "zh-Hans")

    assert "2026-12-04 00:00 (Asia/Shanghai)" in said.text
    assert said.text == again.text
    assert len(first) == 1
    assert stopped is not None
    assert "已取消" in stopped[0].text
    assert await reminding.at(datetime(2026, 12, 3, 2, 0, tzinfo=UTC)) == []


async def test_an_own_reminder_is_meant_in_the_persons_zone(reminding: Reminding) -> None:
    async with reminding.store.write() as connection:
        await set_zone(connection, reminding.person.id, "Europe/London", NOW)

    said = await reminding.say("remind me on 2026-12-01 at 9am to renew the permit")
    early = await reminding.at(datetime(2026, 12, 1, 8, 59, tzinfo=UTC))
    jobs = await reminding.at(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))

    assert "2026-12-01 09:00 (Europe/London)" in said.text
    assert early == []
    assert "renew the permit (2026-12-01 09:00 (Europe/London))" in jobs[0].message.text


async def test_what_has_passed_is_said_and_not_set(reminding: Reminding) -> None:
    assert "已经过了" in (await reminding.say("提醒我14天内申报, 船10月1日到")).text
    assert "已经过了" in (await reminding.say("提醒我2026-11-01 9点交证书")).text
    assert await reminding.states() == []
