"""Idempotency-Key at the application as it is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from bot.app import create_app
from bot.bootstrap import Services, open_services
from bot.clearance import store as clearance_store
from bot.clock import utc_now
from bot.people.model import Role, Scope
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.schema import declarations, idempotency_keys, notices
from tests.architecture.test_routes import PUBLIC, flat, is_guarded, names

NOTICE = {
    "topic": "taxes_fees",
    "base_language": "en",
    "texts": {"en": {"title": "New rates", "body": "From Monday."}},
    "source_url": None,
}
PASSWORD = "a long enough password"


@dataclass
class Place:
    """The application, and a member of staff who is logged in."""

    app: FastAPI
    services: Services
    http: httpx.AsyncClient

    async def count(self) -> int:
        async with self.services.store.read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(notices)) or 0)

    async def create(self, key: str | None, notice: Any = NOTICE) -> httpx.Response:
        return await self.http.post("/v1/notices", json=notice, headers={"Idempotency-Key": key} if key else {})


@pytest.fixture
async def place(settings: Settings, store: Store) -> AsyncIterator[Place]:
    """On both databases."""
    url = store.engine.url.render_as_string(hide_password=False)
    async with open_services(settings.model_copy(update={"database_url": url})) as services:
        app = create_app(services)
        author = await services.staff.add("author", Role.AUTHOR, PASSWORD, actor="system:test")
        session_id, session = await services.staff.log_in(author.name, PASSWORD)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            http.cookies.set("kouan_staff", session_id)
            http.headers["X-CSRF-Token"] = session.csrf
            yield Place(app, services, http)


def code(response: httpx.Response) -> tuple[int, str]:
    """Status, and the problem's short name."""
    return response.status_code, response.json()["type"].rpartition(":")[2]


async def test_the_same_request_twice_is_done_once_and_answered_twice(place: Place) -> None:
    first = await place.create("k1")
    again = await place.create('"k1"')  # as structured fields write it

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await place.count() == 1


async def test_a_refusal_is_repeated_as_well(place: Place) -> None:
    first = await place.create("k1", {"topic": "x"})
    again = await place.create("k1", {"topic": "x"})

    assert first.status_code == again.status_code == 422
    assert first.json() == again.json()


async def test_the_same_key_with_another_body_is_refused(place: Place) -> None:
    await place.create("k1")

    assert code(await place.create("k1", {**NOTICE, "topic": "traveller_cash"})) == (422, "idempotency-key-reused")
    assert await place.count() == 1


async def test_a_key_holds_for_its_route_alone(place: Place) -> None:
    made = (await place.create("k1")).json()

    submitted = await place.http.post(f"/v1/notices/{made['id']}/submit", headers={"Idempotency-Key": "k1"})

    assert submitted.json()["state"] == "submitted"


async def test_two_at_the_same_moment_are_done_once(place: Place) -> None:
    answers = await asyncio.gather(*(place.create("k1") for _ in range(6)))

    assert await place.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {code(answer) for answer in answers if answer.status_code == 409} <= {(409, "request-running")}


async def test_what_died_while_it_ran_may_be_tried_again_when_its_lease_is_over(place: Place) -> None:
    await place.create("k1")
    running = update(idempotency_keys).values(state="running", status=None, body=None)
    async with place.services.store.write() as connection:
        await connection.execute(running.values(lease_until=utc_now() + timedelta(seconds=30)))
    during = await place.create("k1")
    async with place.services.store.write() as connection:
        await connection.execute(running.values(lease_until=utc_now() - timedelta(seconds=1)))
    after = await place.create("k1")

    assert code(during) == (409, "request-running")
    assert after.status_code == 201
    assert (await place.create("k1")).content == after.content


async def test_after_48_hours_a_key_is_new_and_a_sweep_forgets_it(place: Place) -> None:
    await place.create("k1")
    async with place.services.store.write() as connection:
        await connection.execute(update(idempotency_keys).values(created_at=utc_now() - timedelta(hours=49)))
    assert "idempotency-replayed" not in (await place.create("k1")).headers
    async with place.services.store.write() as connection:
        await connection.execute(update(idempotency_keys).values(created_at=utc_now() - timedelta(hours=49)))

    await place.services.idempotency.tick()

    async with place.services.store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(idempotency_keys)) == 0


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
async def test_a_key_that_is_none_is_refused(place: Place, key: str) -> None:
    response = await place.http.post("/v1/notices", json=NOTICE, headers={b"Idempotency-Key": key.encode()})

    assert code(response) == (400, "idempotency-key-invalid")


async def test_a_stranger_gets_no_answer_of_another(place: Place) -> None:
    await place.create("k1")
    place.http.cookies.clear()

    assert code(await place.create("k1")) == (401, "not-authenticated")


async def test_a_secret_is_shown_once_and_not_kept(place: Place) -> None:
    number = "531620261000123456"
    firm = "91350100M000100Y43"
    async with place.services.store.write() as connection:
        enterprise = await clearance_store.ensure_enterprise(connection, firm, "A firm", utc_now())
        await clearance_store.ensure_declaration(connection, number, utc_now())
        await connection.execute(update(declarations).values(enterprise_id=enterprise))
    key = await place.services.keys.add("firm", Scope.CLEARANCE, actor="system:test", credit_code=firm)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k1"}

    first = await place.http.post(f"/v1/clearance/{number}/binding-codes", headers=headers)
    again = await place.http.post(f"/v1/clearance/{number}/binding-codes", headers=headers)

    assert first.status_code == 201
    assert code(again) == (409, "answer-not-kept")
    async with place.services.store.read() as connection:
        assert list(await connection.scalars(select(idempotency_keys.c.body))) == [None]


async def test_every_route_that_takes_work_has_it(place: Place) -> None:
    changing = {
        name: route
        for route in flat(place.app.routes)
        for name in names(route)
        if name.split()[0] in {"POST", "PUT", "PATCH", "DELETE"} and " /v1/" in name
    }
    without = {name for name, route in changing.items() if not is_guarded(route.dependant)}

    assert len(changing) > 20
    assert without <= set(PUBLIC)
    # What is public has ids of its own (events, updates, chat messages), or makes nothing that could be doubled.
    assert without <= {
        *("POST /v1/messages", "POST /v1/chat/sessions", "POST /v1/clearance/events", "POST /v1/telegram/webhook"),
        *("POST /v1/staff/session", "POST /v1/clearance/receipts"),
        # A look at a code or a label changes nothing. An anonymous report is nobody's: there is no one whose key it could be.
        *("POST /v1/labels/verifications", "POST /v1/reports/state", "POST /v1/reports"),
    }


async def test_the_header_is_documented_where_something_changes(place: Place) -> None:
    paths = place.app.openapi()["paths"]
    named = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    }

    assert {"POST /v1/notices", "POST /v1/notices/{notice_id}/approve", "PUT /v1/notices/{notice_id}"} <= named
    assert not [name for name in named if name.startswith("GET ")]
