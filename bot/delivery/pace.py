"""The limits of a channel, shared by all workers through Redis: one script decides who may send when.

Evenly paced, never in bursts, and a little under the limit: at a strict window a fixed pace of exactly the limit falls off a
cliff (a refusal costs whole seconds), while 0.95 of it holds at 20 ms of jitter.
"""

from __future__ import annotations

import asyncio
import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.ports import Channel
from bot.delivery.model import Lane
from bot.people.model import conversation_key

logger = logging.getLogger(__name__)

PACE_SHARE = 0.95

# How far ahead of now a lane may reserve a slot. Bulk takes only a slot that is free right now, so whoever comes in a higher
# lane waits for one slot at most; higher lanes may queue up and push bulk back.
_HORIZON_MS = {Lane.EMERGENCY: 60_000, Lane.REPLY: 60_000, Lane.TRANSACTIONAL: 5_000, Lane.BULK: 0}

# KEYS: pause of the channel, pause of the chat, next slot of the channel, next slot of the chat
# ARGV: interval of the channel in microseconds (0: none), interval of the chat in microseconds, horizon in microseconds
# Returns {1, wait} when a slot was reserved (microseconds until it), {0, wait} when not (microseconds until the next try).
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
for i = 1, 2 do
  local left = redis.call('PTTL', KEYS[i])
  if left > 0 then return {0, left * 1000} end
end
local chat = tonumber(redis.call('GET', KEYS[4]) or '0')
local slot = math.max(now, tonumber(redis.call('GET', KEYS[3]) or '0'))
local horizon = tonumber(ARGV[3])
if chat > slot then
  -- The chat must wait longer than the channel: nobody else's slot is spent on it.
  return {0, chat - now}
end
if slot - now > horizon then return {0, slot - now - horizon} end
if tonumber(ARGV[1]) > 0 then
  redis.call('SET', KEYS[3], string.format('%.0f', slot + ARGV[1]), 'PX', math.ceil((slot - now + ARGV[1]) / 1000) + 1000)
end
if tonumber(ARGV[2]) > 0 then
  redis.call('SET', KEYS[4], string.format('%.0f', slot + ARGV[2]), 'PX', math.ceil((slot - now + ARGV[2]) / 1000) + 1)
end
return {1, slot - now}
"""


class Pace:
    """Permits to send."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)

    async def take(
        self, channel: str, address_id: str, lane: Lane, *, rate_per_s: float | None, chat_interval_s: float, cost: int
    ) -> tuple[bool, float]:
        """Ask for a slot. cost: messages that will be sent.

        Returns (True, seconds until the reserved slot) or (False, seconds until the next try is worth it). Raises RedisError.
        """
        interval_us = 0 if rate_per_s is None else int(cost * 1_000_000 / (rate_per_s * PACE_SHARE))
        granted, wait_us = await self._take(
            keys=[
                f"kouan:pause:{channel}",
                f"kouan:pause:{channel}:{address_id}",
                f"kouan:pace:{channel}",
                f"kouan:pace:{channel}:{address_id}",
            ],
            args=[interval_us, int(cost * chat_interval_s * 1_000_000), _HORIZON_MS[lane] * 1000],
        )
        return bool(granted), int(wait_us) / 1_000_000

    async def pause(self, channel: str, address_id: str | None, seconds: float) -> None:
        """Keep silent towards one chat, or (address_id None) on the whole channel, exactly as long as it asked for."""
        name = f"kouan:pause:{channel}" + (f":{address_id}" if address_id else "")
        await self._redis.set(name, 1, px=max(1, int(seconds * 1000)))


class SharedReplyPermits:
    """The limits for answers to people: they queue ahead of bulk, and are never held back for want of Redis."""

    def __init__(self, pace: Pace, channel: Channel) -> None:
        self._pace = pace
        self._channel = channel

    async def wait(self, channel: str, address: str, messages: int) -> None:
        """See ReplyPermits.wait."""
        abilities = self._channel.abilities
        while True:
            try:
                granted, wait_s = await self._pace.take(
                    channel,
                    conversation_key(channel, address),
                    Lane.REPLY,
                    rate_per_s=abilities.rate_per_s,
                    chat_interval_s=abilities.chat_interval_s,
                    cost=messages,
                )
            except RedisError as error:
                # A few answers over the limit cost a 429 at worst; no answer costs the person their question.
                logger.warning("answer without a permit: %s", type(error).__name__)
                return
            await asyncio.sleep(wait_s)
            if granted:
                return
