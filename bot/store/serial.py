"""One transaction at a time where a count decides: PostgreSQL would let two count before either has written."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def one_at_a_time(connection: AsyncConnection, *names: str) -> None:
    """Wait for other transactions that hold any of these names; hold them until this one ends.

    Names are taken in alphabetical order, so that two callers cannot wait for each other. SQLite has one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    for name in sorted(names):
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
