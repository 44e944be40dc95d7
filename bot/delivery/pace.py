"""The limits of a channel, shared by all workers and the web process through Redis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from redis.asyncio import Redis

from bot.channels.model import Abilities
from bot.delivery.model import Lane
from bot.delivery.pace_script import CHANNEL_WAITS, CHAT_WAITS, GRANTED, PAUSE, REFUSED, TAKE
from bot.errors import RateLimitedError

_LANE_NUMBERS = {Lane.EMERGENCY: 1, Lane.REPLY: 2, Lane.TRANSACTIONAL: 3, Lane.BULK: 4}

PACE_SHARE = 0.95  # of a channel's rate: what an estimate of a duration counts on; the pace itself is learned

# How far ahead a slot is given away: it bridges the ways to Redis and back, and is the longest that a higher lane waits for it.
_AHEAD_S = 0.02

# Telegram counts at its own clock: two messages sent just a second apart may arrive a little closer.
_CHAT_RESERVE = 1.03


@dataclass(frozen=True)
class Demand:
    """One message that wants to go out. permit: a name for it, unique; cost: messages it becomes on the channel."""

    permit: str
    lane: Lane
    address_id: str
    cost: int = 1
    is_group: bool = False


class Verdict(Enum):
    """What became of a demand."""

    GRANTED = GRANTED
    CHANNEL_WAITS = CHANNEL_WAITS
    CHAT_WAITS = CHAT_WAITS


@dataclass(frozen=True)
class Answer:
    """wait_s: until the slot, when granted; else until the next try is worth it (for a chat: its place in its own line)."""

    verdict: Verdict
    wait_s: float


@dataclass(frozen=True)
class Finished:
    """A permit whose message was answered. reached_s_ago: it had reached the server by then, seconds before now."""

    permit: str
    reached_s_ago: float


class Pace:
    """Permits to send on one channel. Every method raises RedisError when Redis is away."""

    def __init__(self, redis: Redis, channel: str, abilities: Abilities) -> None:
        self._abilities = abilities
        self._state = f"kouan:pace:{channel}"
        self._pause = f"kouan:pause:{channel}"
        self._take = redis.register_script(TAKE)
        self._set_pause = redis.register_script(PAUSE)
        self._refused = redis.register_script(REFUSED)

    @property
    def limited(self) -> bool:
        """Whether the channel has any limit; without one nobody needs a permit."""
        abilities = self._abilities
        return abilities.rate_per_s is not None or abilities.chat_interval_s > 0 or abilities.group_per_min is not None

    async def take(
        self, demands: Sequence[Demand], finished: Sequence[Finished] = (), *, spread_s: float = 0.1
    ) -> list[Answer]:
        """Ask for slots for several messages at once; the answers come in their order.

        spread_s: how much longer than the quickest an answer usually takes; a message without an answer counts so long.
        A chat that must wait spends nobody's slot. Within one call a higher lane goes first, save for the shares that
        lower lanes keep.
        """
        abilities = self._abilities
        arguments: list[Any] = [abilities.rate_per_s or 0, int(_AHEAD_S * 1e6), int(spread_s * 1e6), len(finished)]
        for item in finished:
            arguments += (item.permit, int(item.reached_s_ago * 1e6))
        interval_us = int(abilities.chat_interval_s * _CHAT_RESERVE * 1e6)
        order = sorted(range(len(demands)), key=lambda place: _LANE_NUMBERS[demands[place].lane])
        for place in order:
            demand = demands[place]
            per_min = (abilities.group_per_min or 0) if demand.is_group else 0
            arguments += (
                demand.permit,
                _LANE_NUMBERS[demand.lane],
                demand.cost,
                interval_us,
                per_min,
                demand.address_id,
            )
        raw = await self._take(keys=[self._state, self._pause], args=arguments)
        answers: list[Answer] = [Answer(Verdict.CHANNEL_WAITS, 0.0)] * len(demands)
        for number, place in enumerate(order):
            answers[place] = Answer(Verdict(int(raw[2 * number])), int(raw[2 * number + 1]) / 1e6)
        return answers

    async def pause(self, address_id: str | None, seconds: float) -> None:
        """Keep silent towards one chat, or (None) on the whole channel, so long; a longer silence that holds stays."""
        name = self._pause + (f":{address_id}" if address_id else "")
        await self._set_pause(keys=[name], args=[max(1, int(seconds * 1000))])

    async def refused(self, address_id: str, error: RateLimitedError) -> bool:
        """The channel refused a message for its limit: keep silent as long as it says, and step back.

        Returns whether the whole channel is silent now, or that chat alone.
        """
        wait_ms = max(1, int(error.retry_after_s * 1000))
        arguments: list[Any] = [address_id, wait_ms, error.scope, self._abilities.rate_per_s or 0]
        return bool(await self._refused(keys=[self._state, self._pause], args=arguments))
