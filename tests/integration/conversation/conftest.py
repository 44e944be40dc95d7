"""A web chat on real parts, with an arranged dialogue."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.conversation.chat_connection import ChatLimits
from bot.ground import redis_client
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.engine import Store
from knowledge.load import Knowledge, load_knowledge
from knowledge.search import Index
from tests.chat_server import ChatServer, serve_chat
from tests.conftest import OwnRedis
from tests.fakes import FakeDialogue


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The product's own knowledge."""
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture(scope="session")
def index(knowledge: Knowledge) -> Index:
    """The search over it."""
    return Index(knowledge)


@pytest.fixture
async def worker_redis(own_redis: OwnRedis) -> AsyncIterator[Redis]:
    """The client of another process."""
    client = redis_client(own_redis.url)
    yield client
    await client.aclose()


@pytest.fixture
def limits() -> ChatLimits:
    """A test module may say otherwise."""
    return ChatLimits()


@pytest.fixture
async def chat(
    sqlite_store: Store,
    redis: Redis,
    worker_redis: Redis,
    knowledge: Knowledge,
    index: Index,
    secrets: Secrets,
    limits: ChatLimits,
) -> AsyncIterator[ChatServer]:
    """The web chat on SQLite."""
    async with serve_chat(
        sqlite_store, redis, worker_redis, knowledge, index, FakeDialogue(), secrets, limits=limits
    ) as server:
        yield server
