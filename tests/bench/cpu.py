"""`cpu`: processor time for each delivered message, and the rate of one worker against a sink without limits."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from telegram import Bot

from bot.channels.model import Reply
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.store import PayloadStore
from bot.settings import TelegramSettings
from tests.bench.figures import Figure
from tests.bench.rig import TEXT, Server, bot_api, cpu_s, now_s, rig, until_sent
from tests.botapi.options import DEFAULT_TOKEN

_SINK = ("--rate", "0", "--chat-interval-s", "0", "--group-per-min", "0", "--counters-only")
_AT_ONCE = 50
_NO_LIMIT = 5000.0  # well above what one process can send: the sink has no limit, so the engine is not to keep to one


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """Engine, queue and database (worker and Redis) beside a bare loop of python-telegram-bot, in one run."""
    parser = argparse.ArgumentParser(prog="kouan bench cpu")
    parser.add_argument("--size", type=int, default=4000)
    count = parser.parse_args(options).size
    progress(f"cpu: {count // 4} by python-telegram-bot, one after the other")
    async with bot_api(*_SINK) as server:
        bare_ms = await _bare(server, count // 4)
    progress(f"cpu: {count} by our channel alone")
    async with bot_api(*_SINK) as server:
        alone_ms = await _alone(server, count)
    progress(f"cpu: {count} by one worker")
    engine_ms, rate = await _engine(count)
    beside = "bare loop of send_message"
    return [
        Figure("send alone, CPU a message", alone_ms, "ms", beside, bare_ms),
        Figure("engine, queue, database, CPU a message", engine_ms, "ms", beside, bare_ms),
        Figure("one worker against a sink", rate, "1/s"),
    ]


async def _bare(server: Server, count: int) -> float:
    async with Bot(DEFAULT_TOKEN, base_url=f"{server.url}/bot") as bot:
        await bot.send_message(1, TEXT)
        began = time.process_time()
        for chat in range(1000, 1000 + count):
            await bot.send_message(chat, TEXT)
        return (time.process_time() - began) / count * 1000


async def _alone(server: Server, count: int) -> float:
    async with rig() as engine:
        settings = TelegramSettings.model_validate({"token": DEFAULT_TOKEN, "api_url": server.url})
        channel = TelegramChannel(settings, PayloadStore(engine.store, lambda: datetime.now(UTC)))
        message, gate = Reply(text=TEXT), asyncio.Semaphore(_AT_ONCE)

        async def one(chat: int) -> None:
            async with gate:
                await channel.send(str(chat), message, language="zh-Hans")

        await one(1)
        began = time.process_time()
        await asyncio.gather(*(one(chat) for chat in range(1000, 1000 + count)))
        used_s = time.process_time() - began
        await channel.close()
        return used_s / count * 1000


async def _engine(count: int) -> tuple[float, float]:
    async with bot_api(*_SINK) as server, rig() as engine:
        await engine.seed(count)
        async with engine.workers(server, 1, rate=_NO_LIMIT) as workers:
            processes = [*workers, engine.redis_process]
            before, began = cpu_s(processes), now_s()
            await engine.announce("n1")
            await until_sent(server, count, limit_s=300)
            seconds = now_s() - began
            return (cpu_s(processes) - before) / count * 1000, count / seconds
