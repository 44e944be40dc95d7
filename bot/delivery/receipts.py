"""Receipts, collected for a moment and written together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.delivery.store import Receipt


class ReceiptWriter:
    """Collects receipts for a moment and writes them in one transaction. collect_s: how long, seconds."""

    def __init__(self, write: Callable[[list[Receipt]], Awaitable[None]], *, collect_s: float = 0.02) -> None:
        self._write = write
        self._collect_s = collect_s
        self._waiting: list[tuple[Receipt, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, receipt: Receipt) -> None:
        """Returns when the receipt is stored. Raises what the database raised."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, stored))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())
        await stored

    async def _flush(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._collect_s)
            batch, self._waiting = self._waiting, []
            try:
                await self._write([receipt for receipt, _ in batch])
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
            else:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)
