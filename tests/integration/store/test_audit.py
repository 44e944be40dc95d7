"""The audit trail shows tampering."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.people.model import Role
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import audit
from tests.fakes import FakeClock


@pytest.fixture
def trail(secrets: Secrets) -> AuditTrail:
    return AuditTrail(secrets)


async def record(store: Store, trail: AuditTrail, number: int) -> None:
    async with store.write() as connection:
        await trail.record(
            connection, FakeClock().now, "staff:li", "notice.approve", f"notice:{number}", role=Role.ADMIN
        )


async def record_five(store: Store, trail: AuditTrail) -> None:
    for number in range(1, 6):
        await record(store, trail, number)


async def first_broken(store: Store, trail: AuditTrail) -> int | None:
    async with store.read() as connection:
        return await trail.first_broken(connection)


async def test_an_untouched_trail_is_whole(store: Store, trail: AuditTrail) -> None:
    await record_five(store, trail)

    assert await first_broken(store, trail) is None


async def test_an_empty_trail_is_whole(store: Store, trail: AuditTrail) -> None:
    assert await first_broken(store, trail) is None


async def test_acts_at_the_same_moment_make_one_chain(store: Store, trail: AuditTrail) -> None:
    await asyncio.gather(*(record(store, trail, number) for number in range(12)))

    assert await first_broken(store, trail) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "staff:wang"},
        {"action": "notice.create"},
        {"object": "notice:9"},
        {"detail": {"role": "author"}},
        {"at": FakeClock().now.replace(minute=59)},
        {"hash": "0" * 64},
        {"previous_hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_changed_row_is_found(store: Store, trail: AuditTrail, change: dict[str, Any]) -> None:
    await record_five(store, trail)

    async with store.write() as connection:
        await connection.execute(update(audit).where(audit.c.seq == 3).values(**change))

    assert await first_broken(store, trail) == 3


@pytest.mark.parametrize(("gone", "found"), [(1, 2), (3, 4), (5, 5)])
async def test_a_deleted_row_is_found(store: Store, trail: AuditTrail, gone: int, found: int) -> None:
    await record_five(store, trail)

    async with store.write() as connection:
        await connection.execute(delete(audit).where(audit.c.seq == gone))

    assert await first_broken(store, trail) == found


async def test_a_trail_that_was_emptied_is_found(store: Store, trail: AuditTrail) -> None:
    await record_five(store, trail)

    async with store.write() as connection:
        await connection.execute(delete(audit))

    assert await first_broken(store, trail) == 1


async def test_a_row_of_another_key_is_found(store: Store, trail: AuditTrail) -> None:
    await record(store, trail, 1)
    await record(store, AuditTrail(Secrets(b"forger" * 8)), 2)

    assert await first_broken(store, trail) == 2


async def test_an_act_that_fails_leaves_no_row(store: Store, trail: AuditTrail) -> None:
    async def fails() -> None:
        async with store.write() as connection:
            await trail.record(connection, FakeClock().now, "staff:li", "notice.approve", "notice:1")
            raise RuntimeError("the act itself failed")

    with pytest.raises(RuntimeError):
        await fails()
    await record(store, trail, 2)

    assert await first_broken(store, trail) is None
