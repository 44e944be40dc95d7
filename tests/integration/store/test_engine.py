"""Transactions on both databases."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.store.engine import Store
from bot.store.schema import persons
from tests.fakes import FakeClock


async def add(store: Store, person_id: str) -> None:
    async with store.write() as connection:
        await connection.execute(persons.insert().values(id=person_id, created_at=FakeClock().now))


async def count(store: Store) -> int:
    async with store.read() as connection:
        return await connection.scalar(select(func.count()).select_from(persons)) or 0


async def test_an_error_leaves_nothing_of_its_transaction(store: Store) -> None:
    async def half() -> None:
        async with store.write() as connection:
            await connection.execute(persons.insert().values(id="a", created_at=FakeClock().now))
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        await half()

    assert await count(store) == 0


async def test_writers_at_the_same_moment_all_succeed(store: Store) -> None:
    await asyncio.gather(*(add(store, str(number)) for number in range(15)))

    assert await count(store) == 15


async def test_a_reader_sees_one_state_until_it_closes(store: Store) -> None:
    query = select(func.count()).select_from(persons)

    async with store.read() as connection:
        before = await connection.scalar(query)
        await add(store, "a")
        during = await connection.scalar(query)

    assert (before, during, await count(store)) == (0, 0, 1)


async def test_a_reader_does_not_hold_up_a_writer(store: Store) -> None:
    async with store.read() as connection:
        await connection.scalar(select(func.count()).select_from(persons))
        await asyncio.wait_for(add(store, "a"), 5)

    assert await count(store) == 1


async def test_an_error_names_the_statement_and_not_the_values(store: Store) -> None:
    await add(store, "secret-value")

    with pytest.raises(IntegrityError) as error:
        await add(store, "secret-value")

    assert "INSERT INTO persons" in str(error.value)
    assert "secret-value" not in str(error.value).partition("\n")[2]


async def test_sqlite_keeps_what_was_committed_through_a_power_cut(sqlite_store: Store) -> None:
    async with sqlite_store.read() as connection:
        journal = await connection.exec_driver_sql("PRAGMA journal_mode")
        synchronous = await connection.exec_driver_sql("PRAGMA synchronous")
        keys = await connection.exec_driver_sql("PRAGMA foreign_keys")
        found = (journal.scalar(), synchronous.scalar(), keys.scalar())

    assert found == ("wal", 2, 1)
