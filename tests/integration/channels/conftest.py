"""A Telegram channel that talks to the local Bot API server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.clock import utc_now
from bot.settings import TelegramSettings
from bot.store.engine import Store
from tests.botapi import BotApiServer, Options


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(Options.unlimited()) as running:
        yield running


@pytest.fixture
def telegram_settings(server: BotApiServer) -> TelegramSettings:
    return TelegramSettings(token=SecretStr(server.options.token), api_url=server.url, rate=30)


@pytest.fixture
def payloads(sqlite_store: Store) -> PayloadStore:
    return PayloadStore(sqlite_store, utc_now)


@pytest.fixture
def inbound_store(sqlite_store: Store) -> InboundStore:
    return InboundStore(sqlite_store, utc_now)


@pytest.fixture
async def open_channel(
    telegram_settings: TelegramSettings, payloads: PayloadStore
) -> AsyncIterator[Callable[..., TelegramChannel]]:
    """Makes channels; without the pause between two messages to one chat unless a test asks for it."""
    made: list[TelegramChannel] = []

    def make(chat_interval_s: float = 0.0) -> TelegramChannel:
        made.append(TelegramChannel(telegram_settings, payloads, chat_interval_s=chat_interval_s))
        return made[-1]

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
def channel(open_channel: Callable[..., TelegramChannel]) -> TelegramChannel:
    return open_channel()
