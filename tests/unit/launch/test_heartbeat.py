"""A container's health check sees the worker of its own host, and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.delivery import hearts
from bot.delivery.service import DEAD_AFTER
from bot.launch.heartbeat import beats_here
from bot.store.engine import Store

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


async def _beat(store: Store, worker: str, at: datetime) -> None:
    async with store.write() as connection:
        await hearts.beat(connection, worker, at)


async def test_host_without_a_worker_is_unhealthy(store: Store) -> None:
    assert not await beats_here(store, "box-1", NOW)


async def test_worker_that_beats_is_healthy(store: Store) -> None:
    await _beat(store, "box-1-17-0a0b0c0d", NOW - timedelta(seconds=2))

    assert await beats_here(store, "box-1", NOW)


async def test_worker_that_fell_silent_is_unhealthy(store: Store) -> None:
    await _beat(store, "box-1-17-0a0b0c0d", NOW - DEAD_AFTER)

    assert not await beats_here(store, "box-1", NOW)


async def test_worker_of_another_host_does_not_count(store: Store) -> None:
    await _beat(store, "box-10-17-0a0b0c0d", NOW)
    await _beat(store, "boxx1-17-0a0b0c0d", NOW)

    assert not await beats_here(store, "box_1", NOW)
    assert not await beats_here(store, "box-1", NOW)
