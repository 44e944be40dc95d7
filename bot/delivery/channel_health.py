"""Whether a channel works: shares of failed and slow sends over a window, shared by all workers through Redis."""

from __future__ import annotations

import logging
import time
from collections import Counter

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SLOW_S = 5.0  # a slow channel is a failing channel
_SLICE_S = 10
_SLICES = 6  # the window is a minute
_FEWEST = 8  # sends in the window before anything is concluded
_FAILING_SHARE = 0.5


class ChannelHealth:
    """Counts sends of this process and knows all processes' counts, at most a second old.

    Without Redis every channel counts as working: then nothing is sent anyway.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._counted: Counter[tuple[str, str]] = Counter()
        self._failing: frozenset[str] = frozenset()

    def note(self, channel: str, took_s: float, *, answered: bool) -> None:
        """One send: how long it took, and whether the channel answered (a refusal of the message is an answer)."""
        self._counted[channel, "good" if answered and took_s < SLOW_S else "bad"] += 1

    def is_failing(self, channel: str) -> bool:
        """Whether at least half of the last minute's sends failed or were slow."""
        return channel in self._failing

    async def exchange(self, channels: tuple[str, ...]) -> None:
        """Add this process's counts to the shared ones and read those; called about once a second."""
        counted, self._counted = self._counted, Counter()
        now_slice = int(time.time()) // _SLICE_S
        pipeline = self._redis.pipeline(transaction=False)
        for (channel, result), number in counted.items():
            name = f"kouan:health:{channel}:{now_slice}"
            pipeline.hincrby(name, result, number)
            pipeline.expire(name, _SLICE_S * (_SLICES + 2))
        writes = 2 * len(counted)
        for channel in channels:
            for back in range(_SLICES):
                pipeline.hmget(f"kouan:health:{channel}:{now_slice - back}", "good", "bad")
        try:
            answers = (await pipeline.execute())[writes:]
        except RedisError:
            self._counted.update(counted)
            raise
        failing = set()
        for place, channel in enumerate(channels):
            slices = answers[place * _SLICES : (place + 1) * _SLICES]
            good, bad = (sum(int(values[column] or 0) for values in slices) for column in (0, 1))
            if good + bad >= _FEWEST and bad >= _FAILING_SHARE * (good + bad):
                failing.add(channel)
        for channel in failing - self._failing:
            logger.error("channel %s is failing", channel, extra={"channel": channel})
        for channel in self._failing - failing:
            logger.warning("channel %s works again", channel, extra={"channel": channel})
        self._failing = frozenset(failing)
