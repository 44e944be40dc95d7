"""The queue: Redis Streams, one for each lane of each channel, an entry for many ids; acknowledged after the work and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.delivery.model import Lane

GROUP = "workers"
_IDS_PER_ENTRY = 25
_ENTRIES_PER_ROUND_TRIP = 400
_LANES = (Lane.EMERGENCY, Lane.REPLY, Lane.TRANSACTIONAL, Lane.BULK)
_EPOCH = "kouan:epoch"


@dataclass(frozen=True)
class Entry:
    """What a consumer got: the entry's id in the stream, and the deliveries in it."""

    id: bytes
    deliveries: list[int]


def stream_of(lane: Lane, channel: str) -> str:
    """The stream of one lane of one channel: a channel that stands still holds up no other."""
    return f"kouan:deliveries:{lane}:{channel}"


class DeliveryQueue:
    """Ids of deliveries on their way to a worker. The database is the truth: what Redis loses is queued again from there.

    channels: those that workers serve. Deliveries of another go to the first one's streams, whose worker says that theirs is off.
    """

    def __init__(self, redis: Redis, consumer: str, channels: Sequence[str]) -> None:
        self._redis = redis
        self._consumer = consumer
        self.channels = tuple(channels)
        self._streams = {(lane, channel): stream_of(lane, channel) for lane in _LANES for channel in channels}

    async def prepare(self) -> bool:
        """Make streams and groups where they are missing; True when Redis was empty of ours: it is new, or was wiped."""
        pipeline = self._redis.pipeline(transaction=False)
        for stream in self._streams.values():
            pipeline.xgroup_create(stream, GROUP, id="0", mkstream=True)
        for answer in await pipeline.execute(raise_on_error=False):
            if isinstance(answer, Exception) and not (isinstance(answer, ResponseError) and "BUSYGROUP" in str(answer)):
                raise answer
        return bool(await self._redis.set(_EPOCH, "1", nx=True))

    async def put(self, lane: Lane, channel: str, ids: Sequence[int]) -> None:
        """Queue ids, many in an entry and few round trips."""
        stream = self._streams.get((lane, channel)) or self._streams[lane, self.channels[0]]
        step = _IDS_PER_ENTRY * _ENTRIES_PER_ROUND_TRIP
        for begin in range(0, len(ids), step):
            pipeline = self._redis.pipeline(transaction=False)
            for start in range(begin, min(begin + step, len(ids)), _IDS_PER_ENTRY):
                pipeline.xadd(stream, {"ids": ",".join(map(str, ids[start : start + _IDS_PER_ENTRY]))})
            await pipeline.execute()

    async def take(self, lane: Lane, channel: str, *, entries: int, block_ms: int) -> list[Entry]:
        """Entries that nobody has yet. Waits up to block_ms for the first (0: not at all)."""
        streams: dict[Any, Any] = {self._streams[lane, channel]: ">"}
        answer: Any = await self._redis.xreadgroup(
            GROUP, self._consumer, streams, count=entries, block=block_ms or None
        )
        return [
            Entry(entry, [int(i) for i in fields[b"ids"].split(b",")])
            for _, items in answer or []
            for entry, fields in items
        ]

    async def depths(self) -> dict[tuple[Lane, str], int]:
        """Entries in each stream, those in somebody's hands included."""
        pipeline = self._redis.pipeline(transaction=False)
        for stream in self._streams.values():
            pipeline.xlen(stream)
        lengths = await pipeline.execute()
        return dict(zip(self._streams, map(int, lengths), strict=True))

    async def is_empty(self) -> bool:
        """Whether no entry waits or is in anybody's hands."""
        return not any((await self.depths()).values())

    async def done(self, lane: Lane, channel: str, entries: Iterable[bytes]) -> None:
        """Acknowledge entries and delete them: acknowledging alone would leave them in memory for ever."""
        stream, ids = self._streams[lane, channel], list(entries)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.xack(stream, GROUP, *ids)
        pipeline.xdel(stream, *ids)
        await pipeline.execute()

    async def clear_abandoned(self, idle_ms: int) -> int:
        """Delete entries whose consumer died with them; their deliveries are queued again from the database."""
        cleared = 0
        for (lane, channel), stream in self._streams.items():
            answer: Any = await self._redis.xautoclaim(stream, GROUP, self._consumer, idle_ms, count=100)
            entries = [entry for entry, _ in answer[1]]
            if entries:
                await self.done(lane, channel, entries)
                cleared += len(entries)
        return cleared

    async def forget_consumers(self, alive: Iterable[str]) -> None:
        """Take consumers off the groups that are not alive and have nothing in hand."""
        kept = {name.encode() for name in alive} | {self._consumer.encode()}
        for stream in self._streams.values():
            for consumer in await self._redis.xinfo_consumers(stream, GROUP):
                if consumer["name"] not in kept and not consumer["pending"]:
                    await self._redis.xgroup_delconsumer(stream, GROUP, consumer["name"])

    async def leave(self) -> None:
        """Take this consumer off the groups."""
        for stream in self._streams.values():
            await self._redis.xgroup_delconsumer(stream, GROUP, self._consumer)
