"""The console's page of bookings: what waits for a decision, the day's bookings and slots, the roster."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.console.frame import Frame, reading_language
from bot.desks.booking.desk import BookingDesk
from bot.desks.booking.model import BookingState
from bot.desks.booking.planning import Planning, SlotPlan
from bot.desks.booking.words import BookingWords
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.people.access import Access
from bot.people.model import Role, StaffSession

HOME = "/console/booking"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|(24):(00)")
_NUMBER = re.compile(r"[0-9]{6}-[0-9A-Z]{7}")
# What a booking's row offers: only what its state allows.
ACTS: Mapping[BookingState, tuple[str, ...]] = {
    BookingState.REQUESTED: ("approve", "refuse"),
    BookingState.CONFIRMED: ("served", "no_show"),
    BookingState.SERVED: ("no_show",),
    BookingState.NO_SHOW: ("served",),
}


def booking_pages(
    frame: Frame,
    desk: BookingDesk,
    planning: Planning,
    words: BookingWords,
    kinds: Mapping[str, object],
    access: Access,
) -> APIRouter:
    """Staff work the day and see their own roster; approvers arrange sites, slots and duties."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    lead = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    async def page(
        request: Request, who: StaffSession, day: date, *, status: int = 200, problem: str = "", **values: Any
    ) -> Response:
        start = datetime.combine(day, time(), frame.zone)
        end = start + timedelta(days=1)
        language = reading_language(request)
        shown: dict[str, Any] = {
            "day": day,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "to_decide": await desk.to_decide(),
            "bookings": await desk.bookings(start, end),
            "slots": await planning.slots(start - timedelta(seconds=1), end - timedelta(seconds=1)),
            "duties": await planning.duties(start, end),
            "own": await planning.duties(start, start + timedelta(days=14), officer=who.staff.name),
            "sites": await planning.sites(),
            "kinds": {kind: words.kind(kind, language) for kind in kinds},
            "states": {state: words.say(f"state_{state}", language) for state in BookingState},
            "fields": {name: words.say(f"field_{name}", language) for name in ("contact", "mobile", "goods", "reason")},
            "acts": ACTS,
            "reading": language,
            "found": None,
            "problem": problem,
        }
        return frame.page(request, "booking.html", session=who, status_code=status, **(shown | values))

    def today() -> date:
        return desk.now().astimezone(frame.zone).date()

    async def tried(request: Request, who: StaffSession, day: date, act: Any) -> Response:
        """Do an act of a form, and show the page again: with what went wrong, where something did."""
        try:
            await act
        except InvalidInputError as error:
            said = "; ".join(f"{fault.where}: {fault.message}" for fault in error.faults)
            return await page(request, who, day, status=422, problem=said)
        except (ConflictError, NotFoundError) as error:
            return await page(request, who, day, status=error.http_status, problem=str(error))
        return frame.go(f"{HOME}?day={day}")

    @router.get("")
    async def show(request: Request, who: member, day: str = "") -> Response:
        return await page(request, who, _day(day) or today())

    @router.get("/find")
    async def find(request: Request, who: member, number: str = "") -> Response:
        number = number.strip().upper()
        if not _NUMBER.fullmatch(number):
            return await page(request, who, today(), status=404, problem=number)
        booking = await desk.find(number)
        day = booking.slot.starts_at.astimezone(frame.zone).date()
        steps = await desk.history(number)
        return await page(request, who, day, found=booking, steps=steps)

    @router.post("/bookings/{number}/{act}")
    async def act_on(request: Request, who: member, number: str, act: str) -> Response:
        form = await request.form()
        why = str(form.get("why", ""))
        acts = {
            "approve": lambda: desk.approve(number, by=who.staff),
            "refuse": lambda: desk.refuse(number, why, by=who.staff),
            "served": lambda: desk.served(number, why, by=who.staff),
            "no_show": lambda: desk.no_show(number, why, by=who.staff),
        }
        if act not in acts:
            raise NotFoundError("act")
        return await tried(request, who, _day(str(form.get("day", ""))) or today(), acts[act]())

    @router.post("/sites")
    async def add_site(request: Request, who: lead) -> Response:
        form = await request.form()
        office, name_zh, name_en, address = (
            str(form.get(name, "")) for name in ("office", "name_zh", "name_en", "address")
        )
        opens, closes = (_minute(str(form.get(name, ""))) for name in ("opens", "closes"))
        act = planning.add_site(office, name_zh, name_en, address, opens, closes, by=who.staff)
        return await tried(request, who, today(), act)

    @router.post("/slots")
    async def add_slots(request: Request, who: lead) -> Response:
        form = await request.form()
        first = _day(str(form.get("first", "")))
        last = _day(str(form.get("last", ""))) or first
        if first is None or last is None:
            return await page(request, who, today(), status=422, problem="first, last: YYYY-MM-DD")
        plan = SlotPlan(
            str(form.get("site_id", "")),
            str(form.get("kind", "")),
            first,
            last,
            [_minute(word) for word in re.split(r"[\s,，、]+", str(form.get("starts", "")).strip()) if word],
            _whole(str(form.get("minutes", ""))),
            _whole(str(form.get("capacity", ""))),
            str(form.get("days", "all")),
        )
        return await tried(request, who, first, planning.add_slots(plan, by=who.staff))

    @router.post("/slots/{slot_id}/close")
    async def close_slot(request: Request, who: lead, slot_id: str) -> Response:
        form = await request.form()
        act = desk.close_slot(slot_id, str(form.get("why", "")), by=who.staff)
        return await tried(request, who, _day(str(form.get("day", ""))) or today(), act)

    @router.post("/duties")
    async def add_duty(request: Request, who: lead) -> Response:
        form = await request.form()
        day = _day(str(form.get("day", ""))) or today()
        starts, ends = (_minute(str(form.get(name, ""))) for name in ("starts", "ends"))
        midnight = datetime.combine(day, time(), frame.zone)
        # An end that is not after the beginning lies on the next day: a night's duty.
        ends += 24 * 60 if 0 <= ends <= starts else 0
        times = [midnight + timedelta(minutes=minutes) for minutes in (starts, ends)]
        if min(starts, ends) < 0:
            return await page(request, who, day, status=422, problem="starts, ends: HH:MM")
        act = planning.add_duty(
            str(form.get("site_id", "")), str(form.get("officer", "")).strip(), times[0], times[1], by=who.staff
        )
        return await tried(request, who, day, act)

    @router.post("/duties/{duty_id}/end")
    async def end_duty(request: Request, who: lead, duty_id: str) -> Response:
        form = await request.form()
        act = planning.end_duty(duty_id, by=who.staff)
        return await tried(request, who, _day(str(form.get("day", ""))) or today(), act)

    return router


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _minute(text: str) -> int:
    """Minute of the day; -1 for what is none, which the service refuses by name."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return -1
    return int(found[1] or found[3]) * 60 + int(found[2] or found[4])


def _whole(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 6 else -1
