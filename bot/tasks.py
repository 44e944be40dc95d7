"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any

_ASK_AGAIN_S = 0.2


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended, however it ends.

    Asks again and again: a library may swallow a cancellation, as redis-py does while it connects, and a loop that
    outlives errors would then go on for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_ASK_AGAIN_S)
