"""The whole product on one machine: started, watched, found again by other commands."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.client import ServiceClient
from bot.errors import StartError, UnavailableError
from bot.launch.dialogue import DialogueParts
from bot.launch.environment import Progress
from bot.launch.parts import (
    PartSpec,
    free_port,
    port_is_free,
    service_part,
    worker_part,
)
from bot.launch.redis_server import find_redis_server, redis_command, socket_path
from bot.launch.supervisor import Supervisor
from bot.settings import REPOSITORY, Settings

_STOP_ORDER = ("service", "worker", "rasa", "actions")
_POLL_S = 0.25


Story = Callable[[Settings, str], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Running:
    """Where the product of a data directory answers."""

    url: str
    pid: int


def running_product(data_dir: Path) -> Running | None:
    """The product that runs on this data directory; None when there is none (a file left by a killed one counts as none)."""
    try:
        kept = json.loads((data_dir / "run" / "product.json").read_text())
        running = Running(kept["url"], kept["pid"])
        os.kill(running.pid, 0)
        answer = httpx.get(f"{running.url}/healthz", timeout=2.0)
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return running if answer.is_success else None


def prepare_data_dir(data_dir: Path) -> None:
    """Make the data directory. Raises StartError when it cannot be written."""
    try:
        (data_dir / "run").mkdir(parents=True, exist_ok=True)
        os.chmod(data_dir, 0o700)
        probe = data_dir / "run" / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"The data directory {data_dir} cannot be written: {error.strerror}. Choose another: --data-dir."
        ) from error


class Product:
    """All parts of one data directory."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._progress = progress
        self._supervisor = Supervisor(settings.data_dir, self._part_died)
        self._socket = socket_path(settings.data_dir)
        self._own_redis = settings.redis_url is None
        self._own_rasa = settings.rasa_url is None
        self.settings = settings.model_copy(
            update={
                "redis_url": settings.redis_url or f"unix://{self._socket}",
                "rasa_url": settings.rasa_url or f"http://127.0.0.1:{free_port()}",
                "actions_url": settings.actions_url or f"http://127.0.0.1:{free_port()}",
                "service_url": settings.service_url or f"http://127.0.0.1:{settings.port}",
            }
        )
        self.dialogue = DialogueParts(self.settings, self._supervisor, progress)
        self.url = f"http://{'127.0.0.1' if settings.host in ('0.0.0.0', '::') else settings.host}:{settings.port}"

    async def start(self, *, may_train: bool = True) -> None:
        """Start every part; returns when all answer. Raises StartError when one cannot be started.

        may_train: whether a model is trained first when content has changed since.
        """
        await self.start_without_dialogue()
        if self._own_rasa:
            await self.dialogue.start(may_train=may_train)
        else:
            self.dialogue.start_actions()
        await self._all_answer()

    async def start_without_dialogue(self) -> None:
        """Start what answers from search and delivers: all but Rasa and its actions."""
        data_dir = self.settings.data_dir
        if not port_is_free(self.settings.host, self.settings.port):
            raise StartError(f"Port {self.settings.port} is in use. Choose another: --port.")
        if self._own_redis:
            await self._start_redis()
        self.dialogue.announce()
        self._supervisor.start(service_part(self.settings))
        await self._service_answers()
        known = {"url": self.url, "pid": os.getpid()}
        (data_dir / "run" / "product.json").write_text(json.dumps(known))
        self._supervisor.start(worker_part(self.settings))

    async def stop(self) -> None:
        """End every part."""
        (self.settings.data_dir / "run" / "product.json").unlink(missing_ok=True)
        await self._supervisor.stop_all(_STOP_ORDER)
        (self.settings.data_dir / "run" / "parts.json").unlink(missing_ok=True)

    async def _start_redis(self) -> None:
        command = redis_command(find_redis_server(), self.settings.data_dir, self._socket)
        self._socket.unlink(missing_ok=True)
        self._supervisor.start(PartSpec("redis", command, dict(os.environ), REPOSITORY))
        for _ in range(int(20 / _POLL_S)):
            if self._socket.exists():
                return
            await asyncio.sleep(0.05)
        raise StartError(f"Redis does not start; see {self.settings.data_dir / 'logs' / 'redis.log'}.")

    async def _service_answers(self) -> None:
        self._progress("starting the service")
        async with httpx.AsyncClient(base_url=self.url, timeout=2.0) as http:
            while self._supervisor.failures_in_a_row("service") < 2:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get("/healthz")).is_success:
                        self._progress(f"{self.url} answers from search while the rest starts")
                        return
                await asyncio.sleep(0.1)
        log = self.settings.data_dir / "logs" / "service.log"
        raise StartError(f"The service does not start; see {log}. Its last line:\n{_last_line(log)}")

    async def _all_answer(self) -> None:
        while True:
            parts = await self._parts()
            if parts and all(part["state"] == "up" for part in parts.values() if part.get("required")):
                return
            await asyncio.sleep(_POLL_S)

    async def _parts(self) -> dict[str, dict[str, object]]:
        async with ServiceClient(self.url) as client:
            try:
                readiness = await client.readiness()
            except UnavailableError:
                return {}
        found: dict[str, dict[str, object]] = readiness.get("parts", {})
        return found

    def _part_died(self, name: str, code: int) -> None:
        log = self.settings.data_dir / "logs" / f"{name}.log"
        self._progress(f"{name} ended with {code}; starting it again (see {log})")


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


@asynccontextmanager
async def product(settings: Settings, progress: Progress, *, may_train: bool = True) -> AsyncIterator[str]:
    """The address of the product that runs on the data directory, or of one started for the time of the context."""
    running = running_product(settings.data_dir)
    if running is not None:
        yield running.url
        return
    prepare_data_dir(settings.data_dir)
    if not port_is_free(settings.host, settings.port):
        settings = settings.model_copy(update={"port": free_port()})
    started = Product(settings, progress)
    try:
        await started.start(may_train=may_train)
        yield started.url
    finally:
        await started.stop()


async def up(settings: Settings, progress: Progress, announce: Progress, story: Story | None = None) -> None:
    """Run the product until SIGINT or SIGTERM.

    announce: told `ready http://…` when all parts answer. story: runs from then on beside the product, given its settings.
    """
    running = running_product(settings.data_dir)
    if running is not None:
        raise StartError(f"Kouan runs on {settings.data_dir} already, at {running.url} (process {running.pid}).")
    prepare_data_dir(settings.data_dir)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    started = Product(settings, progress)
    beside: list[asyncio.Task[None]] = []
    starting = asyncio.create_task(started.start())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            announce(f"ready {started.url}")
            if settings.rasa_url is None:
                beside.append(asyncio.create_task(started.dialogue.follow()))
            if story is not None:
                beside.append(asyncio.create_task(story(started.settings, started.url)))
            await stopped
    finally:
        for task in beside:
            task.cancel()
        starting.cancel()
        stopped.cancel()
        progress("stopping")
        with contextlib.suppress(asyncio.CancelledError, StartError):
            await starting
        await started.stop()
