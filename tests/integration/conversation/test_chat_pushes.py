"""Pushes of the worker process reach open pages; idle pages cost nothing; Redis may be away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from sqlalchemy import event

from bot.channels.model import Reply
from bot.clock import utc_now
from bot.people.model import conversation_key
from bot.people.service import PeopleService
from bot.store.engine import Store
from tests.chat_server import ChatServer
from tests.conftest import OwnRedis

PUSH = Reply(text="您关注的货物**已放行**。", kind="push")


@contextmanager
def counted_statements(store: Store) -> Iterator[list[str]]:
    """Every SQL statement while the context lasts."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(store.engine.sync_engine, "before_cursor_execute", note)


async def known_conversation(chat: ChatServer) -> str:
    """A conversation of which something is kept."""
    conversation_id = chat.sessions.issue()
    await PeopleService(chat.store, utc_now).meet("web", conversation_id, private=True, language=None)
    return conversation_id


async def test_push_reaches_an_open_page(chat: ChatServer) -> None:
    conversation_id = await known_conversation(chat)
    async with chat.page(conversation_id) as page:
        await chat.push.send(conversation_key("web", conversation_id), PUSH, language="zh-Hans", ref="delivery-1")
        frame = await page.receive()

    assert frame["type"] == "push"
    assert frame["language"] == "zh-Hans"
    assert frame["html"] == "<p>您关注的货物<strong>已放行</strong>。</p>"
    assert frame["reply_to"] is None


async def test_push_sent_twice_is_shown_once(chat: ChatServer) -> None:
    conversation_id = await known_conversation(chat)
    async with chat.page(conversation_id) as page:
        await chat.push.send(conversation_key("web", conversation_id), PUSH, language="en", ref="delivery-1")
        await chat.push.send(conversation_key("web", conversation_id), PUSH, language="en", ref="delivery-1")
        await chat.push.send(
            conversation_key("web", conversation_id), Reply(text="last", kind="push"), language="en", ref="delivery-2"
        )
        texts = [(await page.receive())["reply"]["text"] for _ in range(2)]

    assert texts == [PUSH.text, "last"]


async def test_idle_pages_cost_no_query_and_a_push_only_those_of_its_own_page(chat: ChatServer) -> None:
    conversation_id = await known_conversation(chat)
    async with AsyncExitStack() as stack:
        for _ in range(300):
            await stack.enter_async_context(chat.page())
        page = await stack.enter_async_context(chat.page(conversation_id))
        await asyncio.sleep(0.5)
        assert chat.hub.open_pages == 301

        with counted_statements(chat.store) as idle:
            await asyncio.sleep(1.5)
        with counted_statements(chat.store) as pushed:
            await chat.push.send(conversation_key("web", conversation_id), PUSH, language="en", ref="delivery-1")
            await page.next("push")
            await asyncio.sleep(0.2)

    assert idle == []
    assert 0 < len([statement for statement in pushed if "FROM web_messages" in statement]) <= 2


async def test_push_kept_while_redis_was_away_comes_when_it_is_back(chat: ChatServer, own_redis: OwnRedis) -> None:
    conversation_id = await known_conversation(chat)
    async with chat.page(conversation_id) as page:
        own_redis.kill()
        try:
            await chat.push.send(conversation_key("web", conversation_id), PUSH, language="en", ref="delivery-1")
        finally:
            own_redis.start()
        first = await page.next("push", timeout_s=20)
        await chat.push.send(conversation_key("web", conversation_id), PUSH, language="en", ref="delivery-2")
        second = await page.next("push")

    assert first["seq"] < second["seq"]


async def test_question_is_answered_while_redis_is_away(chat: ChatServer, own_redis: OwnRedis) -> None:
    async with chat.page() as page:
        own_redis.kill()
        try:
            await page.say("关税怎么算")
            reply = await page.next("reply")
        finally:
            own_redis.start()

    assert reply["reply"]["text"] == "from the dialogue"


async def test_closed_pages_are_forgotten(chat: ChatServer) -> None:
    async with chat.page(), chat.page():
        assert chat.hub.open_pages == 2

    await asyncio.sleep(0.3)

    assert chat.hub.open_pages == 0
