"""Workers, Redis and all at once are killed at random moments: nobody is lost, and who was told twice is counted.

KOUAN_FAULTS_FULL=1 runs the size that is promised: 3,000 recipients, 20 rounds. KOUAN_FAULTS_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.engine import Store
from tests.integration.faults.rig import BLOWS, open_rig

FULL = bool(os.environ.get("KOUAN_FAULTS_FULL"))
RECIPIENTS, ROUNDS, RATE_PER_S = (3000, 20, 1000.0) if FULL else (200, 4, 80.0)
LIMIT_S = 1800 if FULL else 110


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's has few bytes."""
    with tempfile.TemporaryDirectory(prefix="kf-") as name:
        yield Path(name)


@pytest.mark.timeout(LIMIT_S + 10)
async def test_killed_at_random_moments_nobody_is_lost_and_doubt_is_counted(store: Store, folder: Path) -> None:
    seed = int(os.environ.get("KOUAN_FAULTS_SEED", random.randrange(10**6)))
    print(f"KOUAN_FAULTS_SEED={seed}")  # noqa: T201  # pytest shows it where the test fails
    rng = random.Random(seed)
    rounds = ROUNDS if FULL or store.dialect == "sqlite" else 2
    began = asyncio.get_running_loop().time()

    async with open_rig(store, folder, rate_per_s=RATE_PER_S) as rig:
        await rig.follow(RECIPIENTS)
        for number in range(rounds):
            blow = BLOWS[(number + seed) % len(BLOWS)]
            before = sum(rig.told().values())
            await rig.announce(f"notice {number}")
            at = before + rng.randrange(RECIPIENTS * 3 // 4)
            await rig.until(lambda at=at: sum(rig.told().values()) > at, limit_s=60)  # type: ignore[misc]
            await rig.strike(blow, rng)
            print(f"round {number}: {blow} after {at - before} of {RECIPIENTS}")  # noqa: T201
        await rig.until_sent(RECIPIENTS * rounds, limit_s=LIMIT_S)

        told = rig.told()
        sent_too_often = sum(count - 1 for count in told.values())
        uncertain = await rig.uncertain()
        took_s = asyncio.get_running_loop().time() - began
        print(f"{rig.kills} kills, {uncertain} in doubt, {sent_too_often} sent too often, {took_s:.0f} s")  # noqa: T201
        assert set(told) == {(10_000 + chat, f"notice {n}") for chat in range(RECIPIENTS) for n in range(rounds)}
        assert await rig.twice_without_doubt() == []
        assert sent_too_often <= uncertain <= rig.kills * rig.in_flight_most
