"""Brings the database to this version's tables, by Alembic."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import StartError
from bot.settings import Settings
from bot.store.engine import Store

_MIGRATION_LOCK = 53_530_001  # any number that nothing else of ours locks


def alembic_config() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection) -> None:
    """Bring one database to the newest version, in the caller's transaction. Processes that start together take turns."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('kouan:migrate', 0))")
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def migrate(settings: Settings) -> None:
    """Bring the configured database to the newest version. Raises StartError when it cannot be opened or written."""
    store = Store(settings.sqlalchemy_url)
    try:
        await asyncio.to_thread(settings.data_dir.mkdir, parents=True, exist_ok=True)
        async with store.write() as connection:
            if store.dialect == "postgresql":
                # Several processes start at once; the first migrates, the others find it done. (SQLite has one writer.)
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            await connection.run_sync(upgrade)
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError) and not isinstance(error, OperationalError) and error.statement is not None:
            raise  # a migration that fails is a fault of ours and not of the settings
        kind = "SQLite database in the data directory" if store.dialect == "sqlite" else "PostgreSQL database"
        raise StartError(
            f"The {kind} cannot be opened or written; see KOUAN_DATABASE_URL and KOUAN_DATA_DIR."
        ) from error
    finally:
        await store.close()
