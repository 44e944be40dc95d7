"""Open pages learn of corrected and withdrawn notices, and of emergency banners, at once and on reconnect."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.channels.model import Earlier, Reply
from bot.clock import utc_now
from bot.errors import MessageGoneError
from bot.people.model import conversation_key
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.store.engine import Store
from knowledge.load import Knowledge
from knowledge.search import Index
from tests.chat_server import ChatServer, serve_chat
from tests.fakes import FakeClock, FakeDialogue
from tests.office import open_office

OLD, NEW = Reply(text="The fee is 5.", kind="push"), Reply(text="The fee is **6**.", kind="push")
SENT = Earlier("delivery:1", "1")


async def told(chat: ChatServer) -> tuple[str, str]:
    """A conversation whose pages got a notice; its id and key."""
    conversation_id = chat.sessions.issue()
    await PeopleService(chat.store, utc_now).meet("web", conversation_id, private=True, language=None)
    key = conversation_key("web", conversation_id)
    await chat.push.send(key, OLD, language="en", ref="delivery:1")
    return conversation_id, key


async def test_a_correction_reaches_an_open_page_and_stands_after_a_reload(chat: ChatServer) -> None:
    conversation_id, key = await told(chat)
    async with chat.page(conversation_id) as page:
        first = await page.receive()
        await chat.push.edit(key, SENT, NEW, language="en", ref="delivery:2")
        await chat.push.edit(key, SENT, NEW, language="en", ref="delivery:2")
        update = await page.receive()
    async with chat.page(conversation_id) as page:
        again = await page.receive()

    assert (update["type"], update["of"], update["html"]) == (
        "update",
        first["seq"],
        "<p>The fee is <strong>6</strong>.</p>",
    )
    assert (again["seq"], again["reply"]["text"]) == (first["seq"], NEW.text)


async def test_a_page_that_was_away_learns_of_the_withdrawal(chat: ChatServer) -> None:
    conversation_id, key = await told(chat)
    async with chat.page(conversation_id) as page:
        first = await page.receive()
    await chat.push.delete(key, SENT, ref="delivery:2")
    await chat.push.delete(key, SENT, ref="delivery:2")

    async with chat.page(conversation_id, after=first["seq"]) as page:
        frame = await page.receive()

    assert (frame["type"], frame["of"]) == ("removal", first["seq"])


async def test_what_is_kept_no_longer_cannot_be_edited(chat: ChatServer) -> None:
    _, key = await told(chat)

    with pytest.raises(MessageGoneError):
        await chat.push.edit(key, Earlier("delivery:99", "99"), NEW, language="en", ref="delivery:2")


async def test_a_banner_shows_at_once_and_ends_on_every_page(
    sqlite_store: Store, redis: Redis, worker_redis: Redis, knowledge: Knowledge, index: Index, secrets: Secrets
) -> None:
    clock = FakeClock(utc_now())
    office = await open_office(sqlite_store, redis, secrets, clock)
    async with (
        serve_chat(
            sqlite_store, redis, worker_redis, knowledge, index, FakeDialogue(), secrets, board=office.board
        ) as chat,
        chat.page() as page,
    ):
        empty = await page.next("banners")
        made = await office.banners.propose(
            {"zh-Hans": "口岸关闭"}, clock(), clock() + timedelta(hours=1), None, by=office.author
        )
        await office.banners.approve(made.id, by=office.approver)
        await office.board.refresh()
        shown = await page.next("banners")
        async with chat.page() as late:
            on_connect = await late.next("banners")
        clock.turn(timedelta(hours=2))
        await office.board.refresh()
        gone = await page.next("banners")

    assert empty["banners"] == gone["banners"] == []
    assert shown["banners"][0]["texts"] == {"zh-Hans": "口岸关闭", "zh-Hant": "口岸關閉", "en": "口岸关闭"}
    assert on_connect["banners"] == shown["banners"]
