"""What the answers' times tell: the latest moment at which a message had reached the server."""

from __future__ import annotations

import math
from collections.abc import Callable

_WINDOW_S = 60.0
_FEWEST = 10  # the first ones open connections and warm up what lies on the way
_EXCESS_AT_FIRST_S = 0.02
_SHARE = 0.02  # of the running averages, once there are that many
_RESERVE = 1.5  # over the root of the number seen, of the usual excess: the quickest way may not have been seen yet


class RoundTrips:
    """Learns the quickest way there and back of the last one to two minutes, and how far answers usually exceed it.

    A message answered at moment r had reached the server by r minus the way back; a message sent at s reaches it at the
    earliest at s plus the way there. Both ways together are the quickest round trip: so a message counts, for the one that
    takes its place, as if it had reached the server `quickest` before its answer, whatever the two ways are by themselves.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._current: float | None = None
        self._before: float | None = None
        self._since_s = monotonic()
        self._seen = self._seen_before = 0
        self._excess_s = _EXCESS_AT_FIRST_S
        self._peak_s = 0.05

    def note(self, took_s: float) -> None:
        """One answer, `took_s` after its message was sent."""
        now = self._monotonic()
        if now - self._since_s > _WINDOW_S:
            self._before, self._current, self._since_s = self._current, None, now
            self._seen_before, self._seen = self._seen, 0
        self._seen += 1
        self._current = took_s if self._current is None else min(self._current, took_s)
        excess = took_s - self._quickest_s()
        self._excess_s += max(_SHARE, 1 / (self._seen + self._seen_before + 1)) * (excess - self._excess_s)
        self._peak_s = max(excess, self._peak_s + _SHARE * (excess - self._peak_s))

    def _quickest_s(self) -> float:
        known = [value for value in (self._current, self._before) if value is not None]
        return min(known, default=0.0)

    @property
    def certain_s(self) -> float:
        """A message had reached the server so long before its answer came, seconds."""
        seen = self._seen + self._seen_before
        if seen < _FEWEST:
            return 0.0
        # The quickest of n that are each two ways of any length up to J (whose mean is J) exceeds the truth by 1.25 J / √n.
        reserve_s = _RESERVE / math.sqrt(seen) * self._excess_s
        return max(0.0, self._quickest_s() - reserve_s)

    @property
    def spread_s(self) -> float:
        """How much longer than the quickest the slow ones of late took, seconds, at most 1."""
        return min(1.0, self._peak_s)
