"""The promise with a meter: 95 % are handed to the channel within 10 s of acceptance, outside quiet hours.

Measured from the row that accepted the cause to the channel's receipt, for each message that a channel took, and kept a day. Bulk
is counted as well and shown beside, since a channel's own limit makes a broadcast to thousands last longer than that.
Source of the idea: GOV.UK Notify's performance page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, delete, extract, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.model import CauseKind, DeliveryState, Lane
from bot.store.engine import Store
from bot.store.schema import deliveries, outbox, promise_days

WITHIN_S = 10.0
SHARE = 0.95
PROMISED = (Lane.EMERGENCY, Lane.REPLY, Lane.TRANSACTIONAL)
_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class PromiseDay:
    """One day: messages that a channel took, and how many of them in time; of the lanes promised, and of bulk."""

    day: date
    handed: int = 0
    in_time: int = 0
    bulk_handed: int = 0
    bulk_in_time: int = 0

    @property
    def share(self) -> float | None:
        """0..1; None on a day without messages."""
        return self.in_time / self.handed if self.handed else None


class PromiseMeter:
    """Counts days and reads them. zone: whose days."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._next_at: datetime | None = None

    async def tick(self) -> None:
        """Count today and yesterday anew, every five minutes; `tick` is called far more often."""
        now = self._clock()
        if self._next_at is not None and self._next_at - _EVERY <= now < self._next_at:
            return
        today = now.astimezone(self._zone).date()
        for day in (today - timedelta(days=1), today):
            await self.count(day)
        self._next_at = now + _EVERY

    async def count(self, day: date) -> None:
        """Count one day; again gives the same."""
        begin = datetime.combine(day, time(), self._zone)
        end = datetime.combine(day + timedelta(days=1), time(), self._zone)
        now = self._clock()
        async with self._store.read() as connection:
            counted = await _counted(connection, begin, end)
        async with self._store.write() as connection:
            await connection.execute(delete(promise_days).where(promise_days.c.day == day.isoformat()))
            if counted:
                await connection.execute(
                    insert(promise_days),
                    [{"day": day.isoformat(), "computed_at": now, **line} for line in counted],
                )

    async def days(self, number: int = 30) -> list[PromiseDay]:
        """The last days, the oldest first, today the last; a day without messages has zeros."""
        today = self._clock().astimezone(self._zone).date()
        first = today - timedelta(days=number - 1)
        found: dict[str, dict[str, int]] = {}
        async with self._store.read() as connection:
            rows = await connection.execute(select(promise_days).where(promise_days.c.day >= first.isoformat()))
            for row in rows:
                prefix = "" if row.lane in PROMISED else "bulk_"
                line = found.setdefault(row.day, {})
                for name, count in (("handed", row.handed), ("in_time", row.in_time)):
                    line[prefix + name] = line.get(prefix + name, 0) + count
        every = [first + timedelta(days=step) for step in range(number)]
        return [PromiseDay(day, **found.get(day.isoformat(), {})) for day in every]


def _seconds_between(connection: AsyncConnection, later: Any, earlier: Any) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return extract("epoch", later - earlier)
    return (func.julianday(later) - func.julianday(earlier)) * literal(86_400.0)


async def _counted(connection: AsyncConnection, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    took_s = _seconds_between(connection, deliveries.c.sent_at, outbox.c.created_at)
    rows = await connection.execute(
        select(deliveries.c.lane, func.count(), func.sum(case((took_s <= WITHIN_S, 1), else_=0)))
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.sent_at >= begin,
            deliveries.c.sent_at < end,
            deliveries.c.held_until.is_(None),
            outbox.c.cause_kind != CauseKind.CANARY.value,  # nobody's notification
        )
        .group_by(deliveries.c.lane)
    )
    return [{"lane": lane, "handed": number, "in_time": int(in_time or 0)} for lane, number, in_time in rows]
