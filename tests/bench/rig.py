"""The engine alone, for a bench: a database, a Redis, workers and a Bot API server, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from redis.asyncio import Redis

from bot.channels.model import Reply
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.ground import redis_client
from bot.launch.product import prepare_data_dir
from bot.launch.redis_server import find_redis_server, redis_command
from bot.people.model import conversation_key
from bot.settings import REPOSITORY, TelegramSettings, load_settings
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.schema import addresses, follows, persons
from tests.botapi.options import DEFAULT_TOKEN

_MIGRATING = asyncio.Lock()  # Alembic's environment is one for the whole process
TOPIC = "taxes_fees"
TEXT = "口岸通知:自 2026 年 12 月 1 日起,进口申报时限的计算方法有变化。详情见公告原文。"


@dataclass(frozen=True)
class Server:
    """A Bot API server in a process of its own."""

    url: str
    process: psutil.Process

    async def call(self, name: str, **arguments: Any) -> Any:
        """A method of its control, with the server's clock beside: (result, now_monotonic_s)."""
        async with httpx.AsyncClient(timeout=30) as http:
            answer = (await http.post(f"{self.url}/control/{name}", json=arguments)).json()
        return answer["result"], answer["now_monotonic_s"]

    async def messages(self) -> tuple[int, int, float]:
        """Messages taken, refusals by limit, and the server's clock."""
        counts, now_s = await self.call("counts")
        return counts["messages"], counts["refused"], now_s


@asynccontextmanager
async def bot_api(*options: str) -> AsyncIterator[Server]:
    """A Bot API server with these options (`python -m tests.botapi --help`)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.botapi", "--port", "0", *options, cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        yield Server(line.split()[1], psutil.Process(process.pid))
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass
class Rig:
    """An engine without workers yet. token: of the bot."""

    folder: Path
    store: Store
    redis: Redis
    redis_url: str
    redis_process: psutil.Process
    database_url: str

    async def seed(self, people: int, *, topic: str = TOPIC, first_chat: int = 1000) -> None:
        """Make people with a Telegram chat each who follow the topic."""
        now = datetime.now(UTC)
        for start in range(0, people, 5000):
            chats = range(first_chat + start, first_chat + min(start + 5000, people))
            ids = {chat: secrets.token_hex(16) for chat in chats}
            async with self.store.write() as connection:
                await connection.execute(
                    persons.insert(),
                    [
                        {"id": i, "language": "zh-Hans", "language_chosen": False, "created_at": now}
                        for i in ids.values()
                    ],
                )
                await connection.execute(
                    addresses.insert(),
                    [
                        {
                            "id": conversation_key("telegram", str(chat)),
                            "person_id": i,
                            "channel": "telegram",
                            "address": str(chat),
                            "private": True,
                            "state": "active",
                            "created_at": now,
                        }
                        for chat, i in ids.items()
                    ],
                )
                await connection.execute(
                    follows.insert(),
                    [
                        {
                            "id": secrets.token_hex(16),
                            "person_id": i,
                            "kind": "topic",
                            "target": topic,
                            "created_at": now,
                        }
                        for i in ids.values()
                    ],
                )

    async def announce(
        self, cause: str, lane: Lane = Lane.BULK, topic: str = TOPIC, kind: CauseKind = CauseKind.NOTICE
    ) -> None:
        """Hand one cause to delivery."""
        outbox = Outbox(self.redis)
        notification = OutgoingNotification(
            kind, cause, lane, Audience(AudienceKind.TOPIC, topic), {"zh-Hans": Reply(text=TEXT)}
        )
        async with self.store.write() as connection:
            await outbox.add(connection, notification, datetime.now(UTC))
        await outbox.wake()

    @asynccontextmanager
    async def workers(self, server: Server, count: int, *, rate: float = 30) -> AsyncIterator[list[psutil.Process]]:
        """Worker processes on this engine, ready when their hearts beat."""
        environment = {
            **os.environ,
            "KOUAN_DATA_DIR": str(self.folder),
            "KOUAN_DATABASE_URL": self.database_url,
            "KOUAN_REDIS_URL": self.redis_url,
            "KOUAN_TELEGRAM__TOKEN": DEFAULT_TOKEN,
            "KOUAN_TELEGRAM__API_URL": server.url,
            "KOUAN_TELEGRAM__RATE": str(rate),
            "KOUAN_CANARY__EVERY_MIN": "0",
            "KOUAN_LOG_LEVEL": "ERROR",
        }
        processes = [
            await asyncio.create_subprocess_exec(sys.executable, "-m", "bot.worker", env=environment, cwd=REPOSITORY)
            for _ in range(count)
        ]
        try:
            async with asyncio.timeout(240):
                while await self._hearts() < count:
                    await asyncio.sleep(0.1)
            await asyncio.sleep(1.5)  # a first sweep and the fan-out's subscription
            yield [psutil.Process(process.pid) for process in processes]
        finally:
            await asyncio.gather(*(_end(process) for process in processes))

    async def _hearts(self) -> int:
        async with self.store.read() as connection:
            return int((await connection.exec_driver_sql("SELECT COUNT(*) FROM workers")).scalar() or 0)


@asynccontextmanager
async def rig(database_url: str | None = None) -> AsyncIterator[Rig]:
    """A database (SQLite unless another is named) and a Redis of their own, both empty."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kb-")))
        url = database_url or f"sqlite:///{folder / 'kouan.db'}"
        settings = load_settings(
            data_dir=folder, database_url=url, telegram=TelegramSettings.model_validate({"token": DEFAULT_TOKEN})
        )
        prepare_data_dir(folder)
        async with _MIGRATING:
            await migrate(settings)
        socket = folder / "r.sock"
        process = stack.enter_context(_redis(folder, socket))
        redis_url = f"unix://{socket}"
        redis, store = redis_client(redis_url), Store(settings.sqlalchemy_url)
        try:
            await _answers(redis)
            yield Rig(folder, store, redis, redis_url, process, url)
        finally:
            await redis.aclose()
            await store.close()


@contextmanager
def _redis(folder: Path, socket: Path) -> Iterator[psutil.Process]:
    process = psutil.Popen(redis_command(find_redis_server(), folder, socket), stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


async def _answers(redis: Redis) -> None:
    for _ in range(100):
        try:
            await redis.ping()
        except Exception as error:  # it comes up: connection refused, no socket yet, loading
            if "Connection" not in type(error).__name__ and "Busy" not in type(error).__name__:
                raise
            await asyncio.sleep(0.05)
        else:
            return


@dataclass(frozen=True)
class Run:
    """What came of sending: messages, refusals, and the seconds from the first to the last message at the server."""

    messages: int
    refused: int
    seconds: float

    def share_of(self, rate: float) -> float:
        """The share of a limit's own rate."""
        return (self.messages - 1) / rate / self.seconds if self.seconds else 0.0


async def until_sent(server: Server, wanted: int, *, limit_s: float = 600) -> Run:
    """Wait until the server has taken so many messages more than none; looked at often enough for the figure's third digit."""
    first_s: float | None = None
    async with asyncio.timeout(limit_s):
        while True:
            messages, refused, now_s = await server.messages()
            if messages and first_s is None:
                first_s = now_s
            if messages >= wanted and first_s is not None:
                return Run(messages, refused, now_s - first_s)
            await asyncio.sleep(0.02 if first_s is None or wanted - messages < 60 else 0.5)


def cpu_s(processes: list[psutil.Process]) -> float:
    """CPU seconds that processes have used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def now_s() -> float:
    """A monotonic clock."""
    return time.monotonic()
