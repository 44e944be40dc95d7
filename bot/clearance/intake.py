"""Group commit: reports that arrive together are kept in one transaction, and each is answered for itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from bot.clearance.model import ClearanceEvent
from bot.clearance.taking import TAKEN_AT_ONCE, EventResult

logger = logging.getLogger(__name__)

Take = Callable[[Sequence[ClearanceEvent]], Awaitable[list[EventResult]]]
_Submission = tuple[Sequence[ClearanceEvent], "asyncio.Future[list[EventResult]]"]


class Intake:
    """Collects what comes while a transaction is being written, and for a moment before the first.

    A commit waits for the disk, and costs as much for one report as for hundreds. collect_s: the moment, seconds.
    """

    def __init__(self, take: Take, *, collect_s: float = 0.001) -> None:
        self._take = take
        self._collect_s = collect_s
        self._waiting: list[_Submission] = []
        self._task: asyncio.Task[None] | None = None

    async def take(self, events: Sequence[ClearanceEvent]) -> list[EventResult]:
        """Returns when the reports are kept for good: one result for each. Raises what the database raised."""
        kept: asyncio.Future[list[EventResult]] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, kept))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        await asyncio.sleep(self._collect_s)
        while self._waiting:
            group = self._next_group()
            try:
                results = await self._take([event for events, _ in group for event in events])
            except Exception as error:
                await self._one_by_one(group, error)
                continue
            start = 0
            for events, kept in group:
                _settle(kept, results[start : start + len(events)])
                start += len(events)

    def _next_group(self) -> list[_Submission]:
        size = count = 0
        for events, _ in self._waiting:
            if count and size + len(events) > TAKEN_AT_ONCE:
                break
            size += len(events)
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _one_by_one(self, group: Sequence[_Submission], error: Exception) -> None:
        """What went wrong for a group may lie in one of them: the others must not pay for it."""
        if len(group) == 1:
            _fail(group[0][1], error)
            return
        logger.warning("a group of %d is written one by one: %s", len(group), type(error).__name__)
        for events, kept in group:
            try:
                _settle(kept, await self._take(events))
            except (SQLAlchemyError, OSError) as own:
                _fail(kept, own)


def _settle(kept: asyncio.Future[list[EventResult]], results: list[EventResult]) -> None:
    if not kept.done():
        kept.set_result(results)


def _fail(kept: asyncio.Future[list[EventResult]], error: Exception) -> None:
    if not kept.done():
        kept.set_exception(error)
