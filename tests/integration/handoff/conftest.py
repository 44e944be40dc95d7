"""A desk on each database."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.engine import Store
from knowledge.load import Knowledge, load_knowledge
from tests.fakes import FakeClock
from tests.handoff_desk import MONDAY, TestDesk, open_desk


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The product's own knowledge."""
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture
def clock() -> FakeClock:
    """Monday at ten, at the port."""
    return FakeClock(MONDAY)


@pytest.fixture
async def desk(store: Store, redis: Redis, secrets: Secrets, clock: FakeClock, knowledge: Knowledge) -> TestDesk:
    """A desk, once on SQLite and once on PostgreSQL."""
    return await open_desk(store, redis, secrets, clock, knowledge=knowledge)


@pytest.fixture
async def sqlite_desk(
    sqlite_store: Store, redis: Redis, secrets: Secrets, clock: FakeClock, knowledge: Knowledge
) -> TestDesk:
    """A desk on SQLite alone, for what does not depend on the database."""
    return await open_desk(sqlite_store, redis, secrets, clock, knowledge=knowledge)
