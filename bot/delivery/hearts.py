"""SQL of the workers' heartbeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.store import insert_new
from bot.store.schema import workers


async def beat(connection: AsyncConnection, worker: str, at: datetime) -> None:
    """Say that a worker lives."""
    await connection.execute(insert_new(connection, workers).values(id=worker, started_at=at, beat_at=at))
    await connection.execute(update(workers).where(workers.c.id == worker).values(beat_at=at))


async def beats(connection: AsyncConnection) -> dict[str, datetime]:
    """When each worker last said that it lives, by its own clock."""
    rows = await connection.execute(select(workers.c.id, workers.c.beat_at))
    return {row.id: row.beat_at for row in rows}


async def last_beat(connection: AsyncConnection) -> datetime | None:
    """When any worker last said that it lives; None when there is none."""
    return (
        await connection.execute(select(workers.c.beat_at).order_by(workers.c.beat_at.desc()).limit(1))
    ).scalar_one_or_none()


async def leave(connection: AsyncConnection, worker: str) -> None:
    """A worker ends in good order."""
    await connection.execute(delete(workers).where(workers.c.id == worker))


async def alive_workers(connection: AsyncConnection) -> list[str]:
    """Ids of the workers whose heart beats."""
    return list(await connection.scalars(select(workers.c.id)))
