"""Firms over HTTP and on the console."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpx
import pytest
import zxingcpp
from argon2 import PasswordHasher
from fastapi import FastAPI
from PIL import Image

from bot import problems
from bot.clock import utc_now
from bot.console.firm_pages import firm_pages, recovery_pages
from bot.console.frame import Frame
from bot.console.texts import load_console_texts
from bot.people.access import SESSION_COOKIE, Access
from bot.people.firms.claims import ClaimService
from bot.people.firms.links import JoinLinks, qr_address, qr_png
from bot.people.firms.mandates import MandateService
from bot.people.firms.routes import firms_router, own_firms_router
from bot.people.firms.service import FirmService
from bot.people.keys import KeyService
from bot.people.model import Role, Scope
from bot.people.service import PeopleService, WebSessions
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from tests.integration.people.firms.house import DECLARATION, KeptNews, credit_code

CODE = credit_code(7)
PASSWORD = "a long password"


@dataclass
class Port:
    """The routes and pages of firms, and somebody of staff at a browser."""

    staff_service: StaffService
    keys: KeyService
    sessions: WebSessions
    http: httpx.AsyncClient

    async def staff(self, name: str, role: Role = Role.APPROVER) -> dict[str, str]:
        """Headers of a member of staff who is logged in."""
        await self.staff_service.add(name, role, PASSWORD, actor="system")
        session_id, session = await self.staff_service.log_in(name, PASSWORD)
        return {"Cookie": f"{SESSION_COOKIE}={session_id}", "X-CSRF-Token": session.csrf}

    def person(self) -> dict[str, str]:
        """Headers of somebody in a web chat."""
        return {"Authorization": f"Bearer {self.sessions.issue()}"}

    async def admin(self, staff: dict[str, str]) -> tuple[dict[str, str], str]:
        """Headers of a firm's first admin, and the firm's id."""
        wish = {"credit_code": CODE, "name": "深圳市示例公司", "label": "林小姐"}
        made = await self.http.post("/v1/firms/admin-codes", headers=staff, json=wish)
        lin = self.person()
        joined = await self.http.post("/v1/me/firms/join", headers=lin, json={"code": made.json()["code"]})
        return lin, joined.json()["firm"]["id"]


@pytest.fixture
async def port(sqlite_store: Store, secrets: Secrets) -> AsyncIterator[Port]:
    clock, audit, news = utc_now, AuditTrail(secrets), KeptNews()
    staff = StaffService(sqlite_store, clock, audit, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    keys, sessions = KeyService(sqlite_store, clock, secrets, audit), WebSessions(secrets)
    basis = (sqlite_store, clock, secrets, audit, news)
    firms, claims = FirmService(*basis), ClaimService(*basis)
    mandates = MandateService(sqlite_store, clock, audit, news)
    access, links = Access(keys, staff, secrets), JoinLinks(None, "https://port.example.org")
    frame = Frame(load_console_texts(), ZoneInfo("Asia/Shanghai"), secure=False)
    app = FastAPI()
    problems.install(app)
    app.include_router(own_firms_router(firms, mandates, links, PeopleService(sqlite_store, clock), sessions))
    app.include_router(firms_router(claims, links, access))
    app.include_router(firm_pages(frame, claims, links, access))
    app.include_router(recovery_pages(frame, claims, links, access))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        yield Port(staff, keys, sessions, http)


async def test_from_the_admin_code_to_a_member_who_left(port: Port) -> None:
    lin, firm_id = await port.admin(await port.staff("wang"))
    he = port.person()
    wish = {"label": "何敏", "rights": {"booking": None, "shipments": [DECLARATION]}}

    invited = await port.http.post(f"/v1/me/firms/{firm_id}/invitations", headers=lin, json=wish)
    joined = await port.http.post("/v1/me/firms/join", headers=he, json={"code": invited.json()["code"]})
    acting = await port.http.get("/v1/me/acting/shipments", headers=he)
    members = await port.http.get(f"/v1/me/firms/{firm_id}/members", headers=lin)
    left = await port.http.delete(f"/v1/me/firms/{firm_id}", headers=he)

    assert invited.status_code == 201
    assert invited.headers["cache-control"] == "no-store"
    assert invited.json()["link"] == f"https://port.example.org/#join={invited.json()['code']}"
    assert invited.json()["qr_svg"].startswith("<svg")
    assert joined.json()["member"]["rights"] == {"shipments": [DECLARATION], "booking": None}
    assert acting.json()[0]["declarations"] == [DECLARATION]
    assert [(member["label"], member["admin"]) for member in members.json()] == [("林小姐", True), ("何敏", False)]
    assert left.status_code == 204
    assert (await port.http.get("/v1/me/firms", headers=he)).json() == []


async def test_all_that_is_wrong_with_rights_is_said_at_once(port: Port) -> None:
    lin, firm_id = await port.admin(await port.staff("wang"))
    wish = {"label": "x", "rights": {"flying": None, "booking": ["12"], "members": [DECLARATION]}}

    answer = await port.http.post(f"/v1/me/firms/{firm_id}/invitations", headers=lin, json=wish)

    assert answer.status_code == 422
    assert sorted(fault["where"] for fault in answer.json()["faults"]) == [
        "rights.booking",
        "rights.flying",
        "rights.members",
    ]


async def test_others_learn_nothing_of_a_firm(port: Port) -> None:
    _, firm_id = await port.admin(await port.staff("wang"))
    stranger = port.person()

    known = await port.http.get(f"/v1/me/firms/{firm_id}/members", headers=stranger)
    unknown = await port.http.get(f"/v1/me/firms/{'0' * 32}/members", headers=stranger)

    assert known.status_code == unknown.status_code == 403
    assert known.json() == unknown.json()


async def test_the_last_admin_is_told_what_to_do(port: Port) -> None:
    lin, firm_id = await port.admin(await port.staff("wang"))

    answer = await port.http.delete(f"/v1/me/firms/{firm_id}", headers=lin)

    assert answer.status_code == 409
    assert answer.json()["state"] == "last-admin"


async def test_a_firms_own_key_invites_its_first_admin(port: Port) -> None:
    await port.admin(await port.staff("wang"))
    key = await port.keys.add("erp", Scope.CLEARANCE, actor="system", credit_code=CODE)

    refused = await port.http.post(
        "/v1/firms/own/admin-code", headers={"Authorization": f"Bearer {key}"}, json={"label": "何敏"}
    )

    assert refused.status_code == 409
    assert refused.json()["state"] == "claimed"


async def test_a_recovery_needs_two_of_staff_and_a_reason(port: Port) -> None:
    wang, zhao = await port.staff("wang"), await port.staff("zhao")
    _, firm_id = await port.admin(wang)
    wish = {"credit_code": CODE, "label": "何敏", "reason": "管理员均已离职，营业执照原件已核。", "replaces": True}
    new = port.person()

    short = await port.http.post("/v1/firms/recoveries", headers=wang, json={**wish, "reason": "x"})
    asked = await port.http.post("/v1/firms/recoveries", headers=wang, json=wish)
    own = await port.http.post(f"/v1/firms/recoveries/{asked.json()['id']}/approve", headers=wang)
    agreed = await port.http.post(f"/v1/firms/recoveries/{asked.json()['id']}/approve", headers=zhao)
    await port.http.post("/v1/me/firms/join", headers=new, json={"code": agreed.json()["code"]})
    members = await port.http.get(f"/v1/me/firms/{firm_id}/members", headers=new)

    assert short.status_code == 422
    assert own.status_code == 403
    assert [member["label"] for member in members.json()] == ["何敏"]


async def test_an_author_may_not(port: Port) -> None:
    author = await port.staff("li", Role.AUTHOR)

    for path in (f"/v1/firms/{CODE}", "/v1/firms/recoveries", "/console/firms"):
        assert (await port.http.get(path, headers=author)).status_code == 403


async def test_the_console_makes_a_code_that_opens_the_firm(port: Port) -> None:
    staff = await port.staff("wang")
    form = {"csrf": staff["X-CSRF-Token"], "credit_code": CODE.lower(), "name": "示例公司", "label": "林小姐"}

    page = await port.http.post("/console/firms/admin-code", headers=staff, data=form)
    code = re.search(r'<output id="code">([^<]+)<', page.text)
    joined = await port.http.post("/v1/me/firms/join", headers=port.person(), json={"code": code[1] if code else ""})
    look = await port.http.post("/console/firms/look", headers=staff, data=form)

    assert "data:image/png;base64," in page.text
    assert joined.status_code == 200
    assert "林小姐" in look.text


async def test_the_console_says_what_is_wrong_in_the_reader_s_language(port: Port) -> None:
    staff = await port.staff("wang")
    form = {"csrf": staff["X-CSRF-Token"], "credit_code": CODE[:-1] + "0", "name": "", "label": ""}

    page = await port.http.post("/console/firms/admin-code?lang=en", headers=staff, data=form)

    assert page.status_code == 422
    assert page.text.count('role="alert"') == 3
    assert "check character" in page.text


async def test_two_of_staff_on_the_console(port: Port) -> None:
    wang, zhao = await port.staff("wang"), await port.staff("zhao")
    await port.admin(wang)
    form = {"credit_code": CODE, "label": "何敏", "reason": "管理员均已离职，材料已核。"}

    asked = await port.http.post("/console/firms/recovery", headers=wang, data={"csrf": wang["X-CSRF-Token"], **form})
    number = re.search(r'name="recovery_id" value="(\w+)"', asked.text)
    decide = {"recovery_id": number[1] if number else ""}
    own = await port.http.post(
        "/console/firms/recovery/approve", headers=wang, data={"csrf": wang["X-CSRF-Token"], **decide}
    )
    agreed = await port.http.post(
        "/console/firms/recovery/approve", headers=zhao, data={"csrf": zhao["X-CSRF-Token"], **decide}
    )

    assert own.status_code == 403
    assert '<output id="code">' in agreed.text


def test_a_link_opens_the_bot_where_there_is_one() -> None:
    assert JoinLinks("kouan_bot", None).link("AB-CD") == "https://t.me/kouan_bot?start=join_AB-CD"
    assert JoinLinks(None, None).link("AB-CD") is None


def test_the_qr_code_says_what_was_put_into_it() -> None:
    link = "https://t.me/kouan_bot?start=join_7KQ2M-X9DPA"

    found = zxingcpp.read_barcode(Image.open(io.BytesIO(qr_png(link))))

    assert found is not None
    assert found.text == link


def test_a_page_s_qr_code_is_a_picture_of_its_own() -> None:
    assert qr_address("x").startswith("data:image/png;base64,iVBOR")
