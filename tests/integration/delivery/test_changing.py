"""Changing what arrived: a worker, real databases, and a Bot API server with Telegram's rules."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select, update

from bot.channels.model import Earlier, Reply
from bot.channels.ports import Channel
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.store import PayloadStore
from bot.channels.web.channel import WebChannel
from bot.clock import utc_now
from bot.delivery.model import Action, Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.service import DeliveryWorker
from bot.people.service import PeopleService
from bot.settings import TelegramSettings
from bot.store.engine import Store
from bot.store.schema import deliveries, outbox, web_messages
from tests.botapi import BotApiServer, Options

TOPIC = "taxes_fees"
OLD: Any = {"en": Reply(text="The fee is 5.", kind="push")}
NEW: Any = {"en": Reply(text="The fee is 6.", kind="push")}
INSTEAD: Any = {"en": Reply(text="Correction: the fee is 6.", kind="push")}


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(Options.unlimited()) as running:
        yield running


@pytest.fixture
async def channels(store: Store, redis: Redis, server: BotApiServer) -> AsyncIterator[dict[str, Channel]]:
    settings = TelegramSettings(token=SecretStr(server.options.token), api_url=server.url, rate=1000)
    telegram = TelegramChannel(settings, PayloadStore(store, utc_now), chat_interval_s=0.0)
    yield {"telegram": telegram, "web": WebChannel(store, redis, utc_now)}
    await telegram.close()


@asynccontextmanager
async def working(store: Store, redis: Redis, channels: dict[str, Channel]) -> AsyncIterator[None]:
    worker = DeliveryWorker(store, redis, channels, utc_now)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await worker.close()


async def follow(store: Store, channel: str, address: str) -> str:
    people = PeopleService(store, utc_now)
    person = await people.meet(channel, address, private=True, language="en")
    await people.follow_topic(person.address_id, TOPIC)
    return person.address_id


async def put(store: Store, redis: Redis, notification: OutgoingNotification) -> int:
    async with store.write() as connection:
        await Outbox(redis).add(connection, notification, datetime.now(UTC))
        number: int | None = await connection.scalar(
            select(outbox.c.id).where(outbox.c.cause_id == notification.cause_id)
        )
    await Outbox(redis).wake()
    assert number is not None
    return number


async def announce(store: Store, redis: Redis) -> int:
    number = await put(
        store,
        redis,
        OutgoingNotification(CauseKind.NOTICE, "n1", Lane.BULK, Audience(AudienceKind.TOPIC, TOPIC), OLD),
    )
    await settled(store, number)
    return number


async def change(store: Store, redis: Redis, of: int, action: Action, cause: str = "c1") -> dict[str, tuple[Any, Any]]:
    """Outcome and reason by channel."""
    audience = Audience(AudienceKind.TOLD, "n1")
    number = await put(
        store,
        redis,
        OutgoingNotification(
            CauseKind.CHANGE, cause, Lane.BULK, audience, NEW, action=action, of_id=of, instead=INSTEAD
        ),
    )
    await settled(store, number)
    async with store.read() as connection:
        rows = await connection.execute(
            select(deliveries.c.channel, deliveries.c.outcome, deliveries.c.failure).where(
                deliveries.c.outbox_id == number
            )
        )
        return {row.channel: (row.outcome, row.failure) for row in rows}


async def settled(store: Store, number: int) -> None:
    """Wait until an outbox row is resolved and all its deliveries are final."""
    async with asyncio.timeout(20):
        while True:
            async with store.read() as connection:
                state = await connection.scalar(select(outbox.c.state).where(outbox.c.id == number))
                states = set(
                    await connection.scalars(select(deliveries.c.state).where(deliveries.c.outbox_id == number))
                )
            if state == "resolved" and states <= {"sent", "failed", "cancelled"}:
                return
            await asyncio.sleep(0.05)


async def test_an_edit_replaces_the_text_where_it_stands(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    key = await follow(store, "web", "s_page")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        outcomes = await change(store, redis, of, Action.EDIT)

    async with store.read() as connection:
        rows = (await connection.execute(select(web_messages).order_by(web_messages.c.seq))).all()
    assert outcomes == {"telegram": ("edited", None), "web": ("edited", None)}
    (message,) = server.state.messages.values()
    assert message["text"] == "The fee is 6."
    assert server.control.texts(7) == ["The fee is 5."]
    assert [(row.address_id, row.kind, row.payload["text"]) for row in rows] == [
        (key, "push", "The fee is 6."),
        (key, "update", "The fee is 6."),
    ]
    assert rows[1].payload["of"] == rows[0].seq


async def test_a_deletion_takes_the_message_back(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    await follow(store, "web", "s_page")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        outcomes = await change(store, redis, of, Action.DELETE)

    async with store.read() as connection:
        kinds = list(await connection.scalars(select(web_messages.c.kind)))
    assert outcomes == {"telegram": ("deleted", None), "web": ("deleted", None)}
    assert server.state.messages == {}
    assert kinds == ["removal"]


async def test_a_message_older_than_48_hours_is_edited_and_the_reason_stands(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        server.control.age(7, 1, 48 * 3600 + 60)
        outcomes = await change(store, redis, of, Action.DELETE)

    outcome, reason = outcomes["telegram"]
    assert outcome == "edited"
    assert "can't be deleted" in reason
    assert server.state.messages[7, 1]["text"] == "The fee is 6."


async def test_where_nothing_can_be_edited_a_new_message_says_it(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        server.control.delete(7, 1)
        outcomes = await change(store, redis, of, Action.EDIT)

    assert outcomes["telegram"][0] == "told"
    assert server.control.texts(7) == ["The fee is 5.", "Correction: the fee is 6."]


async def test_a_message_that_is_gone_needs_no_deletion(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        server.control.delete(7, 1)
        outcomes = await change(store, redis, of, Action.DELETE)

    assert outcomes["telegram"] == ("gone", None)
    assert server.control.texts(7) == ["The fee is 5."]


async def test_who_blocked_the_bot_shows_as_not_changed_with_the_reason(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        server.control.block(7)
        outcomes = await change(store, redis, of, Action.EDIT)

    assert outcomes["telegram"] == (None, "blocked")


async def test_an_edit_cut_off_before_its_receipt_is_done_again_without_harm(
    store: Store, redis: Redis, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    await follow(store, "telegram", "7")
    async with working(store, redis, channels):
        of = await announce(store, redis)
        await change(store, redis, of, Action.EDIT)
    async with store.write() as connection:
        # As a worker leaves it that was killed between the edit and its receipt.
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.outcome == "edited")
            .values(state="sending", outcome=None, claimed_by="dead", claimed_at=utc_now() - timedelta(seconds=5))
        )
    async with working(store, redis, channels):
        async with asyncio.timeout(20):
            while True:
                async with store.read() as connection:
                    outcomes = list(await connection.scalars(select(deliveries.c.outcome)))
                if sorted(str(one) for one in outcomes) == ["edited", "sent"]:
                    break
                await asyncio.sleep(0.05)

    assert server.control.texts(7) == ["The fee is 5."]
    assert len(server.control.sent(chat_id=7, method="editMessageText")) == 1


async def test_all_parts_of_a_long_message_are_deleted(
    store: Store, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    telegram = channels["telegram"]
    assert isinstance(telegram, TelegramChannel)
    long = Reply(text="This is a sentence. " * 500)

    receipt = await telegram.send("7", long, language="en", ref="delivery:1")
    from_receipt = receipt.provider_ref.split(",")
    before = len(server.state.messages)
    await telegram.delete("7", earlier_of(receipt.provider_ref), ref="delivery:2")

    assert (len(from_receipt), before, server.state.messages) == (3, 3, {})


async def test_a_shorter_text_leaves_no_part_over(
    store: Store, server: BotApiServer, channels: dict[str, Channel]
) -> None:
    telegram = channels["telegram"]
    assert isinstance(telegram, TelegramChannel)
    receipt = await telegram.send("7", Reply(text="This is a sentence. " * 500), language="en", ref="delivery:1")

    await telegram.edit("7", earlier_of(receipt.provider_ref), Reply(text="Short."), language="en", ref="delivery:2")

    assert [message["text"] for message in server.state.messages.values()] == ["Short."]


def earlier_of(provider_ref: str) -> Earlier:
    return Earlier("delivery:1", provider_ref)
