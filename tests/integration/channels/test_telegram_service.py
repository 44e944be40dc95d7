"""The Telegram inbox as one part."""

from __future__ import annotations

import asyncio
import sys

import pytest

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.service import TelegramInbox
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.clock import utc_now
from bot.settings import TelegramSettings
from bot.store.engine import Store
from tests.botapi import BotApiServer
from tests.integration.channels.fakes import AddressLog, EchoConversation, Inbox
from tests.integration.channels.test_telegram_inbound import running


def open_inbox(settings: TelegramSettings, channel: TelegramChannel, store: Store) -> TelegramInbox:
    return TelegramInbox(settings, channel, store, utc_now, EchoConversation(), AddressLog(), webhook_secret="s3cret_-")


async def test_polling_answers_and_sets_the_menu(
    server: BotApiServer,
    telegram_settings: TelegramSettings,
    channel: TelegramChannel,
    sqlite_store: Store,
    inbound_store: InboundStore,
    payloads: PayloadStore,
) -> None:
    inbox = open_inbox(telegram_settings, channel, sqlite_store)
    watched = Inbox(sqlite_store, inbound_store, payloads, channel)

    async with running(inbox.run()):
        server.control.user_message(77, "/help")
        await watched.settled(1)

    assert server.control.texts(77) == ["答 t:help"]
    assert [command["command"] for command in server.state.commands] == ["help", "follow", "language", "stop"]
    assert inbox.problem is None
    assert inbox.router() is None


async def test_webhook_is_registered_once_telegram_answers(
    server: BotApiServer, telegram_settings: TelegramSettings, channel: TelegramChannel, sqlite_store: Store
) -> None:
    server.control.fault("500", methods=["setWebhook"])
    webhook = telegram_settings.model_copy(update={"mode": "webhook", "webhook_url": "https://port.example.cn"})
    inbox = open_inbox(webhook, channel, sqlite_store)

    async with running(inbox.run()):
        await asyncio.sleep(0.3)
        assert inbox.problem is not None
        await asyncio.sleep(1.2)
        info = await channel.bot.get_webhook_info()
        assert inbox.problem is None
        await channel.delete_webhook()

    assert info.url == "https://port.example.cn/v1/telegram/webhook"
    assert set(info.allowed_updates or ()) == {"message", "edited_message", "callback_query", "my_chat_member"}
    assert inbox.router() is not None


def test_webhook_mode_without_a_secret_is_refused(
    telegram_settings: TelegramSettings, channel: TelegramChannel, sqlite_store: Store
) -> None:
    webhook = telegram_settings.model_copy(update={"mode": "webhook"})
    inbox = TelegramInbox(webhook, channel, sqlite_store, utc_now, EchoConversation(), AddressLog())

    with pytest.raises(ValueError, match="without a secret"):
        inbox.router()


async def test_kill_in_the_middle_of_a_turn_loses_nothing(
    server: BotApiServer,
    telegram_settings: TelegramSettings,
    channel: TelegramChannel,
    sqlite_store: Store,
    inbound_store: InboundStore,
    payloads: PayloadStore,
) -> None:
    server.control.user_message(77, "被打断")
    server.control.user_message(77, "还没轮到")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.channels.hanging_inbox",
        server.url,
        sqlite_store.engine.url.render_as_string(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"begun\n"

    process.kill()
    await process.wait()
    watched = Inbox(sqlite_store, inbound_store, payloads, channel)
    assert await watched.states() == ["received", "received"]
    async with running(open_inbox(telegram_settings, channel, sqlite_store).run()):
        assert await watched.settled(2) == ["done", "done"]

    assert server.control.texts(77) == ["答 被打断", "答 还没轮到"]
