"""One turn at a time in each conversation: Rasa's tracker is not safe against two at once."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_POLL_S = 0.03
_REDIS_S = 1.0  # a Redis that hangs costs a turn two seconds at most, and not the client's own patience


class LocalLocks:
    """Locks among the tasks of this process; a lock that nobody holds or awaits is forgotten."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """See ConversationLocks.hold."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)


class SharedLocks:
    """Locks among all service processes, through Redis; local ones come first, so that one process asks Redis once.

    life_s: seconds after which a lock falls by itself, when its process died. While Redis is away only this process's own
    turns are kept apart: a person who writes twice at the same moment to two processes may then get two answers, which
    is better than none.
    """

    def __init__(self, redis: Redis, *, life_s: float) -> None:
        self._redis = redis
        self._life_ms = int(life_s * 1000)
        self._local = LocalLocks()
        self._release = redis.register_script(_RELEASE)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """See ConversationLocks.hold."""
        name, mark = f"kouan:turn:{key}", secrets.token_hex(8)
        async with self._local.hold(key):
            taken = await self._take(name, mark)
            try:
                yield
            finally:
                if taken:
                    await self._give_back(name, mark)

    async def _take(self, name: str, mark: str) -> bool:
        waited_s = 0.0
        while waited_s * 1000 < self._life_ms:
            try:
                async with asyncio.timeout(_REDIS_S):
                    if await self._redis.set(name, mark, nx=True, px=self._life_ms):
                        return True
            except (RedisError, TimeoutError) as error:
                logger.warning("turn without a shared lock: %s", type(error).__name__)
                return False
            await asyncio.sleep(_POLL_S)
            waited_s += _POLL_S
        return False

    async def _give_back(self, name: str, mark: str) -> None:
        try:
            async with asyncio.timeout(_REDIS_S):
                await self._release(keys=[name], args=[mark])
        except (RedisError, TimeoutError) as error:
            logger.warning("shared lock left to expire: %s", type(error).__name__)
