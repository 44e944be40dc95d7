"""The console's pages of expo labels: events, goods lists with all reasons, issuing, printing, scanning, the balance."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.console.frame import Frame, reading_language
from bot.desks.labels.desk import LabelDesk
from bot.desks.labels.lives_model import FATES, LABEL, STEPS_OF, LabelState, Party
from bot.desks.labels.model import MILLI, quantity_text, serial_text
from bot.desks.labels.routes import pdf
from bot.desks.labels.service import Movement, Who
from bot.errors import ConflictError, InvalidInputError, KouanError, NotFoundError
from bot.people.access import Access
from bot.people.model import Role, StaffSession, new_id

HOME = "/console/labels"
_STEPS = (LabelState.AFFIXED, LabelState.RELEASED, LabelState.INSPECTED, LabelState.CLOSED)


def label_pages(frame: Frame, desk: LabelDesk, access: Access) -> APIRouter:
    """Members of staff scan, release, inspect and book; approvers decide."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    lead = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    pages = _Pages(frame, desk)

    @router.get("")
    async def show_home(request: Request, who: member) -> Response:
        return await pages.home(request, who)

    @router.post("/scan")
    async def scan(request: Request, who: member) -> Response:
        code = str((await request.form()).get("code", ""))
        return await pages.home(request, who, proof=await desk.proof.check(code))

    @router.get("/events/{event_id}")
    async def show_event(request: Request, who: member, event_id: str) -> Response:
        return await pages.event(request, who, event_id)

    @router.post("/events/{event_id}/{act}")
    async def decide_event(request: Request, who: lead, event_id: str, act: str) -> Response:
        reasons = str((await request.form()).get("reasons", "")).splitlines()
        acts: Mapping[str, Callable[[], Awaitable[object]]] = {
            "approve": lambda: desk.events.approve(event_id, by=who.staff),
            "refuse": lambda: desk.events.refuse(event_id, reasons, by=who.staff),
            "close": lambda: desk.events.close(event_id, by=who.staff),
        }
        problem = await _tried(acts[act]()) if act in acts else ""
        return await pages.event(request, who, event_id, problem) if problem else frame.go(f"{HOME}/events/{event_id}")

    @router.get("/lists/{list_id}")
    async def show_list(request: Request, who: member, list_id: str) -> Response:
        return await pages.list(request, who, list_id)

    @router.get("/lists/{list_id}/sheet.pdf")
    async def print_list(who: member, list_id: str, first_line: int = 1) -> Response:
        return pdf(await desk.proof.sheet(list_id, None, first_line=max(1, first_line)), list_id)

    @router.post("/lists/{list_id}/{act}")
    async def decide_list(request: Request, who: lead, list_id: str, act: str) -> Response:
        reasons = str((await request.form()).get("reasons", "")).splitlines()
        acts: Mapping[str, Callable[[], Awaitable[object]]] = {
            "approve": lambda: desk.decisions.approve(list_id, by=who.staff),
            "return": lambda: desk.decisions.give_back(list_id, reasons, by=who.staff),
            "refuse": lambda: desk.decisions.refuse(list_id, reasons, by=who.staff),
        }
        problem = await _tried(acts[act]()) if act in acts else ""
        return await pages.list(request, who, list_id, problem) if problem else frame.go(f"{HOME}/lists/{list_id}")

    @router.post("/steps/{list_id}/{to}")
    async def take_step(request: Request, who: member, list_id: str, to: LabelState) -> Response:
        ids = [str(one) for one in (await request.form()).getlist("label")]
        problem = await _tried(desk.labels.advance(ids, to, Who.staff(who.staff)))
        return await pages.list(request, who, list_id, problem) if problem else frame.go(f"{HOME}/lists/{list_id}")

    @router.post("/movements/{list_id}/{label_id}")
    async def book(request: Request, who: member, list_id: str, label_id: str) -> Response:
        form = await request.form()
        movement = _movement({name: str(form.get(name, "")) for name in ("fate", "quantity", "ref", "document")})
        act = desk.labels.book(label_id, movement, Who.staff(who.staff), reading_language(request))
        problem = await _tried(act)
        return await pages.list(request, who, list_id, problem) if problem else frame.go(f"{HOME}/lists/{list_id}")

    return router


class _Pages:
    """Puts the pages together."""

    def __init__(self, frame: Frame, desk: LabelDesk) -> None:
        self._frame = frame
        self._desk = desk

    async def home(self, request: Request, who: StaffSession, **values: Any) -> Response:
        """Events, and the scan."""
        events = await self._desk.events.all_events()
        return self._page(request, who, "home", **({"events": events, "proof": None} | values))

    async def event(self, request: Request, who: StaffSession, event_id: str, problem: str = "") -> Response:
        """One event with its lists and its account."""
        account, exhibitors = await self._desk.events.account(event_id)
        values = {
            "account": account,
            "exhibitors": {exhibitor.id: exhibitor for exhibitor in exhibitors},
            "lists": await self._desk.lists.of_event(event_id),
            "balances": await self._desk.labels.balances(event_id, None, limit=200),
        }
        return self._page(request, who, "event", problem, **values)

    async def list(self, request: Request, who: StaffSession, list_id: str, problem: str = "") -> Response:
        """One goods list: what is missing, its lines, their labels."""
        view, labels = await self._desk.lists.staff_view(list_id)
        language = reading_language(request)
        values = {
            "view": view,
            "labels": labels,
            "missing": self._desk.lists.missing(view, language),
            "told": self._desk.lists.told(view, language),
            "next_steps": [to for to in _STEPS if any(LABEL.allows(label.state, to) for label in labels)],
            "fates": [fate for fate in FATES if Party.STAFF in STEPS_OF[fate]],
            "new_ref": new_id,
        }
        return self._page(request, who, "list", problem, **values)

    def _page(self, request: Request, who: StaffSession, part: str, problem: str = "", **values: Any) -> Response:
        language = reading_language(request)
        words = self._desk.words
        shared: dict[str, Any] = {
            "part": part,
            "problem": problem,
            "serial": serial_text,
            "amount": quantity_text,
            "allows": LABEL.allows,
            "word": lambda name: words.say(name, language),
            "reading": language,
            "may_decide": who.staff.role.may_act_as(Role.APPROVER),
        }
        status = 409 if problem else 200
        return self._frame.page(request, "labels.html", session=who, status_code=status, **(shared | values))


def _movement(given: dict[str, str]) -> Movement:
    """Raises NotFoundError for a fate that is none; a quantity that cannot be read is 0, which the service refuses."""
    if given["fate"] not in {fate.value for fate in FATES}:
        raise NotFoundError("fate")
    try:
        number = Decimal(given["quantity"].strip() or "0")
        milli = int(number * MILLI) if number.is_finite() and number * MILLI == int(number * MILLI) else 0
    except (InvalidOperation, OverflowError):
        milli = 0
    return Movement(LabelState(given["fate"]), milli, given["ref"] or new_id(), given["document"])


async def _tried(act: Awaitable[object]) -> str:
    """What went wrong, all of it; nothing: it was done."""
    try:
        await act
    except InvalidInputError as error:
        return "\n".join(fault.message for fault in error.faults)
    except (ConflictError, NotFoundError) as error:
        return str(error)
    except KouanError:
        raise
    return ""
