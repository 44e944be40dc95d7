"""The API and the pages of complaints."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from bot import problems
from bot.desks.complaints.model import Kind
from bot.desks.complaints.pages import complaint_pages
from bot.desks.complaints.routes import own_complaints_router, reports_router
from bot.files.words import load_file_words
from bot.limits import Bucket
from bot.people.own import own_person
from bot.people.service import WebSessions
from bot.secrets import Secrets
from tests.files import picture
from tests.integration.desks.complaints.conftest import House, intake


@pytest.fixture
async def http(house: House, secrets: Secrets) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    sessions = WebSessions(secrets)
    app = FastAPI()
    problems.install(app)
    bucket = Bucket(20, 60.0)
    app.include_router(own_complaints_router(house.service, own_person(house.people, sessions)))
    app.include_router(reports_router(house.service, bucket))
    app.include_router(complaint_pages(house.desk, house.service, load_file_words(), bucket))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        yield client, {"Authorization": f"Bearer {sessions.issue()}"}


async def test_own_case_by_http_and_the_same_key_opens_no_second(
    http: tuple[httpx.AsyncClient, dict[str, str]],
) -> None:
    client, mine = http
    body = {"kind": "complaint", "text": "等了三小时"}
    first, again = [
        await client.post("/v1/me/complaints", json=body, headers=mine | {"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    address = f"/v1/me/complaints/{first.json()['id']}"
    withdrawn = await client.post(f"{address}/withdraw", headers=mine)

    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await client.post(f"{address}/withdraw", headers=mine)).status_code == 409
    assert len((await client.get("/v1/me/complaints", headers=mine)).json()) == 1
    assert (await client.get(address)).status_code == 401
    wrong = await client.post("/v1/me/complaints", json={"kind": "review", "text": "x"}, headers=mine)
    assert wrong.json()["faults"][0]["where"] == "known_on"


async def test_anonymous_report_by_page_and_by_program(http: tuple[httpx.AsyncClient, dict[str, str]]) -> None:
    client, _ = http
    files = [("files", ("a.jpg", picture(), "image/jpeg"))]
    sent = await client.post("/v1/reports", data={"text": "Smuggling", "locale": "en"}, files=files)
    by_page = await client.post("/report", data={"text": "走私", "lang": "zh-Hans"})
    code = sent.json()["code"]
    state = await client.post("/v1/reports/state", json={"code": code})
    page = await client.post("/report/state", data={"code": code, "lang": "en"})

    assert sent.status_code == 201
    assert (state.json()["state"], state.json()["number"]) == ("received", sent.json()["number"])
    assert "registered, waiting" in page.text
    assert "Smuggling" not in page.text
    assert "查询码" in by_page.text
    assert "set-cookie" not in by_page.headers
    assert (await client.post("/report/state", data={"code": "nothing"})).status_code == 404
    refused = await client.post("/report", data={"text": "<b>", "lang": "en"}, files=[("files", ("a.svg", b"<svg/>"))])
    assert refused.status_code == 422
    assert "SVG" in refused.text
    assert "&lt;b&gt;" in refused.text


async def test_anonymous_senders_share_one_measure(http: tuple[httpx.AsyncClient, dict[str, str]]) -> None:
    client, _ = http
    answers = [await client.post("/v1/reports/state", json={"code": "x"}) for _ in range(21)]

    assert [answer.status_code for answer in answers[-2:]] == [404, 429]


async def test_promises_are_counted_from_real_cases(
    house: House, http: tuple[httpx.AsyncClient, dict[str, str]]
) -> None:
    client, _ = http
    case = await house.service.send((await house.person()).id, intake(Kind.COMPLAINT))
    await house.desk.take(case.id, await house.member("wang"))
    house.clock.now = case.answer_by.replace(hour=23) + (case.answer_by - case.created_at)
    found = (await client.get("/v1/status/promises")).json()
    page = await client.get("/promises?lang=en")

    assert {(one["step"], one["due"], one["kept"]) for one in found} == {("acknowledge", 1, 1), ("answer", 1, 0)}
    assert "kept in 1 of 1" in page.text
    assert "kept in 0 of 1" in page.text
