"""An office on SQLite: pages do not depend on the database."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.clock import utc_now
from bot.secrets import Secrets
from bot.store.engine import Store
from tests.fakes import FakeClock
from tests.office import Office, open_office


@pytest.fixture
async def office(sqlite_store: Store, redis: Redis, secrets: Secrets) -> Office:
    """An office on SQLite."""
    return await open_office(sqlite_store, redis, secrets, FakeClock(utc_now()))
