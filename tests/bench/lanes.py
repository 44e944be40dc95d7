"""`lanes`: how long a clearance push takes to the channel during a broadcast."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence

from bot.delivery.model import CauseKind, Lane
from tests.bench.figures import Figure, percentile
from tests.bench.rig import bot_api, now_s, rig

_PUSHES = 60
_EVERY_S = 0.5
_FIRST_CHAT = 9_000_000


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """Pushes during a broadcast at 30/s, two workers, 50 ms round trip; beside them the broadcast's own wait for its turn."""
    parser = argparse.ArgumentParser(prog="kouan bench lanes")
    parser.add_argument("--size", type=int, default=3000, help="10000 for the full size")
    recipients = parser.parse_args(options).size
    async with bot_api("--latency-ms", "25") as server, rig() as engine:
        await engine.seed(recipients)
        for number in range(_PUSHES):
            await engine.seed(1, topic=f"push{number}", first_chat=_FIRST_CHAT + number)
        async with engine.workers(server, 2):
            await engine.announce("n1")
            await asyncio.sleep(5)
            progress(f"lanes: {_PUSHES} pushes during a broadcast to {recipients}")
            accepted = []
            for number in range(_PUSHES):
                await engine.announce(f"c{number}", Lane.TRANSACTIONAL, f"push{number}", CauseKind.CLEARANCE)
                accepted.append(now_s())
                await asyncio.sleep(_EVERY_S)
            await asyncio.sleep(5)
            waits = []
            for number in range(_PUSHES):
                sent, _ = await server.call("sent", chat_id=_FIRST_CHAT + number)
                # One that never came would be a wait without end.
                waits.append(sent[0]["at_monotonic_s"] - accepted[number] if sent else float("inf"))
    queue_ms = recipients / 30 * 1000
    return [
        Figure(
            f"p{share} accepted to the channel",
            percentile(waits, share / 100) * 1000,
            "ms",
            "behind the broadcast in one queue",
            queue_ms,
        )
        for share in (50, 95)
    ]
