"""A booking desk on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.secrets import Secrets
from bot.store.engine import Store
from tests.integration.desks.booking.rig import Rig, open_rig


@pytest.fixture
async def rig(store: Store, redis: Redis, secrets: Secrets) -> Rig:
    return await open_rig(store, redis, secrets)
