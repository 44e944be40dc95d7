"""Wrong tries of codes, counted for an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import TooManyAttemptsError
from bot.store.schema import binding_attempts
from bot.store.serial import one_at_a_time

TRIES = 5
TRIES_WINDOW = timedelta(hours=1)


async def refuse_more(connection: AsyncConnection, subjects: Sequence[str], at: datetime) -> None:
    """Raises TooManyAttemptsError after 5 wrong tries in an hour of any of the subjects (up to 64 characters each).

    Until the transaction ends no other counts the same.
    """
    await one_at_a_time(connection, *(f"binding:{subject}" for subject in subjects))
    rows = await connection.execute(
        select(func.count())
        .where(binding_attempts.c.subject.in_(subjects), binding_attempts.c.at > at - TRIES_WINDOW)
        .group_by(binding_attempts.c.subject)
    )
    if max((row[0] for row in rows), default=0) >= TRIES:
        raise TooManyAttemptsError(int(TRIES_WINDOW.total_seconds()))


async def note(connection: AsyncConnection, subjects: Sequence[str], at: datetime) -> None:
    """Keep a failed try for each subject, and forget those that count no more."""
    await connection.execute(delete(binding_attempts).where(binding_attempts.c.at < at - TRIES_WINDOW))
    await connection.execute(binding_attempts.insert(), [{"subject": subject, "at": at} for subject in subjects])
