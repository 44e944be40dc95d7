"""Asks Telegram for updates: stores them, and only then lets Telegram forget them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.store import InboundStore
from bot.channels.telegram.updates import ALLOWED_UPDATES
from bot.errors import ChannelError, ConflictError, RateLimitedError

logger = logging.getLogger(__name__)

_LONGEST_WAIT_S = 60.0


class Poller:
    """Long polling until it is cancelled. on_stored: called after new updates were stored. timeout_s: of one long poll."""

    def __init__(
        self,
        channel: TelegramChannel,
        store: InboundStore,
        on_stored: Callable[[], None],
        *,
        timeout_s: int = 30,
        backoff_base_s: float = 1.0,
    ) -> None:
        self._channel = channel
        self._store = store
        self._on_stored = on_stored
        self._timeout_s = timeout_s
        self._backoff_base_s = backoff_base_s
        self._failures = 0
        self.problem: str | None = None

    async def run(self) -> None:
        """Poll until cancelled; network errors, refusals and a database that is away are waited out.

        `problem` holds in one sentence what keeps updates from arriving, None while they do.
        """
        offset: int | None = None
        webhook_gone = False
        while True:
            try:
                if not webhook_gone:
                    await self._channel.delete_webhook()
                    webhook_gone = True
                offset = await self._once(offset)
                if self.problem is not None:
                    logger.info("updates arrive again")
                self._failures, self.problem = 0, None
            except ConflictError as error:
                webhook_gone = False  # the other one may be a webhook
                await self._wait(
                    "Another process polls with this bot token, or a webhook is set; stop the other one. "
                    f"Telegram says: {error}",
                    None,
                )
            except ChannelError as error:
                wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
                await self._wait(f"Telegram cannot be reached: {error}", wait_s)
            except Exception:
                logger.exception("updates not stored")  # top of a process loop
                await self._wait("Updates cannot be stored.", None)

    async def _once(self, offset: int | None) -> int | None:
        timeout_s = self._timeout_s if self.problem is None else 0  # the first one after a failure answers at once
        updates = await self._channel.updates(offset=offset, timeout_s=timeout_s, allowed=ALLOWED_UPDATES)
        if not updates:
            return offset
        if await self._store.add(updates):
            self._on_stored()
        return max(int(update["update_id"]) for update in updates) + 1

    async def _wait(self, problem: str, wait_s: float | None) -> None:
        self._failures += 1
        backoff_s = min(self._backoff_base_s * 2 ** min(self._failures - 1, 10), _LONGEST_WAIT_S)
        log = logger.error if problem != self.problem else logger.warning
        self.problem = problem
        log("no updates, again in %.1f s: %s", wait_s or backoff_s, problem)
        await asyncio.sleep(wait_s or backoff_s)
