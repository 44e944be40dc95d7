"""Whether this machine's worker lives: `python -m bot.launch.heartbeat` ends with 0 or 1.

A worker has no port to ask; it writes its heartbeat to the database. A container's health check runs this.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from datetime import datetime

from sqlalchemy import func, select

from bot.clock import utc_now
from bot.delivery.service import DEAD_AFTER
from bot.settings import load_settings
from bot.store.engine import Store
from bot.store.schema import workers


async def beats_here(store: Store, host: str, now: datetime) -> bool:
    """Whether a worker that was started on this host said lately that it lives."""
    # A worker's id begins with its host's name: see DeliveryWorker.
    of_host = workers.c.id.startswith(f"{host[:30]}-", autoescape=True)
    async with store.read() as connection:
        beat_at = await connection.scalar(select(func.max(workers.c.beat_at)).where(of_host))
    return beat_at is not None and now - beat_at < DEAD_AFTER


async def check() -> bool:
    """Ask the configured database."""
    store = Store(load_settings().sqlalchemy_url)
    try:
        return await beats_here(store, socket.gethostname(), utc_now())
    finally:
        await store.close()


if __name__ == "__main__":
    sys.exit(not asyncio.run(check()))
