"""The one database: SQLite (WAL) by default, PostgreSQL to scale."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_WRITE = "kouan_write"


class Store:
    """Connections to the database.

    url: SQLAlchemy address with an async driver (sqlite+aiosqlite or postgresql+asyncpg).
    """

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = _create_engine(url)
        is_postgresql = self.engine.dialect.name == "postgresql"
        self._snapshots = (
            self.engine.execution_options(isolation_level="REPEATABLE READ") if is_postgresql else self.engine
        )

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries; it sees one state of the database until it closes."""
        # PostgreSQL shows each statement the state of its own moment unless told otherwise.
        async with self._snapshots.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed on a normal end, rolled back on an error.

        On SQLite it takes the write lock at once, so that two writers queue (up to 15 s) and neither fails half way.
        """
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(**{_WRITE: True})
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _create_engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
    # Parameters are names, numbers and texts of people: an error says which statement failed, never with what.
    engine = create_async_engine(url, connect_args={"timeout": 15}, pool_size=5, max_overflow=10, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(dbapi_connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: BEGIN IMMEDIATE is ours to say (see `write`).
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        # FULL: what was answered with 202 survives a power cut as well.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
