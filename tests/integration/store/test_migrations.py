"""Migrations lead to the tables that the code knows, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from bot.clock import utc_now
from bot.errors import StartError
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.migrate import alembic_config, migrate, upgrade
from bot.store.schema import Moment, metadata, notices, staff


def same_type(_context: Any, _inspected: Any, _column: Any, _found: Any, wanted: Any) -> bool | None:
    """None: as Alembic sees it. Our moments are the database's own kind underneath."""
    return False if isinstance(wanted, Moment) else None


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": same_type, "compare_server_default": True})
    found: list[Any] = compare_metadata(context, metadata)
    return found


def downgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


def to_version(connection: Connection, version: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.downgrade(config, version)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
async def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A database without any table, of its own: the others' tests go on with theirs."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    else:
        # Autocommit, since PostgreSQL makes no database inside a transaction.
        main = Store(request.getfixturevalue("migrated_postgresql"))
        plain = main.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with plain.connect() as connection:
            await connection.exec_driver_sql("DROP DATABASE IF EXISTS empty WITH (FORCE)")
            await connection.exec_driver_sql("CREATE DATABASE empty")
        url = main.engine.url.set(database="empty").render_as_string(hide_password=False)
        await main.close()
    store = Store(url)
    yield store
    await store.close()


async def test_the_migrated_tables_are_those_of_the_code(store: Store) -> None:
    async with store.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_can_be_brought_back_to_nothing(empty_store: Store) -> None:
    async with empty_store.write() as connection:
        await connection.run_sync(upgrade)
    async with empty_store.write() as connection:
        await connection.run_sync(downgrade)

    async with empty_store.read() as connection:
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert left == ["alembic_version"]


async def test_notices_that_ended_survive_the_way_back_and_forth(empty_store: Store) -> None:
    async with empty_store.write() as connection:
        await connection.run_sync(upgrade)
    now = utc_now()
    async with empty_store.write() as connection:
        await connection.execute(
            staff.insert().values(id="s1", name="A", role="author", password_hash="x", created_at=now)
        )
        await connection.execute(
            notices.insert().values(
                id="n1",
                topic="t",
                base_language="en",
                texts={},
                state="withdrawn",
                revision=1,
                author_id="s1",
                created_at=now,
                valid_until=now,
                needs_ack=True,
            )
        )

    async with empty_store.write() as connection:
        await connection.run_sync(lambda sync: to_version(sync, "0006"))
        before = (await connection.exec_driver_sql("SELECT id, state FROM notices")).all()
    async with empty_store.write() as connection:
        await connection.run_sync(upgrade)
        again = await connection.run_sync(differences)

    assert [tuple(row) for row in before] == [("n1", "recalled")]
    assert again == []


async def test_a_second_migration_changes_nothing(store: Store) -> None:
    async with store.write() as connection:
        await connection.run_sync(upgrade)

    async with store.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_start_together_migrate_once(empty_store: Store) -> None:
    async def start() -> None:
        async with empty_store.write() as connection:
            await connection.run_sync(upgrade)

    await asyncio.gather(*(start() for _ in range(3)))

    async with empty_store.read() as connection:
        assert await connection.run_sync(differences) == []


def test_the_versions_are_one_line() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    assert len(script.get_heads()) == 1
    assert len(list(script.walk_revisions())) >= 2


async def test_migrate_makes_the_data_directory(settings: Settings, tmp_path: Path) -> None:
    await migrate(settings.model_copy(update={"data_dir": tmp_path / "a" / "b"}))

    assert (tmp_path / "a" / "b" / "kouan.db").is_file()


async def test_a_data_directory_that_is_a_file_is_one_clear_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(StartError, match="KOUAN_DATA_DIR"):
        await migrate(settings.model_copy(update={"data_dir": tmp_path / "taken"}))


async def test_a_file_that_is_no_database_is_one_clear_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kouan.db").write_text("this is a letter and not a database, " * 50)

    with pytest.raises(StartError, match="KOUAN_DATABASE_URL"):
        await migrate(settings)


@pytest.mark.pg
@pytest.mark.parametrize("change", [{"database": "nowhere"}, {"host": "127.0.0.1", "port": 1}])
async def test_a_postgresql_that_does_not_open_is_one_clear_sentence(
    settings: Settings, migrated_postgresql: str, change: dict[str, Any]
) -> None:
    store = Store(migrated_postgresql)
    url = store.engine.url.update_query_dict({}).set(**change)
    if "host" in change:
        url = url.set(query={})
    await store.close()

    with pytest.raises(StartError, match="KOUAN_DATABASE_URL"):
        await migrate(settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)}))
