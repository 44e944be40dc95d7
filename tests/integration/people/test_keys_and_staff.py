"""Keys of machines and accounts of staff, on real databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.errors import ConflictError, InvalidInputError, NotAuthenticatedError, TooManyAttemptsError
from bot.people.keys import KeyService
from bot.people.model import Role, Scope
from bot.people.staff import SESSION_LIFE, StaffService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import api_keys, staff, staff_sessions
from tests.fakes import FakeClock

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keys(sqlite_store: Store, clock: FakeClock, secrets: Secrets) -> KeyService:
    return KeyService(sqlite_store, clock, secrets, AuditTrail(secrets))


@pytest.fixture
def service(store: Store, clock: FakeClock, secrets: Secrets) -> StaffService:
    return StaffService(store, clock, AuditTrail(secrets))


@pytest.fixture
def sqlite_service(sqlite_store: Store, clock: FakeClock, secrets: Secrets) -> StaffService:
    return StaffService(sqlite_store, clock, AuditTrail(secrets))


async def test_a_bearer_key_opens_its_scope(keys: KeyService) -> None:
    token = await keys.add("console", Scope.NOTICES, actor="system:test")

    key = await keys.bearer(token)

    assert (key.name, key.scope, key.enterprise_id) == ("console", Scope.NOTICES, None)


async def test_no_secret_is_stored(keys: KeyService, sqlite_store: Store) -> None:
    tokens = [await keys.add("a", Scope.NOTICES, actor="x"), await keys.add("b", Scope.EVENTS, actor="x")]

    async with sqlite_store.read() as connection:
        stored = str((await connection.execute(select(api_keys))).all())

    assert tokens[0].rpartition("_")[2] not in stored
    assert tokens[1].removeprefix("whsec_") not in stored


async def test_a_changed_or_revoked_key_opens_nothing(keys: KeyService) -> None:
    token = await keys.add("console", Scope.NOTICES, actor="system:test")

    with pytest.raises(NotAuthenticatedError):
        await keys.bearer(token[:-1] + ("A" if token[-1] != "A" else "B"))
    await keys.revoke("console", actor="system:test")
    with pytest.raises(NotAuthenticatedError):
        await keys.bearer(token)


@pytest.mark.parametrize("token", ["", "kk", "kk__", "whsec_AAAA", "kk_" + "0" * 32 + "_x", "é_é_é"])
async def test_what_is_no_key_opens_nothing(keys: KeyService, token: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        await keys.bearer(token)


async def test_a_name_is_taken_once(keys: KeyService) -> None:
    await keys.add("console", Scope.NOTICES, actor="system:test")

    with pytest.raises(ConflictError) as refused:
        await keys.add("console", Scope.EVENTS, actor="system:test")

    assert refused.value.state == "taken"


@pytest.mark.parametrize("name", ["", "x" * 81, "a\x00b", "line\nbreak"])
async def test_a_name_that_cannot_be_shown_is_refused(keys: KeyService, name: str) -> None:
    with pytest.raises(InvalidInputError):
        await keys.add(name, Scope.NOTICES, actor="system:test")


@pytest.mark.parametrize(
    ("scope", "code"), [(Scope.CLEARANCE, None), (Scope.NOTICES, "91350100M000100Y43"), (Scope.CLEARANCE, "unknown")]
)
async def test_a_clearance_key_and_no_other_names_a_known_enterprise(
    keys: KeyService, scope: Scope, code: str | None
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await keys.add("k", scope, actor="system:test", credit_code=code)

    assert refused.value.faults[0].where == "enterprise"


async def test_there_is_nothing_to_revoke_twice(keys: KeyService) -> None:
    await keys.add("k", Scope.EVENTS, actor="system:test")
    await keys.revoke("k", actor="system:test")

    with pytest.raises(InvalidInputError):
        await keys.revoke("k", actor="system:test")


async def test_signers_are_those_of_the_same_master_secret_after_a_restart(
    keys: KeyService, sqlite_store: Store, clock: FakeClock, secrets: Secrets
) -> None:
    await keys.add("port", Scope.EVENTS, actor="system:test")
    restarted = KeyService(sqlite_store, clock, secrets, AuditTrail(secrets))

    assert await restarted.signers() == await keys.signers()


async def test_a_member_of_staff_logs_in_and_out(service: StaffService) -> None:
    await service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")

    session_id, opened = await service.log_in("li", PASSWORD)
    assert (await service.session(session_id)) == opened
    await service.log_out(session_id)

    with pytest.raises(NotAuthenticatedError):
        await service.session(session_id)


async def test_a_session_ends_by_itself(sqlite_service: StaffService, clock: FakeClock) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    session_id, _ = await sqlite_service.log_in("li", PASSWORD)

    clock.turn(SESSION_LIFE)

    with pytest.raises(NotAuthenticatedError):
        await sqlite_service.session(session_id)


@pytest.mark.parametrize(
    ("name", "password"), [("li", "wrong"), ("nobody", PASSWORD), ("a\x00b", PASSWORD), ("li", "")]
)
async def test_wrong_name_and_wrong_password_are_answered_alike(
    service: StaffService, name: str, password: str
) -> None:
    await service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")

    with pytest.raises(NotAuthenticatedError) as refused:
        await service.log_in(name, password)

    assert str(refused.value) == "Name or password is wrong."


async def test_after_eight_wrong_tries_even_the_right_password_waits(service: StaffService, clock: FakeClock) -> None:
    await service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")

    tries = await asyncio.gather(*(service.log_in("li", "wrong") for _ in range(10)), return_exceptions=True)

    assert [type(error).__name__ for error in tries].count("NotAuthenticatedError") == 8
    with pytest.raises(TooManyAttemptsError):
        await service.log_in("li", PASSWORD)
    clock.turn(timedelta(minutes=15, seconds=1))
    assert await service.log_in("li", PASSWORD)


async def test_a_right_password_forgets_the_wrong_ones(sqlite_service: StaffService) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    await asyncio.gather(*(sqlite_service.log_in("li", "wrong") for _ in range(7)), return_exceptions=True)
    await sqlite_service.log_in("li", PASSWORD)

    with pytest.raises(NotAuthenticatedError):
        await sqlite_service.log_in("li", "wrong")


async def test_neither_password_nor_session_is_stored(sqlite_service: StaffService, sqlite_store: Store) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    session_id, _ = await sqlite_service.log_in("li", PASSWORD)

    async with sqlite_store.read() as connection:
        stored = str((await connection.execute(select(staff))).all())
        stored += str((await connection.execute(select(staff_sessions))).all())

    assert PASSWORD not in stored
    assert session_id not in stored


async def test_all_faults_of_a_new_account_are_named_at_once(sqlite_service: StaffService) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await sqlite_service.add(" ", Role.AUTHOR, "short", actor="system:test")

    assert [fault.where for fault in refused.value.faults] == ["name", "password"]


async def test_an_account_is_made_once(sqlite_service: StaffService) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")

    with pytest.raises(ConflictError):
        await sqlite_service.add(" li ", Role.ADMIN, PASSWORD, actor="system:test")


async def test_a_new_password_ends_the_sessions_of_the_old(sqlite_service: StaffService) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    session_id, _ = await sqlite_service.log_in("li", PASSWORD)

    await sqlite_service.set_password("li", "another long one", actor="system:test")

    with pytest.raises(NotAuthenticatedError):
        await sqlite_service.session(session_id)
    with pytest.raises(NotAuthenticatedError):
        await sqlite_service.log_in("li", PASSWORD)


@pytest.mark.parametrize(("name", "password", "where"), [("li", "short", "password"), ("nobody", PASSWORD, "name")])
async def test_a_new_password_is_checked(sqlite_service: StaffService, name: str, password: str, where: str) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")

    with pytest.raises(InvalidInputError) as refused:
        await sqlite_service.set_password(name, password, actor="system:test")

    assert refused.value.faults[0].where == where


async def test_a_disabled_account_cannot_log_in(sqlite_service: StaffService, sqlite_store: Store) -> None:
    await sqlite_service.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    async with sqlite_store.write() as connection:
        await connection.execute(staff.update().values(disabled_at=FakeClock().now))

    with pytest.raises(NotAuthenticatedError):
        await sqlite_service.log_in("li", PASSWORD)
