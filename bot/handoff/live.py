"""Live pages: one reader of the database for all open pages of this process, and only while there are any."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.handoff.desk import Desk
from bot.store.schema import handoff_cases, handoff_messages

logger = logging.getLogger(__name__)

READS_EVERY_S = 1.0


class LiveDesk:
    """Tells pages that something changed at the desk; what, they ask for themselves, each with its own rights."""

    def __init__(self, desk: Desk, *, every_s: float = READS_EVERY_S) -> None:
        self._store = desk.parts.store
        self._every_s = every_s
        self._changed: asyncio.Condition = asyncio.Condition()
        self._mark = ""
        self._pages = 0
        self._task: asyncio.Task[None] | None = None

    async def watch(self) -> AsyncIterator[str | None]:
        """A mark that changes with the desk: now, and whenever it changed; None about every 15 s without a change."""
        self._pages += 1
        try:
            seen = self._mark = await self._read()
            yield seen
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._read_on())
            while True:
                if await self._changes_from(seen):
                    seen = self._mark
                    yield seen
                else:
                    yield None
        finally:
            self._pages -= 1

    async def _changes_from(self, seen: str) -> bool:
        """Wait for another mark; False when there is none for 15 s."""
        try:
            async with asyncio.timeout(15.0), self._changed:
                await self._changed.wait_for(lambda: self._mark != seen)
        except TimeoutError:
            return False
        return True

    async def _read_on(self) -> None:
        while self._pages:
            await asyncio.sleep(self._every_s)
            try:
                mark = await self._read()
            except SQLAlchemyError as error:
                logger.warning("desk not read: %s", type(error).__name__)
                continue
            if mark != self._mark:
                async with self._changed:
                    self._mark = mark
                    self._changed.notify_all()

    async def _read(self) -> str:
        query = select(
            select(func.max(handoff_cases.c.changed_at)).scalar_subquery(),
            select(func.max(handoff_messages.c.seq)).scalar_subquery(),
            select(func.count(handoff_messages.c.released_at)).scalar_subquery(),
        )
        async with self._store.read() as connection:
            changed_at, newest, released = (await connection.execute(query)).one()
        return f"{changed_at}/{newest}/{released}"
