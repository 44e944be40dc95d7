"""A copy of each conversation in Redis, so that another Rasa process goes on where this one stopped."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_PREFIX = "rasa:conversation:"
_TIMEOUT_S = 0.5
_PAUSE_S = 5.0


class SharedConversations:
    """Serialised conversations by sender. Without Redis nothing is found and nothing kept, and nobody waits for it.

    url: Redis address. expiry_s: seconds after which a copy is forgotten. clock: monotonic seconds.
    """

    def __init__(self, url: str, expiry_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Connects on first use. Calls block for a fraction of a millisecond, for half a second at worst and then not again soon:
        less than a turn's own work in this process, and the asynchronous client of this version hangs at the loop's end.
        """
        self._redis = Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        self._expiry_s = max(1, int(expiry_s))
        self._clock = clock
        self._away_until_s = float("-inf")

    def get(self, sender_id: str) -> str | None:
        """The copy; empty when the talk was erased; None when there is none or Redis is away."""
        if self._clock() < self._away_until_s:
            return None
        try:
            packed = self._redis.get(_PREFIX + sender_id)
        except (RedisError, OSError) as error:
            self._is_away(error)
            return None
        if packed is None:
            return None
        # bot/people/erasure.py leaves an empty copy, so that no process goes on with the one that it has itself.
        return zlib.decompress(packed).decode() if packed else ""

    def put(self, sender_id: str, serialised: str) -> None:
        """Keep a copy; while Redis is away there is none."""
        if self._clock() < self._away_until_s:
            return
        try:
            self._redis.set(_PREFIX + sender_id, zlib.compress(serialised.encode(), 1), ex=self._expiry_s)
        except (RedisError, OSError) as error:
            self._is_away(error)

    def _is_away(self, error: Exception) -> None:
        # Each turn would wait for it in vain: for a while it is left alone.
        self._away_until_s = self._clock() + _PAUSE_S
        logger.warning("Redis is away (%s); conversations are kept in this process alone.", type(error).__name__)
