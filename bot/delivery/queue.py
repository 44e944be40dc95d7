"""The queue: Redis Streams, one for each lane, an entry for many ids; acknowledged after the work, then deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.delivery.model import Lane

GROUP = "workers"
_IDS_PER_ENTRY = 25
_LANES = (Lane.EMERGENCY, Lane.REPLY, Lane.TRANSACTIONAL, Lane.BULK)
_EPOCH = "kouan:epoch"


def stream_of(lane: Lane) -> str:
    """The lane's stream."""
    return f"kouan:deliveries:{lane}"


class DeliveryQueue:
    """Ids of deliveries on their way to a worker. The database is the truth: what Redis loses is queued again from there."""

    def __init__(self, redis: Redis, consumer: str) -> None:
        self._redis = redis
        self._consumer = consumer

    async def prepare(self) -> bool:
        """Make streams and groups where they are missing; True when Redis was empty of ours: it is new, or was wiped."""
        for lane in _LANES:
            try:
                await self._redis.xgroup_create(stream_of(lane), GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        return bool(await self._redis.set(_EPOCH, "1", nx=True))

    async def put(self, lane: Lane, ids: Sequence[int]) -> None:
        """Queue ids, many in an entry and all in one round trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for start in range(0, len(ids), _IDS_PER_ENTRY):
            batch = ",".join(str(number) for number in ids[start : start + _IDS_PER_ENTRY])
            pipeline.xadd(stream_of(lane), {"ids": batch})
        await pipeline.execute()

    async def take(self, lanes: Iterable[Lane], *, entries: int, block_ms: int) -> list[tuple[Lane, bytes, list[int]]]:
        """Entries that nobody has yet: lane, entry id, delivery ids. Waits up to block_ms (0: not at all)."""
        streams: dict[Any, Any] = {stream_of(lane): ">" for lane in lanes}
        answer: Any = await self._redis.xreadgroup(
            GROUP, self._consumer, streams, count=entries, block=block_ms or None
        )
        found = []
        for stream, items in answer or []:
            lane = Lane(stream.decode().rpartition(":")[2])
            found += [(lane, entry, [int(i) for i in fields[b"ids"].split(b",")]) for entry, fields in items]
        return found

    async def is_empty(self) -> bool:
        """Whether no entry waits or is in anybody's hands."""
        lengths = [await self._redis.xlen(stream_of(lane)) for lane in _LANES]
        return not any(lengths)

    async def done(self, lane: Lane, entries: Sequence[bytes]) -> None:
        """Acknowledge entries and delete them: acknowledging alone would leave them in memory for ever."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.xack(stream_of(lane), GROUP, *entries)
        pipeline.xdel(stream_of(lane), *entries)
        await pipeline.execute()

    async def clear_abandoned(self, idle_ms: int) -> int:
        """Delete entries whose consumer died with them; their deliveries are queued again from the database."""
        cleared = 0
        for lane in _LANES:
            answer: Any = await self._redis.xautoclaim(stream_of(lane), GROUP, self._consumer, idle_ms, count=100)
            entries = [entry for entry, _ in answer[1]]
            if entries:
                await self.done(lane, entries)
                cleared += len(entries)
        return cleared

    async def leave(self) -> None:
        """Take this consumer off the groups."""
        for lane in _LANES:
            await self._redis.xgroup_delconsumer(stream_of(lane), GROUP, self._consumer)
