"""The console's pages and the person's routes over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from bot import problems
from bot.console.frame import Frame
from bot.console.label_pages import label_pages
from bot.console.texts import load_console_texts
from bot.desks.labels.routes import own_routers, template_routes
from bot.desks.labels.staff_routes import staff_router
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.service import WebSessions
from bot.people.staff import StaffService
from bot.secrets import Secrets, actions_token
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from tests.fair import Fair, cells, open_fair
from tests.office import ZONE


@pytest.fixture
async def fair(sqlite_store: Store, redis: Redis, secrets: Secrets, tmp_path: Path) -> Fair:
    """On SQLite alone."""
    return await open_fair(sqlite_store, redis, secrets, tmp_path)


class Doors:
    """An officer's browser and a person's program before the same desk."""

    def __init__(self, fair: Fair, secrets: Secrets) -> None:
        store, clock = fair.house.store, fair.house.clock
        audit = AuditTrail(secrets)
        self.staff = StaffService(store, clock, audit)
        access = Access(KeyService(store, clock, secrets, audit), self.staff, secrets)
        app = FastAPI()
        problems.install(app)
        for router in own_routers(fair.desk, fair.house.people, WebSessions(secrets), access):
            app.include_router(router)
        app.include_router(template_routes(fair.desk))
        app.include_router(staff_router(fair.desk, access))
        app.include_router(label_pages(Frame(load_console_texts(), ZONE, secure=False), fair.desk, access))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        self.bearer = {"Authorization": f"Bearer {actions_token(secrets)}"}

    async def log_in(self) -> str:
        """Log the officer in; returns the CSRF token."""
        session_id, session = await self.staff.log_in("wang", "a long password")
        self.http.cookies.set("kouan_staff", session_id)
        return session.csrf


async def test_staff_return_approve_print_and_scan_on_pages(fair: Fair, secrets: Secrets) -> None:
    application = await fair.submitted(cells(), cells(name="香槟", hs="2204100000", for_sale="是"))
    doors = Doors(fair, secrets)
    csrf = await doors.log_in()
    base = f"/console/labels/lists/{application.id}"

    shown = await doors.http.get(f"{base}?lang=zh")
    no_reason = await doors.http.post(f"{base}/return", data={"csrf": csrf, "reasons": " "})
    approved = await doors.http.post(f"{base}/approve", data={"csrf": csrf})
    again = await doors.http.post(f"{base}/approve", data={"csrf": csrf})
    sheet = await doors.http.get(f"{base}/sheet.pdf")
    label = (await fair.desk.lists.lines(fair.exhibitor.id, application.id))[0]
    event = (await fair.desk.events.all_events())[0]
    code = (await fair.desk.proof.codes(label, event))[0]
    scanned = await doors.http.post("/console/labels/scan", data={"csrf": csrf, "code": code})
    account = await doors.http.get(f"/console/labels/events/{event.id}")
    home = await doors.http.get("/console/labels")

    assert "数控机床" in shown.text
    assert "销售之前须办妥海关手续" in shown.text
    assert (no_reason.status_code, approved.status_code, again.status_code) == (409, 303, 409)
    assert sheet.content.startswith(b"%PDF")
    assert "EXPO26-000001-X" in scanned.text
    assert "EXPO26-000002" in account.text
    assert "上海国际机床展" in home.text


async def test_a_persons_program_goes_the_whole_way(fair: Fair, secrets: Secrets) -> None:
    exhibitor = await fair.registered()
    doors = Doors(fair, secrets)
    base = f"/v1/conversations/{fair.exhibitor.address_id}/labels"

    async def post(path: str, **given: object) -> httpx.Response:
        return await doors.http.post(base + path, headers=doors.bearer, **given)  # type: ignore[arg-type]

    made = (await post("/lists", json={"exhibitor_id": exhibitor.id})).json()
    template = (await doors.http.get("/v1/labels/template.csv?lang=en")).content
    wrong = await post(f"/lists/{made['id']}/uploads?lang=en", content=template + b"a,b\r\n")
    line = await post(f"/lists/{made['id']}/lines", json={"cells": dict(cells())})
    sent = await post(f"/lists/{made['id']}/submit?lang=en")
    other = await doors.http.get(
        f"/v1/conversations/{fair.organiser.address_id}/labels/lists/{made['id']}", headers=doors.bearer
    )

    assert wrong.status_code == 422
    assert len(wrong.json()["faults"]) > 10
    assert wrong.json()["faults"][0]["where"].startswith("row[2]")
    assert line.json() == {"line_no": 1}
    assert (sent.status_code, sent.json()["state"]) == (200, "applied")
    assert other.status_code == 403
