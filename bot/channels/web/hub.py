"""The open pages of this process, and who wakes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot import metrics
from bot.channels.web.channel import WAKE_CHANNEL

logger = logging.getLogger(__name__)

_SILENCE_S = 10.0
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 15.0


class OpenPage:
    """One connected page. replaced: too many pages of its conversation are open, and this one is the oldest."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.replaced = False
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Something may have come; waking twice before the page looked is the same as once."""
        self._event.set()

    async def woken(self) -> None:
        """Wait until something may have come."""
        await self._event.wait()
        self._event.clear()


class WebHub:
    """Knows the open pages of this process and wakes those of a conversation, so that an idle page costs no query.

    One Redis subscription serves all pages. While Redis is away, pages are woken by what this process itself keeps; when
    it is back all are woken once, since anything may have come meanwhile.
    pages_max: open pages a conversation may have in this process; one more closes the oldest, which is mostly a phone
    that lost its network and has not noticed.
    """

    def __init__(self, redis: Redis, *, pages_max: int = 5) -> None:
        self._redis = redis
        self._pages_max = pages_max
        self._pages: dict[str, list[OpenPage]] = {}

    @property
    def open_pages(self) -> int:
        """How many pages are open in this process."""
        return sum(len(pages) for pages in self._pages.values())

    @contextmanager
    def page(self, key: str) -> Iterator[OpenPage]:
        """A page of a conversation, open while the context lasts."""
        pages = self._pages.setdefault(key, [])
        page = OpenPage(key)
        pages.append(page)
        for oldest in [other for other in pages if not other.replaced][: -self._pages_max]:
            oldest.replaced = True
            oldest.wake()
        metrics.web_pages.inc()
        try:
            yield page
        finally:
            metrics.web_pages.dec()
            pages.remove(page)
            if not pages and self._pages.get(key) is pages:
                del self._pages[key]

    def wake(self, key: str) -> None:
        """Wake the pages of a conversation that are open in this process."""
        for page in self._pages.get(key, ()):
            page.wake()

    async def publish(self, key: str) -> None:
        """Wake the pages of a conversation in every process. Redis away: those of this process alone, with a warning."""
        self.wake(key)
        try:
            await self._redis.publish(WAKE_CHANNEL, key)
        except RedisError as error:
            logger.warning("pages elsewhere not woken: %s", type(error).__name__)

    async def listen(self) -> None:
        """Wake pages as Redis tells. Runs until cancelled; survives Redis being away, asking again ever more slowly."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(WAKE_CHANNEL)
                    # Until the confirmation nothing is subscribed; what came before it is found by waking all.
                    await subscription.get_message(timeout=_SILENCE_S)
                    self._wake_all()
                    wait_s = _FIRST_WAIT_S
                    while True:
                        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=_SILENCE_S)
                        if message is not None:
                            self.wake(_text(message["data"]))
            except (RedisError, OSError) as error:
                logger.warning("no word from Redis, asking again in %.2f s: %s", wait_s, type(error).__name__)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    def _wake_all(self) -> None:
        for key in self._pages:
            self.wake(key)


def _text(data: str | bytes) -> str:
    return data.decode("ascii", "replace") if isinstance(data, bytes) else data
