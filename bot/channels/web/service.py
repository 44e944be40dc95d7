"""Use cases of the web chat's inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.channels.web import store as web_store
from bot.channels.web.store import WebMessage
from bot.clock import Clock
from bot.store.engine import Store

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
FORGETS_EVERY = timedelta(days=1)

_READS_AT_ONCE = 4


class WebInbox:
    """What a conversation's pages were sent, kept so that a page that was away gets it.

    Keys are conversation keys; their address must be kept already (see PeopleService.meet).
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # All pages are woken at once when Redis comes back; they queue here and leave connections to the questions.
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)

    async def keep(self, key: str, ref: str, payloads: Sequence[dict[str, Any]]) -> list[WebMessage]:
        """Keep the replies to one message, all or none. What is kept under that ref already stays as it is.

        ref: at most 60 characters. Returns what is kept under it, in order.
        """
        async with self._store.write() as connection:
            now = self._clock()
            for number, payload in enumerate(payloads):
                await web_store.put(connection, key, "reply", f"{ref}:{number}", payload, now)
            return await web_store.by_ref(connection, key, f"{ref}:")

    async def kept(self, key: str, ref: str) -> list[WebMessage]:
        """The replies kept under a ref, in order; empty when there are none."""
        async with self._store.read() as connection:
            return await web_store.by_ref(connection, key, f"{ref}:")

    async def after(self, key: str, seq: int, limit: int) -> list[WebMessage]:
        """The messages after a number, oldest first, at most `limit`."""
        async with self._reads, self._store.read() as connection:
            return await web_store.after(connection, key, seq, limit)

    async def start(self, key: str, seq: int | None, history: int) -> tuple[int, int]:
        """Where a page that knows everything up to `seq` goes on, and the newest number there is.

        None, or a number that was never given out here: so that the last `history` messages come again.
        """
        async with self._reads, self._store.read() as connection:
            newest = await web_store.newest(connection, key)
            if seq is None or seq > newest:
                seq = await web_store.before_last(connection, key, history)
        return seq, newest


async def forget_old_messages(store: Store, clock: Clock) -> int:
    """Delete what pages were sent more than 30 days ago; returns how many messages. Meant to run once a day."""
    async with store.write() as connection:
        return await web_store.forget_before(connection, clock() - KEPT_FOR)


class InboxRetention:
    """Forgets old messages when the process starts and once a day from then on; `tick` is called far more often."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._next_at: datetime | None = None

    async def tick(self) -> None:
        """Forget when it is time. Database errors pass through; the next tick tries again."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            return
        forgotten = await forget_old_messages(self._store, self._clock)
        self._next_at = now + FORGETS_EVERY
        if forgotten:
            logger.info("old messages of the web chat forgotten", extra={"count": forgotten})
