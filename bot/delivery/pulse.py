"""Whose heart stopped: judged by how long it was seen to stand still, never by comparing two clocks.

A worker writes the time of its own clock with each beat. That time is only looked at for whether it changed: a clock that is set
forward by an hour, or differs from another machine's, would otherwise make the living look dead, and their messages go out twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

_STEP_S = 5.0


class Hearts:
    """What this process saw of the others' hearts. monotonic: seconds of a clock that nobody sets."""

    def __init__(self, dead_after: timedelta, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._dead_after_s = dead_after.total_seconds()
        self._monotonic = monotonic
        self._seen: dict[str, tuple[datetime, float]] = {}

    def stopped(self, beats: Mapping[str, datetime]) -> list[str]:
        """Workers that were seen without a beat for so long. beats: the last of each, by its own clock."""
        now_s = self._monotonic()
        for worker, beat_at in beats.items():
            known = self._seen.get(worker)
            if known is None or known[0] != beat_at:
                self._seen[worker] = (beat_at, now_s)
        for worker in self._seen.keys() - beats.keys():
            del self._seen[worker]
        return sorted(worker for worker, (_, since_s) in self._seen.items() if now_s - since_s > self._dead_after_s)


class SteadyClock:
    """Tells whether the clock was set within the last so many seconds: then an age that was worked out with it means nothing."""

    def __init__(self, doubt: timedelta, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._doubt_s = doubt.total_seconds()
        self._monotonic = monotonic
        self._last: tuple[datetime, float] | None = None
        self._set_at_s: float | None = None

    def is_steady(self, now: datetime) -> bool:
        """Whether ages up to the doubt may be believed. now: of the clock that may be set."""
        now_s = self._monotonic()
        if self._last is not None:
            step_s = (now - self._last[0]).total_seconds() - (now_s - self._last[1])
            if abs(step_s) > _STEP_S:
                self._set_at_s = now_s
        self._last = (now, now_s)
        return self._set_at_s is None or now_s - self._set_at_s > self._doubt_s
