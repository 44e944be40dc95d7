"""An office on each database."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.clock import utc_now
from bot.secrets import Secrets
from bot.store.engine import Store
from tests.fakes import FakeClock
from tests.office import Office, open_office


@pytest.fixture
async def office(store: Store, redis: Redis, secrets: Secrets) -> Office:
    """An office on each of the two databases."""
    return await open_office(store, redis, secrets, FakeClock(utc_now()))


@pytest.fixture
async def sqlite_office(sqlite_store: Store, redis: Redis, secrets: Secrets) -> Office:
    """An office on SQLite, for what does not depend on the database."""
    return await open_office(sqlite_store, redis, secrets, FakeClock(utc_now()))
