"""What a conversation said last, kept in Redis for two hours: shown to staff only when the person agrees, else forgotten.

Redis away or wiped: there is nothing to show, and nobody is offered a person unasked; the talk itself goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_KEPT_S = 2 * 3600
_MESSAGES_MOST = 20
_TEXT_MOST = 1500
_MISSES_FOR_OFFER = 2
_MISSES_KEPT_S = 1800


class TalkMemory:
    """See the module. Keys are conversation keys."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def remember(self, key: str, said: Sequence[tuple[str, str]], topic: str | None) -> None:
        """Keep what was said, in order: (person or bot, text); and the topic of the last answer, where it has one."""
        name = f"kouan:talk:{key}"
        lines = [orjson.dumps({"who": who, "text": text[:_TEXT_MOST]}) for who, text in said]
        try:
            pipe = self._redis.pipeline(transaction=False)
            if lines:
                pipe.rpush(name, *lines)
                pipe.ltrim(name, -_MESSAGES_MOST, -1)
                pipe.expire(name, _KEPT_S)
            if topic:
                pipe.set(f"{name}:topic", topic, ex=_KEPT_S)
            await pipe.execute()
        except RedisError as error:
            logger.warning("talk not remembered: %s", type(error).__name__)

    async def recall(self, key: str) -> list[dict[str, str]]:
        """What was said, oldest first: who, text; empty when nothing is left."""
        try:
            lines = await self._redis.lrange(f"kouan:talk:{key}", 0, -1)
        except RedisError as error:
            logger.warning("talk not recalled: %s", type(error).__name__)
            return []
        return [orjson.loads(line) for line in lines]

    async def topic(self, key: str) -> str | None:
        """The topic of the last answer, or None."""
        try:
            topic = await self._redis.get(f"kouan:talk:{key}:topic")
        except RedisError as error:
            logger.warning("topic not recalled: %s", type(error).__name__)
            return None
        return topic.decode() if isinstance(topic, bytes) else topic

    async def forget(self, key: str) -> None:
        """Forget all of it."""
        name = f"kouan:talk:{key}"
        try:
            await self._redis.delete(name, f"{name}:topic", f"{name}:misses")
        except RedisError as error:
            logger.warning("talk not forgotten: %s", type(error).__name__)

    async def missed(self, key: str) -> bool:
        """The bot was no help once more; True when a person should be offered: after two misses, once for each two."""
        name = f"kouan:talk:{key}:misses"
        try:
            count = await self._redis.incr(name)
            await self._redis.expire(name, _MISSES_KEPT_S)
            if count < _MISSES_FOR_OFFER:
                return False
            await self._redis.delete(name)
        except RedisError as error:
            logger.warning("misses not counted: %s", type(error).__name__)
            return False
        return True

    async def helped(self, key: str) -> None:
        """The bot was of help: misses before count no longer."""
        try:
            await self._redis.delete(f"kouan:talk:{key}:misses")
        except RedisError as error:
            logger.warning("misses not cleared: %s", type(error).__name__)
