"""`python -m tests.botapi`: the local Bot API server as a process of its own, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys

from tests.botapi.options import DEFAULT_TOKEN, Options
from tests.botapi.server import BotApiServer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.botapi", description="A local Telegram Bot API server.")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one; it is printed")
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--rate", type=float, default=30, help="messages a second over all chats; 0: no limit")
    parser.add_argument("--window", choices=["sliding", "bucket"], default="sliding")
    parser.add_argument("--chat-interval-s", type=float, default=1.0, help="0: no limit for private chats")
    parser.add_argument("--chat-burst", type=int, default=3)
    parser.add_argument("--group-per-min", type=int, default=20, help="0: no limit for groups")
    parser.add_argument("--latency-ms", type=float, default=0, help="each way")
    parser.add_argument("--jitter-ms", type=float, default=0, help="each way, uniform from 0")
    parser.add_argument("--strict-chats", action="store_true", help="only chats that wrote are known")
    parser.add_argument("--counters-only", action="store_true", help="do not remember messages")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    options = Options(
        token=arguments.token,
        rate_per_s=arguments.rate,
        window=arguments.window,
        chat_interval_s=arguments.chat_interval_s,
        chat_burst=arguments.chat_burst,
        group_per_min=arguments.group_per_min,
        latency_ms=arguments.latency_ms,
        jitter_ms=arguments.jitter_ms,
        strict_chats=arguments.strict_chats,
        keep_sent=not arguments.counters_only,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = BotApiServer(options)
    await server.start(arguments.port)
    sys.stdout.write(f"ready {server.url}\n")
    sys.stdout.flush()
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    gc.set_threshold(100_000, 50, 50)  # what is sent stays referenced; collecting it again and again only costs
    asyncio.run(_serve(_arguments()))
