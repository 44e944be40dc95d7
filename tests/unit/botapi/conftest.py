"""A server without limits, and python-telegram-bot as its client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.botapi import BotApiServer, Options


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(Options.unlimited()) as running:
        yield running


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    async with Bot(server.options.token, base_url=f"{server.url}/bot") as client:
        yield client
