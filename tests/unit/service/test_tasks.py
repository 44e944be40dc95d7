"""A task that is to end, ends."""

from __future__ import annotations

import asyncio
import contextlib

from redis.asyncio import Redis

from bot.channels.web.hub import WebHub
from bot.tasks import end


async def test_a_task_that_swallows_a_cancellation_ends_too() -> None:
    swallowed = []

    async def stubborn() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        swallowed.append(True)
        await asyncio.sleep(60)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 5)

    assert (task.cancelled(), swallowed) == (True, [True])


async def test_a_task_that_failed_or_is_done_is_left_as_it_is() -> None:
    async def fails() -> None:
        raise RuntimeError("on its own")

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    await end(task)

    assert isinstance(task.exception(), RuntimeError)


async def test_who_listens_to_redis_ends_while_it_connects(redis: Redis) -> None:
    for_how_long_s = (0.0, 0.0003, 0.0006, 0.001, 0.0015, 0.002, 0.003)

    async def listen(seconds: float) -> bool:
        task = asyncio.create_task(WebHub(redis).listen())
        await asyncio.sleep(seconds)
        await asyncio.wait_for(end(task), 10)
        return task.done()

    assert all([await listen(seconds) for seconds in for_how_long_s])
