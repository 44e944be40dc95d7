"""Starts processes, starts them again when they die, and ends them all."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.launch.parts import PartSpec

_BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STEADY_S = 60.0
_PR_SET_PDEATHSIG = 1
_NOT_STARTED = 127  # as shells say it


@dataclass
class _Watched:
    spec: PartSpec
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    failures_in_a_row: int = 0
    state: str = "starting"
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Supervisor:
    """Watches the parts of one data directory.

    on_death: called with a part's name and exit code when it died by itself (127: it cannot be started). back_off_s: seconds
    before each further start, the last for all that follow. What is known of the processes is written to
    `run/parts.json`, which /readyz shows.
    """

    def __init__(
        self, data_dir: Path, on_death: Callable[[str, int], None], *, back_off_s: Sequence[float] = _BACK_OFF_S
    ) -> None:
        self._logs = data_dir / "logs"
        self._state_file = data_dir / "run" / "parts.json"
        self._on_death = on_death
        self._back_off_s = back_off_s
        self._parts: dict[str, _Watched] = {}
        self._stopping = False
        self._logs.mkdir(parents=True, exist_ok=True)
        self._state_file.parent.mkdir(parents=True, exist_ok=True)

    def start(self, spec: PartSpec) -> None:
        """Start a part and watch it. A part of that name must not be running."""
        watched = _Watched(spec)
        self._parts[spec.name] = watched
        watched.task = asyncio.create_task(self._watch(watched), name=f"watch-{spec.name}")

    async def replace(self, spec: PartSpec) -> None:
        """End the part of that name and start it anew from another spec."""
        await self.stop(spec.name)
        self.start(spec)

    async def succeed(self, name: str, successor: str) -> None:
        """End a part whose successor runs already, under a name of its own; the successor takes the name over."""
        await self.stop(name)
        watched = self._parts.pop(successor)
        watched.spec = replace(watched.spec, name=name)
        self._parts[name] = watched
        self._write()

    def failures_in_a_row(self, name: str) -> int:
        """How often a part died without having run for a minute in between."""
        return self._parts[name].failures_in_a_row

    async def stop(self, name: str) -> None:
        """End one part and forget it."""
        watched = self._parts.pop(name)
        if watched.task is not None:
            watched.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watched.task
        await _end(watched)
        self._write()

    async def stop_all(self, order: tuple[str, ...]) -> None:
        """End every part: those named first, in that order, then the rest."""
        self._stopping = True
        for name in (*order, *[name for name in self._parts if name not in order]):
            if name in self._parts:
                await self.stop(name)

    async def _watch(self, watched: _Watched) -> None:
        while True:
            began = time.monotonic()
            code = await self._run_once(watched)
            if time.monotonic() - began > _STEADY_S:
                watched.failures_in_a_row = 0
            pause_s = self._back_off_s[min(watched.failures_in_a_row, len(self._back_off_s) - 1)]
            watched.failures_in_a_row += 1
            watched.restarts += 1
            watched.state = "restarting"
            self._write()
            self._on_death(watched.spec.name, code)
            await asyncio.sleep(pause_s)

    async def _run_once(self, watched: _Watched) -> int:
        """Run a part until it ends; returns its exit code."""
        with self._open_log(watched.spec.name) as log:
            try:
                watched.process = await asyncio.create_subprocess_exec(
                    *watched.spec.command,
                    env=watched.spec.environment,
                    cwd=watched.spec.cwd,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C at the terminal reaches the launcher alone, which ends the parts in order; and a launcher that
                    # is killed takes its parts along.
                    start_new_session=True,
                    preexec_fn=_die_with_parent,
                )
            except OSError as error:
                # Missing just now, or for good: a part like any other that dies at once.
                log.write(f"{watched.spec.command[0]} cannot be started: {error.strerror}\n".encode())
                return _NOT_STARTED
        watched.state = "running"
        self._write()
        code = await watched.process.wait()
        _end_group(watched.process.pid)
        return code

    def _open_log(self, name: str) -> Any:
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > 5_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _write(self) -> None:
        known = {
            name: {
                "process": watched.state,
                "pid": watched.process.pid if watched.process else None,
                "restarts": watched.restarts,
            }
            for name, watched in self._parts.items()
        }
        aside = self._state_file.with_suffix(".new")
        aside.write_text(json.dumps(known))
        aside.replace(self._state_file)


def _die_with_parent() -> None:
    """In the child, before it becomes the part: be ended when the launcher is (Linux; elsewhere the launcher's own end
    is the only way).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(watched: _Watched) -> None:
    process = watched.process
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), watched.spec.stop_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    _end_group(process.pid)


def _end_group(leader: int) -> None:
    """End what a part started and left behind: it would hold ports and files that the part needs when it starts again."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
