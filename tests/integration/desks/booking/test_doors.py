"""Booking through its doors: HTTP for people and staff, links, console, form and talk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from icalendar import Calendar
from redis.asyncio import Redis

from bot import problems
from bot.channels.model import Incoming, Reply
from bot.console.booking_pages import booking_pages
from bot.console.frame import Frame
from bot.console.texts import load_console_texts
from bot.desks.booking.form import BookingForm
from bot.desks.booking.personal import BookingCases, PersonalBookings
from bot.desks.booking.routes import files_router, own_router
from bot.desks.booking.staff_routes import staff_router
from bot.desks.booking.talk import BookingInChat
from bot.forms.form import Asking, Filled, FormRefusedError
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Person, StaffMember
from bot.people.service import WebSessions
from bot.secrets import Secrets, actions_token
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from tests.integration.desks.booking.rig import COMPLETE, DAY, Rig, open_rig
from tests.office import PASSWORD, ZONE


@dataclass
class Doors:
    rig: Rig
    http: httpx.AsyncClient
    sessions: WebSessions
    actions: dict[str, str]

    async def log_in(self, member: StaffMember) -> dict[str, str]:
        session_id, session = await self.rig.staff.log_in(member.name, PASSWORD)
        self.http.cookies.set("kouan_staff", session_id)
        return {"X-CSRF-Token": session.csrf}

    async def me(self) -> tuple[dict[str, str], Person, str]:
        """Headers of a web chat's person, the person, their firm."""
        session = self.sessions.issue()
        person = await self.rig.people.meet("web", session, private=True, language="zh-Hans")
        colleague, firm = await self.rig.person()
        self.rig.firms.by_person[person.id] = self.rig.firms.by_person[colleague]
        return {"Authorization": f"Bearer {session}"}, person, firm


@pytest.fixture
async def doors(sqlite_store: Store, redis: Redis, secrets: Secrets) -> AsyncIterator[Doors]:
    rig = await open_rig(sqlite_store, redis, secrets)
    audit = AuditTrail(secrets)
    access = Access(KeyService(sqlite_store, rig.clock, secrets, audit), rig.staff, secrets)
    sessions = WebSessions(secrets)
    frame = Frame(load_console_texts(), ZONE, secure=False)
    app = FastAPI()
    problems.install(app)
    for router in (
        *own_router(rig.service, rig.links, rig.people, sessions, access),
        files_router(rig.service, rig.links),
        staff_router(rig.desk, rig.planning, access),
        booking_pages(frame, rig.desk, rig.planning, rig.service.words, rig.service.rules.kinds, access),
    ):
        app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Doors(rig, http, sessions, {"Authorization": f"Bearer {actions_token(secrets)}"})


async def test_a_person_books_moves_and_cancels_over_http(doors: Doors) -> None:
    first, second = await doors.rig.slots(1, 10 * 60, 15 * 60)
    me, _, firm = await doors.me()
    wish = {"slot_id": first.id, "firm_id": firm, "reference": "CSQU3054383", "contact": "王", "mobile": "13800000000"}

    lacking = await doors.http.post("/v1/me/booking/bookings", headers=me, json=wish)
    made = await doors.http.post("/v1/me/booking/bookings", headers=me, json=wish | {"goods": "木材"})
    number = made.json()["number"]
    path = f"/v1/me/booking/bookings/{number}"
    moved = await doors.http.post(f"{path}/reschedule", headers=me, json={"slot_id": second.id})
    listed = await doors.http.get("/v1/me/booking/bookings", headers=me)
    gone = await doors.http.post(f"{path}/cancel", headers=me, json={"why": "船期推迟"})
    others, _, _ = await doors.me()

    assert (lacking.status_code, [fault["where"] for fault in lacking.json()["faults"]]) == (422, ["goods"])
    assert (made.status_code, made.json()["state"]) == (201, "confirmed")
    assert moved.json()["slot_id"] == second.id
    assert [booking["number"] for booking in listed.json()] == [number]
    assert gone.json()["state"] == "cancelled"
    assert (await doors.http.get(path, headers=others)).status_code == 404
    assert (await doors.http.get(path)).status_code == 401


async def test_a_full_slot_is_a_problem_with_a_way_forward(doors: Doors) -> None:
    first, second = await doors.rig.slots(1, 10 * 60, 15 * 60)
    await doors.rig.book(first)
    me, _, firm = await doors.me()
    wish = {"slot_id": first.id, "firm_id": firm, "reference": "R-1", "contact": "王", "mobile": "13800000000"}

    answer = await doors.http.post("/v1/me/booking/bookings", headers=me, json=wish | {"goods": "木材"})
    waits = await doors.http.post("/v1/me/booking/bookings", headers=me, json=wish | {"goods": "木材", "wait": True})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:kouan:problem:booking-refused")
    assert [slot["slot_id"] for slot in answer.json()["forward"]["next_slots"]] == [second.id]
    assert (waits.json()["state"], waits.json()["place_in_line"]) == ("waiting", 1)


async def test_the_action_server_books_for_a_conversation(doors: Doors) -> None:
    (slot,) = await doors.rig.slots(1)
    _, person, firm = await doors.me()
    base = f"/v1/conversations/{person.address_id}/booking"

    slots = await doors.http.get(f"{base}/slots", headers=doors.actions, params={"kind": "inspection"})
    wish = {"slot_id": slot.id, "firm_id": firm, "reference": "R-1", "contact": "王", "mobile": "13800000000"}
    made = await doors.http.post(f"{base}/bookings", headers=doors.actions, json=wish | {"goods": "木材"})

    assert [found["id"] for found in slots.json()] == [slot.id]
    assert made.status_code == 201
    assert (await doors.http.get(f"{base}/kinds")).status_code == 401


async def test_the_calendar_file_and_the_code_lie_behind_a_link_that_nobody_guesses(doors: Doors) -> None:
    (slot,) = await doors.rig.slots(1)
    booking = await doors.rig.book(slot)
    path = doors.rig.links.path(booking, "calendar")

    answer = await doors.http.get(path)
    event = Calendar.from_ical(answer.text).walk("VEVENT")[0]
    qr = await doors.http.get(doors.rig.links.path(booking, "qr"))
    guessed = await doors.http.get(path.replace(doors.rig.links.proof(booking.number), "0" * 32))

    assert answer.headers["content-type"].startswith("text/calendar")
    assert (event["UID"], event["SEQUENCE"], str(event["STATUS"])) == (f"{booking.number}@kouan", 1, "CONFIRMED")
    assert event.decoded("DTSTART") == slot.starts_at
    assert qr.content.startswith(b"<?xml")
    assert guessed.status_code == 404


async def test_staff_arrange_and_work_over_http(doors: Doors) -> None:
    rig = doors.rig
    headers = await doors.log_in(rig.lead)
    site = await doors.http.post(
        "/v1/booking/sites",
        headers=headers,
        json={"office": "5316", "name_zh": "大鹏", "name_en": "Dapeng", "opens": "09:00", "closes": "17:00"},
    )
    plan = {"site_id": site.json()["id"], "kind": "outside_hours", "first": f"{DAY}", "last": f"{DAY}"}
    slots = await doors.http.post(
        "/v1/booking/slots", headers=headers, json=plan | {"starts": ["20:00"], "minutes": 60, "capacity": 1}
    )
    duty = {"site_id": site.json()["id"], "officer": "Officer", "starts_at": f"{DAY}T18:00:00+08:00"}
    await doors.http.post("/v1/booking/duties", headers=headers, json=duty | {"ends_at": f"{DAY}T23:00:00+08:00"})
    (slot,) = await rig.service.offered(kind="outside_hours")
    booking = await rig.book(slot)
    officer = await doors.log_in(rig.officer)
    span = {"after": f"{DAY}T00:00:00+08:00", "until": f"{DAY}T23:59:00+08:00"}

    mine = await doors.http.get("/v1/booking/duties/mine", params=span)
    may_not = await doors.http.post("/v1/booking/slots", headers=officer, json=plan)
    approved = await doors.http.post(f"/v1/booking/bookings/{booking.number}/approve", headers=officer)
    again = await doors.http.post(f"/v1/booking/bookings/{booking.number}/approve", headers=officer)
    steps = await doors.http.get(f"/v1/booking/bookings/{booking.number}/history")

    assert slots.json() == {"made": 1, "there": 0}
    assert [duty["officer"] for duty in mine.json()] == ["Officer"]
    assert may_not.status_code == 403
    assert (approved.json()["state"], again.status_code) == ("confirmed", 409)
    assert [step["to_state"] for step in steps.json()] == ["requested", "confirmed"]


async def test_the_console_shows_the_day_and_takes_decisions(doors: Doors) -> None:
    (slot,) = await doors.rig.slots(1, 22 * 60, kind="outside_hours")
    booking = await doors.rig.book(slot)
    headers = await doors.log_in(doors.rig.lead)
    csrf = {"csrf": headers["X-CSRF-Token"], "day": f"{DAY}"}

    pages = [await doors.http.get(f"/console/booking?day={DAY}&lang={lang}") for lang in ("zh", "zh-Hant", "en")]
    refused = await doors.http.post(f"/console/booking/bookings/{booking.number}/refuse", data=csrf)
    done = await doors.http.post(f"/console/booking/bookings/{booking.number}/approve", data=csrf)
    found = await doors.http.get("/console/booking/find", params={"number": booking.number})
    slots = csrf | {"site_id": doors.rig.site.id, "kind": "inspection", "first": f"{DAY}", "starts": "08:00, 9:30"}
    made = await doors.http.post(
        "/console/booking/slots", data=slots | {"minutes": "60", "capacity": "2", "days": "all"}
    )

    assert all(page.status_code == 200 and booking.number in page.text for page in pages)
    assert refused.status_code == 422
    assert (done.status_code, made.status_code) == (303, 303)
    assert "confirmed" in found.text


async def test_the_form_books_and_tells_what_stands_in_the_way(doors: Doors) -> None:
    rig = doors.rig
    (slot,) = await rig.slots(1, 22 * 60, kind="outside_hours")
    _, person, firm = await doors.me()
    form = BookingForm(rig.service).form()
    values: dict[str, Any] = {"firm": firm, "kind": "outside_hours", "aeo": False, "site": rig.site.id, "day": f"{DAY}"}
    values |= {name: getattr(COMPLETE, name) for name in ("reference", "goods", "hs_code", "goods_class", "transport")}
    values |= {
        name: getattr(COMPLETE, name) for name in ("declaration_port", "entry_port", "contact", "mobile", "reason")
    }
    async with rig.store.write() as connection:
        asking = Asking(connection, person, values, "zh-Hans", rig.clock.now, ZONE)
        choices = {
            field.name: [choice.value for choice in await field.choices(asking)]
            for field in form.fields
            if callable(field.choices)
        }
        filled = Filled(
            connection, person, values | {"slot": slot.id}, "zh-Hans", rig.clock.now, ZONE, draft_id="draft-1"
        )
        (card,) = await form.submit(filled)
        again = replace(filled, draft_id="draft-2", values={**filled.values, "reference": "OTHER-1"})
        with pytest.raises(FormRefusedError) as caught:
            await form.submit(again)
        review = await form.review(asking) if form.review else []

    assert choices == {"firm": [firm], "site": [rig.site.id], "day": [f"{DAY}"], "slot": [slot.id]}
    assert "待审批" in card.text
    assert [trouble.field for trouble in caught.value.troubles] == ["slot"]
    assert "据转载" in review[0].zh_hans
    asked = {field.name for field in form.fields if field.needed(values)}
    assert {"reason", "hs_code", "aeo"} <= asked
    assert "hs_code" not in {field.name for field in form.fields if field.needed(values | {"kind": "inspection"})}


async def test_buttons_in_the_talk_show_move_and_cancel(doors: Doors) -> None:
    rig = doors.rig
    first, second = await rig.slots(1, 10 * 60, 15 * 60)
    _, person, firm = await doors.me()
    booking = await rig.book(first, who=(person.id, firm))
    chat = BookingInChat(rig.service)

    async def press(payload: str, language: Any = "en") -> Reply:
        replies = await chat.take(Incoming("web", "x", payload=payload, private=True), person, language)
        assert replies is not None
        return replies[0]

    listed = await chat.take(Incoming("web", "x", text="我的预约", private=True), person, "zh-Hans")
    moves = await press(f"bk:move:{booking.number}")
    moved = await press(moves.buttons[0].payload or "")
    asked = await press(f"bk:cancel:{booking.number}")
    gone = await press(asked.buttons[0].payload or "")
    after = await press(f"bk:move:{booking.number}")

    assert listed is not None
    assert booking.number in listed[0].text
    assert moves.buttons[0].payload == f"bk:to:{booking.number}:{second.id}"
    assert "2026-11-25 15:00 (Asia/Shanghai)" in moved.text
    assert "cancelled" in gone.text
    assert "“cancelled” now" in after.text
    assert await chat.take(Incoming("web", "x", text="预约怎么办理"), person, "zh-Hans") is None


async def test_what_is_stored_of_a_person_is_shown_and_erased(doors: Doors) -> None:
    rig = doors.rig
    (slot,) = await rig.slots(1)
    who = await rig.person()
    booking = await rig.book(slot, who=who)
    personal = PersonalBookings()
    async with rig.store.write() as connection:
        cases = await BookingCases(rig.firms, rig.service.words, rig.clock).of(connection, who[0], 5)
        shown = await personal.export(connection, who[0])
        kept = await personal.erase(connection, who[0], rig.clock.now + timedelta(days=1))
        after = await personal.export(connection, who[0])

    assert [(case.number, case.is_open) for case in cases] == [(booking.number, True)]
    assert shown[0]["mobile"] == "13800000000"
    assert list(kept) == ["bookings: 1"]
    assert after == []
    assert "mobile" not in (await rig.desk.find(booking.number)).details
