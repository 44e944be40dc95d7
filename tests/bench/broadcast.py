"""`broadcast`: the share of an enforced limit that is used, and what it costs in refusals; beside it what bots use today."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from telegram import Bot
from telegram.error import RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from tests.bench.figures import Figure
from tests.bench.rig import Run, Server, bot_api, rig, until_sent
from tests.botapi.options import DEFAULT_TOKEN

RATE = 30.0
JITTERS_MS = (0, 5, 20, 50)
_LATENCY_MS = 25  # each way
_AT_ONCE = 4
_OTHERS = 600
_HOT_S = 30
_MESSAGE_MAX_S = 400.0


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """Sliding window and token bucket at four jitters, four of the eight at a time (each uses a few per cent of a core)."""
    parser = argparse.ArgumentParser(prog="kouan bench broadcast")
    parser.add_argument("--size", type=int, default=2000, help="3000 for the full size")
    recipients = parser.parse_args(options).size
    figures: list[Figure] = []
    progress(f"broadcast: {_OTHERS} by the alternatives")
    limiter, gathered, hot_limiter = await asyncio.gather(
        _theirs(_by_limiter), _theirs(_gathered), _theirs(_by_limiter, hot=True)
    )
    for window in ("sliding", "bucket"):
        progress(f"broadcast: {recipients} recipients, two workers, {window} window, jitter {JITTERS_MS} ms")
        runs = await asyncio.gather(*(_ours(window, jitter, recipients) for jitter in JITTERS_MS))
        for jitter, ours in zip(JITTERS_MS, runs, strict=True):
            beside = limiter if (window, jitter) == ("sliding", 0) else None
            figures += _both(f"{window} window, jitter {jitter} ms", ours, beside, "AIORateLimiter")
    progress("broadcast: one hot chat")
    hot = await _ours("sliding", 0, min(recipients, _OTHERS), hot=True)
    figures += _both("sliding window, one hot chat", hot, hot_limiter, "AIORateLimiter")
    figures += _both("the same again beside gathered sends", hot, gathered, "50 sends gathered, no hot chat")
    return figures


def _both(name: str, ours: Run, theirs: Run | None, alternative: str) -> list[Figure]:
    beside = alternative if theirs else None
    share = round(theirs.share_of(RATE) * 100, 1) if theirs else None
    return [
        Figure(f"{name}: of the limit", ours.share_of(RATE) * 100, "%", beside, share),
        Figure(f"{name}: refusals", ours.refused, "429s", beside, float(theirs.refused) if theirs else None),
    ]


@asynccontextmanager
async def _server(window: str, jitter_ms: float) -> AsyncIterator[Server]:
    options = ("--rate", str(RATE), "--window", window, "--latency-ms", str(_LATENCY_MS), "--jitter-ms", str(jitter_ms))
    async with bot_api(*options, "--counters-only") as server:
        yield server


async def _ours(window: str, jitter_ms: float, recipients: int, *, hot: bool = False) -> Run:
    async with _server(window, jitter_ms) as server, rig() as engine:
        await engine.seed(recipients)
        if hot:
            await server.call("fault", kind="429", chat_id=1000 + recipients // 10, retry_after_s=_HOT_S)
        async with engine.workers(server, 2):
            await engine.announce("n1")
            # The hot chat's own message comes when its time is over; the others are what is measured.
            return await until_sent(server, recipients - hot, limit_s=_MESSAGE_MAX_S)


async def _theirs(send: Callable[[Server], Coroutine[Any, Any, None]], *, hot: bool = False) -> Run:
    async with _server("sliding", 0) as server:
        if hot:
            await server.call("fault", kind="429", chat_id=1060, retry_after_s=_HOT_S)
        task = asyncio.create_task(send(server))
        try:
            return await until_sent(server, _OTHERS - hot, limit_s=_MESSAGE_MAX_S)
        finally:
            task.cancel()
            await asyncio.wait([task])


def _request() -> HTTPXRequest:
    return HTTPXRequest(connection_pool_size=60, pool_timeout=120)


async def _by_limiter(server: Server) -> None:
    limiter = AIORateLimiter(overall_max_rate=RATE, overall_time_period=1, max_retries=20)
    bot: ExtBot[int] = ExtBot(DEFAULT_TOKEN, base_url=f"{server.url}/bot", request=_request(), rate_limiter=limiter)
    async with bot:
        await asyncio.gather(*(_until_taken(bot, chat) for chat in range(1000, 1000 + _OTHERS)))


async def _gathered(server: Server) -> None:
    gate = asyncio.Semaphore(50)

    async def one(bot: Bot, chat: int) -> None:
        async with gate:
            await _until_taken(bot, chat)

    bot = Bot(DEFAULT_TOKEN, base_url=f"{server.url}/bot", request=_request())
    async with bot:
        await asyncio.gather(*(one(bot, chat) for chat in range(1000, 1000 + _OTHERS)))


async def _until_taken(bot: Bot, chat: int) -> None:
    """As bots do it: wait as long as a refusal says, and try again."""
    while True:
        try:
            await bot.send_message(chat, "notice")
        except RetryAfter as error:
            wait = error.retry_after
            await asyncio.sleep(wait if isinstance(wait, int | float) else wait.total_seconds())
        except TelegramError:
            await asyncio.sleep(1)
        else:
            return
