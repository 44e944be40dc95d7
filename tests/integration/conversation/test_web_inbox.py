"""The inbox on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.web import store as web_store
from bot.channels.web.service import InboxRetention, WebInbox, forget_old_messages
from bot.people.model import conversation_key
from bot.people.service import PeopleService
from bot.store.engine import Store
from tests.fakes import FakeClock

KEY = conversation_key("web", "s_1")


@pytest.fixture
async def clock(store: Store) -> FakeClock:
    clock = FakeClock()
    await PeopleService(store, clock).meet("web", "s_1", private=True, language=None)
    return clock


async def test_replies_under_a_ref_are_kept_once(store: Store, clock: FakeClock) -> None:
    inbox = WebInbox(store, clock)

    first = await inbox.keep(KEY, "ref", [{"text": "a"}, {"text": "b"}])
    again = await inbox.keep(KEY, "ref", [{"text": "other"}])

    assert [row.payload["text"] for row in first] == ["a", "b"]
    assert again == first
    assert await inbox.kept(KEY, "ref") == first
    assert await inbox.kept(KEY, "re") == []


async def test_start_goes_back_as_far_as_history_is_wished(store: Store, clock: FakeClock) -> None:
    inbox = WebInbox(store, clock)
    kept = await inbox.keep(KEY, "ref", [{"text": str(number)} for number in range(5)])

    start, newest = await inbox.start(KEY, None, 2)

    assert newest == kept[-1].seq
    assert [row.payload["text"] for row in await inbox.after(KEY, start, 10)] == ["3", "4"]


async def test_later_number_is_never_visible_before_an_earlier_one(store: Store, clock: FakeClock) -> None:
    async def put(ref: str) -> int | None:
        async with store.write() as connection:
            return await web_store.put(connection, KEY, "push", ref, {"text": ref}, clock())

    async with store.write() as slow:
        first = await web_store.put(slow, KEY, "push", "slow", {"text": "slow"}, clock())
        quick = asyncio.create_task(put("quick"))
        await asyncio.sleep(0.4)
        visible = await WebInbox(store, clock).after(KEY, 0, 10)
    second = await quick

    assert visible == []
    assert first is not None
    assert second is not None
    assert first < second


async def test_messages_older_than_thirty_days_are_forgotten(store: Store, clock: FakeClock) -> None:
    inbox = WebInbox(store, clock)
    await inbox.keep(KEY, "old", [{"text": "old"}])
    clock.turn(timedelta(days=29))
    await inbox.keep(KEY, "young", [{"text": "young"}])
    clock.turn(timedelta(days=2))

    forgotten = await forget_old_messages(store, clock)

    assert forgotten == 1
    assert [row.payload["text"] for row in await inbox.after(KEY, 0, 10)] == ["young"]


async def test_newest_number_is_not_given_out_again_after_forgetting(store: Store, clock: FakeClock) -> None:
    inbox = WebInbox(store, clock)
    (old,) = await inbox.keep(KEY, "old", [{"text": "old"}])
    clock.turn(timedelta(days=31))
    await forget_old_messages(store, clock)

    (new,) = await inbox.keep(KEY, "new", [{"text": "new"}])

    assert new.seq > old.seq


async def test_retention_runs_at_the_start_and_then_once_a_day(store: Store, clock: FakeClock) -> None:
    inbox, retention = WebInbox(store, clock), InboxRetention(store, clock)
    await inbox.keep(KEY, "one", [{"text": "one"}, {"text": "two"}])
    await retention.tick()
    clock.turn(timedelta(days=31))
    await inbox.keep(KEY, "new", [{"text": "new"}])

    await retention.tick()
    kept = await inbox.after(KEY, 0, 10)
    clock.turn(timedelta(hours=23))
    await retention.tick()

    assert [row.payload["text"] for row in kept] == ["new"]
    assert retention._next_at == clock() + timedelta(hours=1)
