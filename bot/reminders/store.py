"""SQL of reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Audience, AudienceKind
from bot.people.model import new_id
from bot.reminders.model import Plan, ReminderKind, ReminderState
from bot.store.schema import reminders


def _of(kind: ReminderKind, object_id: str, audience: Audience | None) -> list[Any]:
    chosen = [reminders.c.kind == kind, reminders.c.object_id == object_id]
    if audience is not None:
        chosen += [reminders.c.audience_kind == audience.kind, reminders.c.audience_target == audience.target]
    return chosen


async def of_date(
    connection: AsyncConnection, kind: ReminderKind, object_id: str, audience: Audience
) -> dict[int, Row[Any]]:
    """The reminders of one date for one audience, by offset in minutes."""
    rows = await connection.execute(select(reminders).where(*_of(kind, object_id, audience)))
    return {row.offset_minutes: row for row in rows}


async def add(
    connection: AsyncConnection,
    kind: ReminderKind,
    object_id: str,
    audience: Audience,
    planned: Plan,
    text: tuple[str, Mapping[str, str]],
    now: datetime,
) -> None:
    """Keep a new reminder. text: key and values."""
    await connection.execute(
        reminders.insert().values(
            id=new_id(),
            kind=kind,
            object_id=object_id,
            audience_kind=audience.kind,
            audience_target=audience.target,
            offset_minutes=int(planned.offset.total_seconds() // 60),
            at=planned.due_at + planned.offset,
            due_at=planned.due_at,
            text_key=text[0],
            text_values=dict(text[1]),
            state=planned.state,
            revision=1,
            created_at=now,
            changed_at=now,
        )
    )


async def change(connection: AsyncConnection, reminder_id: str, now: datetime, **values: Any) -> None:
    """Change a reminder that the caller's transaction holds."""
    await connection.execute(update(reminders).where(reminders.c.id == reminder_id).values(changed_at=now, **values))


async def cancel(
    connection: AsyncConnection, kind: ReminderKind, object_id: str, audience: Audience | None, now: datetime
) -> int:
    """Cancel what waits for a date; returns how many. audience: None for all."""
    done = await connection.execute(
        update(reminders)
        .where(*_of(kind, object_id, audience), reminders.c.state == ReminderState.WAITING)
        .values(state=ReminderState.CANCELLED, changed_at=now)
    )
    return done.rowcount


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Ids of those that are due, the longest due first."""
    return list(
        await connection.scalars(
            select(reminders.c.id)
            .where(reminders.c.state == ReminderState.WAITING, reminders.c.due_at <= now)
            .order_by(reminders.c.due_at)
            .limit(limit)
        )
    )


async def take(connection: AsyncConnection, reminder_id: str, now: datetime) -> Row[Any] | None:
    """Fire a reminder that is still due; None when another did, or its date moved meanwhile."""
    row: Row[Any] | None = (
        await connection.execute(
            update(reminders)
            .where(
                reminders.c.id == reminder_id,
                reminders.c.state == ReminderState.WAITING,
                reminders.c.due_at <= now,
            )
            .values(state=ReminderState.FIRED, fired_at=now, changed_at=now)
            .returning(reminders)
        )
    ).one_or_none()
    return row


async def has_later_due(connection: AsyncConnection, row: Row[Any], now: datetime) -> bool:
    """Whether a reminder closer to the same date waits and is due as well: one of them is enough."""
    audience = Audience(AudienceKind(row.audience_kind), row.audience_target)
    found = await connection.scalar(
        select(reminders.c.id)
        .where(*_of(ReminderKind(row.kind), row.object_id, audience))
        .where(
            reminders.c.state == ReminderState.WAITING,
            reminders.c.due_at <= now,
            reminders.c.offset_minutes < row.offset_minutes,
        )
        .limit(1)
    )
    return found is not None


async def waiting_of(connection: AsyncConnection, person_id: str) -> int:
    """How many reminders wait for a person."""
    found = await connection.scalar(
        select(func.count()).where(
            reminders.c.audience_kind == AudienceKind.PERSON,
            reminders.c.audience_target == person_id,
            reminders.c.state == ReminderState.WAITING,
        )
    )
    return found or 0
