"""A house of firms over each database."""

from __future__ import annotations

import pytest

from bot.secrets import Secrets
from bot.store.engine import Store
from tests.integration.people.firms.house import House, open_house


@pytest.fixture
async def house(store: Store, secrets: Secrets) -> House:
    """Once over SQLite, once over PostgreSQL."""
    return await open_house(store, secrets)
