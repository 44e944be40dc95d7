"""Live counts: one reader for all open pages of this process, and only while there are any."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from bot.notices.queries import NoticeQueries, NoticeStatus

logger = logging.getLogger(__name__)

READS_EVERY_S = 1.0


class LiveCounts:
    """Tells pages how far the delivery of a notice is, whenever it changed. The database is read once a second for all."""

    def __init__(self, queries: NoticeQueries, *, every_s: float = READS_EVERY_S) -> None:
        self._queries = queries
        self._every_s = every_s
        self._watchers: dict[str, set[asyncio.Queue[NoticeStatus]]] = {}
        self._last: dict[str, NoticeStatus] = {}
        self._task: asyncio.Task[None] | None = None
        self.reads = 0

    async def watch(self, notice_id: str) -> AsyncIterator[NoticeStatus | None]:
        """The status now and each time it changes; None about every 15 s without a change. Raises NotFoundError."""
        yield await self._queries.status(notice_id)
        # Of several changes that a slow page has not taken yet, it needs the last alone.
        queue: asyncio.Queue[NoticeStatus] = asyncio.Queue(maxsize=1)
        self._watchers.setdefault(notice_id, set()).add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_on())
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), 15.0)
                except TimeoutError:
                    yield None
        finally:
            self._watchers[notice_id].discard(queue)
            if not self._watchers[notice_id]:
                del self._watchers[notice_id]
                self._last.pop(notice_id, None)

    async def _read_on(self) -> None:
        while self._watchers:
            await asyncio.sleep(self._every_s)
            try:
                statuses = await self._queries.statuses(list(self._watchers))
            except SQLAlchemyError as error:
                logger.warning("live counts not read: %s", type(error).__name__)
                continue
            self.reads += 1
            for status in statuses:
                self._tell(status)

    def _tell(self, status: NoticeStatus) -> None:
        notice_id = status.notice.id
        if self._last.get(notice_id) == status:
            return
        self._last[notice_id] = status
        for queue in self._watchers.get(notice_id, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(status)
