"""Redis away, the database locked or full, a Telegram that misbehaves: costs time and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.engine import Store
from tests.botapi.faults import FaultKind
from tests.integration.faults.rig import open_rig

PEOPLE = 120
RATE_PER_S = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's has few bytes."""
    with tempfile.TemporaryDirectory(prefix="kf-") as name:
        yield Path(name)


async def test_redis_away_costs_time_and_tells_nobody_twice(sqlite_store: Store, folder: Path) -> None:
    async with open_rig(sqlite_store, folder, rate_per_s=RATE_PER_S) as rig:
        await rig.follow(PEOPLE)
        await rig.announce("before")
        await rig.until(lambda: len(rig.told()) > 20)
        rig.kill_redis()
        await rig.announce("while away")
        await asyncio.sleep(6)
        rig.start_redis()
        await rig.until_sent(2 * PEOPLE)

        assert set(rig.told().values()) == {1}
        assert await rig.uncertain() == 0


async def test_a_locked_database_costs_time_and_tells_nobody_twice(sqlite_store: Store, folder: Path) -> None:
    async with open_rig(sqlite_store, folder, rate_per_s=RATE_PER_S) as rig:
        await rig.follow(PEOPLE)
        await rig.announce("notice")
        await rig.until(lambda: len(rig.told()) > 20)
        held = sqlite3.connect(str(sqlite_store.engine.url.database), timeout=15, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(10)
        held.execute("COMMIT")
        held.close()
        await rig.until_sent(PEOPLE)

        assert set(rig.told().values()) == {1}
        assert await rig.uncertain() == 0


@pytest.mark.parametrize(
    ("kind", "count"),
    [("429", 12), ("500", 30), ("502", 30), ("cut", 30), ("garbage", 5), ("timeout", 10)],
)
async def test_a_telegram_that_misbehaves_loses_nobody(
    sqlite_store: Store, folder: Path, kind: FaultKind, count: int
) -> None:
    async with open_rig(sqlite_store, folder, rate_per_s=RATE_PER_S, workers=1) as rig:
        await rig.follow(PEOPLE)
        rig.server.control.fault(kind, count=count, methods=["sendMessage"], retry_after_s=1, delay_s=2)
        await rig.announce("notice")
        await rig.until_sent(PEOPLE)

        # The server does nothing of a call that it fails: so nobody is told twice.
        assert set(rig.told().values()) == {1}
        assert len(rig.told()) == PEOPLE
        assert rig.server.control.counts()["faults"] == count


async def test_who_is_told_twice_because_an_answer_got_lost_is_counted(sqlite_store: Store, folder: Path) -> None:
    async with open_rig(sqlite_store, folder, rate_per_s=RATE_PER_S, workers=1) as rig:
        await rig.follow(PEOPLE)
        rig.server.control.fault("cut_after", count=7, methods=["sendMessage"])
        await rig.announce("notice")
        await rig.until_sent(PEOPLE)

        told = rig.told()
        assert len(told) == PEOPLE
        assert sum(count - 1 for count in told.values()) == await rig.uncertain() == 7
