"""What staff and other rooms may do with causes in flight: see how far they are, hold, slow down, stop, send again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import causes
from bot.delivery import store as delivery_store
from bot.delivery.model import Cause, DeadLetter, DeliveryProgress, Lane
from bot.delivery.outbox import Outbox
from bot.delivery.pace import PACE_SHARE
from bot.delivery.sweeper import DEAD_AFTER
from bot.delivery.worker import DeliveryWorker
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.store.engine import Store

__all__ = ["DEAD_AFTER", "DeliveryService", "DeliveryWorker"]

RATE_MIN_PER_S, RATE_MAX_PER_S = 0.01, 1000.0


class DeliveryService:
    """Use cases on causes that were handed to delivery. rates: messages a second by channel; None: no limit.

    Who may do it is the caller's to ask, and the act is the caller's to record.
    """

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, rates: Mapping[str, float | None]) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._rates = rates

    async def progress(self, cause: Cause) -> DeliveryProgress:
        """How far a cause is, and when it is expected to end. Raises NotFoundError."""
        async with self._store.read() as connection:
            row = await self._find(connection, cause)
            counts = await delivery_store.counts_of(connection, cause.kind, cause.id)
            waiting = await causes.open_by_channel(connection, row.id)
            ahead = await causes.open_before(connection, row.id, Lane(row.lane)) if waiting else {}
        stands_still = row.paused_at is not None or row.state == "cancelled" or not waiting
        return DeliveryProgress(
            counts=counts,
            resolved=row.state != "pending",
            paused=row.paused_at is not None,
            cancelled=row.state == "cancelled",
            rate_per_s=row.rate_per_s,
            expected_end_at=None if stands_still else self._expected_end(waiting, ahead, row.rate_per_s),
        )

    def duration_of(self, recipients: Mapping[str, int], rate_per_s: float | None = None) -> timedelta:
        """How long a cause would take that has so many recipients on each channel, with nothing else under way."""
        return self._expected_end(recipients, {}, rate_per_s) - self._clock()

    def _expected_end(self, waiting: Mapping[str, int], ahead: Mapping[str, int], rate_per_s: float | None) -> datetime:
        own_s = sum(waiting.values()) / rate_per_s if rate_per_s else 0.0
        channels_s = [
            (number + ahead.get(channel, 0)) / (rate * PACE_SHARE)
            for channel, number in waiting.items()
            if (rate := self._rates.get(channel)) is not None
        ]
        return self._clock() + timedelta(seconds=max([own_s, *channels_s]))

    async def pause(self, cause: Cause) -> None:
        """Hold a cause still; what is in a worker's hand at this moment still goes out. Raises NotFoundError, ConflictError."""
        async with self._store.write() as connection:
            row = await self._in_flight(connection, cause)
            await causes.set_paused(connection, row.id, row.paused_at or self._clock())

    async def resume(self, cause: Cause) -> None:
        """Let a cause go on. Without effect on one that is not paused. Raises NotFoundError, ConflictError."""
        async with self._store.write() as connection:
            row = await self._in_flight(connection, cause)
            if row.paused_at is not None:
                await causes.set_paused(connection, row.id, None)
        await self._outbox.wake()

    async def set_rate(self, cause: Cause, rate_per_s: float | None) -> None:
        """Slow a cause down to its own pace; None: the channel's again. The channel's limit holds in any case.

        Raises NotFoundError, ConflictError, InvalidInputError.
        """
        if rate_per_s is not None and not RATE_MIN_PER_S <= rate_per_s <= RATE_MAX_PER_S:
            message = f"A pace has {RATE_MIN_PER_S} to {RATE_MAX_PER_S:.0f} messages a second."
            raise InvalidInputError([Fault("rate_per_s", "range", message)])
        async with self._store.write() as connection:
            row = await self._in_flight(connection, cause)
            await causes.set_rate(connection, row.id, rate_per_s, self._clock())
        await self._outbox.wake()

    async def stop(self, cause: Cause) -> int:
        """Call back what was not sent yet, for good; returns how many deliveries were cancelled. Raises NotFoundError."""
        async with self._store.write() as connection:
            await self._find(connection, cause)
            return await delivery_store.cancel_cause(connection, cause.kind, cause.id, self._clock())

    async def dead_letters(
        self, *, cause: Cause | None = None, before: int | None = None, limit: int = 100
    ) -> list[DeadLetter]:
        """Deliveries that failed for good, the newest first. before: the last id of the page before."""
        async with self._store.read() as connection:
            return await causes.dead_letters(connection, cause=cause, before=before, limit=limit)

    async def send_again(self, ids: Sequence[int]) -> list[int]:
        """Try failed deliveries anew; returns those that were opened (failed, and their cause not called back)."""
        async with self._store.write() as connection:
            opened = await causes.send_again(connection, ids, self._clock())
        await self._outbox.wake()
        return opened

    async def _in_flight(self, connection: AsyncConnection, cause: Cause) -> Row[Any]:
        row = await self._find(connection, cause)
        if row.state == "cancelled":
            raise ConflictError("This was called back.", state="cancelled")
        return row

    async def _find(self, connection: AsyncConnection, cause: Cause) -> Row[Any]:
        row = await causes.find(connection, cause)
        if row is None:
            raise NotFoundError("cause")
        return row
