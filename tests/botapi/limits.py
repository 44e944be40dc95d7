"""Telegram's three limits: over all chats, a private chat, a group."""

from __future__ import annotations

import math
from collections import deque
from typing import Protocol

from tests.botapi.options import Options


class _Limit(Protocol):
    def wait_s(self, now_s: float) -> float:
        """Seconds until one more message fits; 0 when it fits now."""
        ...

    def take(self, now_s: float) -> None:
        """Count one message."""
        ...


class SlidingWindow:
    """At most `count` messages within any last `span_s` seconds."""

    def __init__(self, count: int, span_s: float) -> None:
        self._count = count
        self._span_s = span_s
        self._taken: deque[float] = deque()

    def wait_s(self, now_s: float) -> float:
        while self._taken and self._taken[0] <= now_s - self._span_s:
            self._taken.popleft()
        return 0.0 if len(self._taken) < self._count else self._taken[0] + self._span_s - now_s

    def take(self, now_s: float) -> None:
        self._taken.append(now_s)


class TokenBucket:
    """`burst` messages at once, then one every `interval_s` seconds."""

    def __init__(self, burst: int, interval_s: float) -> None:
        self._burst = burst
        self._interval_s = interval_s
        self._full_at_s = -math.inf  # moment at which the bucket is full again

    def wait_s(self, now_s: float) -> float:
        ahead_s = max(self._full_at_s, now_s) - now_s
        # A hair of tolerance: sums of floats must not refuse a message that comes at its very moment.
        return max(0.0, ahead_s - (self._burst - 1) * self._interval_s - 1e-9)

    def take(self, now_s: float) -> None:
        self._full_at_s = max(self._full_at_s, now_s) + self._interval_s


class Limits:
    """All limits of one bot. A refusal names whole seconds, and until they are over everything it covers is refused."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._chats: dict[int, _Limit] = {}
        self._silent_until_s: dict[int | None, float] = {}
        self._overall = self._make_overall()
        self.refused = 0

    def _make_overall(self) -> _Limit | None:
        rate = self._options.rate_per_s
        if rate <= 0:
            return None
        if self._options.window == "bucket":
            return TokenBucket(max(1, round(rate)), 1 / rate)
        return SlidingWindow(max(1, round(rate)), 1.0)

    def _chat(self, chat_id: int) -> _Limit | None:
        limit = self._chats.get(chat_id)
        if limit is None:
            make = self._make_group if chat_id < 0 else self._make_private
            limit = make()
            if limit is not None:
                self._chats[chat_id] = limit
        return limit

    def _make_group(self) -> _Limit | None:
        return SlidingWindow(self._options.group_per_min, 60.0) if self._options.group_per_min > 0 else None

    def _make_private(self) -> _Limit | None:
        interval_s = self._options.chat_interval_s
        return TokenBucket(self._options.chat_burst, interval_s) if interval_s > 0 else None

    def refusal_s(self, chat_id: int, now_s: float) -> int:
        """Count one message to `chat_id`; 0, or the whole seconds of `retry_after` when it is refused and not counted."""
        checks: list[tuple[int | None, _Limit | None]] = [(chat_id, self._chat(chat_id)), (None, self._overall)]
        waits = [self._wait_s(scope, limit, now_s) for scope, limit in checks]
        longest_s = max(waits)
        if longest_s > 0:
            self.refused += 1
            return math.ceil(longest_s)
        for _, limit in checks:
            if limit is not None:
                limit.take(now_s)
        return 0

    def _wait_s(self, scope: int | None, limit: _Limit | None, now_s: float) -> float:
        if limit is None:
            return 0.0
        silent_s = self._silent_until_s.get(scope, 0.0) - now_s
        if silent_s > 0:
            return silent_s
        wait_s = limit.wait_s(now_s)
        if wait_s > 0:
            wait_s = float(math.ceil(wait_s))
            self._silent_until_s[scope] = now_s + wait_s
        return wait_s
