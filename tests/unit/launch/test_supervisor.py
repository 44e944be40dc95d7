"""The supervisor starts parts again and ends them all; tiny commands stand for the parts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.launch.parts import PartSpec
from bot.launch.supervisor import Supervisor

LIVES = "import time; time.sleep(60)"
DIES = "print('out of luck'); raise SystemExit(3)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def part(name: str, code: str, folder: Path, stop_s: float = 5.0) -> PartSpec:
    return PartSpec(name, [sys.executable, "-c", code], dict(os.environ), folder, stop_s)


def known(folder: Path) -> dict[str, Any]:
    path = folder / "run" / "parts.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie answers to signals too.
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def until(condition: Callable[[], object], limit_s: float = 15) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)


Deaths = list[tuple[str, int, float]]


@pytest.fixture
def deaths() -> Deaths:
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, deaths: Deaths) -> AsyncIterator[Supervisor]:
    def died(name: str, code: int) -> None:
        deaths.append((name, code, time.monotonic()))

    watching = Supervisor(tmp_path, died, back_off_s=(0.05, 0.4))
    yield watching
    await watching.stop_all(())


async def test_a_part_runs_and_is_known(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(part("a", LIVES, tmp_path))

    await until(lambda: known(tmp_path).get("a", {}).get("process") == "running")

    assert is_alive(known(tmp_path)["a"]["pid"])
    assert known(tmp_path)["a"]["restarts"] == 0


async def test_a_part_that_dies_is_started_again_ever_later(
    supervisor: Supervisor, tmp_path: Path, deaths: Deaths
) -> None:
    supervisor.start(part("a", DIES, tmp_path))

    await until(lambda: len(deaths) == 3)

    assert {(name, code) for name, code, _ in deaths} == {("a", 3)}
    assert deaths[2][2] - deaths[1][2] >= 0.4
    assert supervisor.failures_in_a_row("a") == known(tmp_path)["a"]["restarts"] == 3
    assert (tmp_path / "logs" / "a.log").read_text().startswith("out of luck\nout of luck\n")


async def test_a_killed_part_comes_back_as_another_process(
    supervisor: Supervisor, tmp_path: Path, deaths: Deaths
) -> None:
    supervisor.start(part("a", LIVES, tmp_path))
    await until(lambda: known(tmp_path).get("a", {}).get("pid"))
    first = known(tmp_path)["a"]["pid"]

    os.kill(first, 9)
    await until(lambda: known(tmp_path)["a"]["pid"] != first)

    assert (deaths[0][:2], is_alive(first)) == (("a", -9), False)


async def test_a_program_that_is_missing_is_a_part_that_dies(
    supervisor: Supervisor, tmp_path: Path, deaths: Deaths
) -> None:
    supervisor.start(PartSpec("a", ["/nowhere/program"], {}, tmp_path))

    await until(lambda: len(deaths) == 2)

    assert deaths[0][:2] == ("a", 127)
    assert "cannot be started: No such file" in (tmp_path / "logs" / "a.log").read_text()


async def test_all_parts_end_in_the_order_asked_for_and_nothing_is_left(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda name, code: None, back_off_s=(0.05,))
    supervisor.start(part("a", LIVES, tmp_path))
    supervisor.start(part("b", LIVES, tmp_path))
    supervisor.start(PartSpec("missing", ["/nowhere/program"], {}, tmp_path))
    await until(lambda: {"a", "b"} <= {name for name, one in known(tmp_path).items() if one["pid"]})
    pids = [known(tmp_path)[name]["pid"] for name in ("a", "b")]

    await supervisor.stop_all(("b", "unknown", "a"))

    assert [is_alive(pid) for pid in pids] == [False, False]
    assert known(tmp_path) == {}


async def test_a_part_that_does_not_listen_is_killed_after_its_time(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(part("a", STUBBORN, tmp_path, stop_s=0.3))
    await until(lambda: (tmp_path / "logs" / "a.log").exists() and (tmp_path / "logs" / "a.log").read_text() == "up\n")
    pid = known(tmp_path)["a"]["pid"]

    await asyncio.wait_for(supervisor.stop("a"), 5)

    assert not is_alive(pid)


async def test_what_a_part_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    code = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {LIVES!r}]); print(p.pid, flush=True); p.wait()"
    supervisor.start(part("a", code, tmp_path))
    log = tmp_path / "logs" / "a.log"
    await until(lambda: log.exists() and log.read_text().endswith("\n"))
    child = int(log.read_text())

    await supervisor.stop("a")

    await until(lambda: not Path(f"/proc/{child}").exists() or not is_alive(child))


async def test_a_part_can_be_replaced(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(part("a", DIES, tmp_path))
    await until(lambda: known(tmp_path).get("a", {}).get("restarts"))

    await supervisor.replace(part("a", LIVES, tmp_path))
    await until(lambda: known(tmp_path).get("a", {}).get("process") == "running")

    assert (known(tmp_path)["a"]["restarts"], supervisor.failures_in_a_row("a")) == (0, 0)


async def test_a_long_log_is_put_aside(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "logs" / "a.log").write_bytes(b"x" * 5_000_001)

    supervisor.start(part("a", "print('new')", tmp_path))
    await until(lambda: (tmp_path / "logs" / "a.log").exists() and b"new" in (tmp_path / "logs" / "a.log").read_bytes())

    assert (tmp_path / "logs" / "a.log.1").stat().st_size == 5_000_001
