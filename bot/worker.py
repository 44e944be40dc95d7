"""The worker process: deliveries, and what falls due. `python -m bot.worker` runs it."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import uvloop

from bot.bootstrap import open_worker
from bot.logs import configure_logging
from bot.settings import Settings, load_settings
from bot.store.migrate import migrate


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    await migrate(settings)
    async with open_worker(settings) as worker:
        running = asyncio.create_task(worker.run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await running
        finally:
            await worker.close()


def main() -> None:
    """Entry point of the worker's process."""
    settings = load_settings()
    configure_logging(settings)
    uvloop.run(work(settings))


if __name__ == "__main__":
    main()
