"""A fair on each database."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.secrets import Secrets
from bot.store.engine import Store
from tests.fair import Fair, open_fair


@pytest.fixture
async def fair(store: Store, redis: Redis, secrets: Secrets, tmp_path: Path) -> Fair:
    """Once over SQLite, once over PostgreSQL."""
    return await open_fair(store, redis, secrets, tmp_path)
