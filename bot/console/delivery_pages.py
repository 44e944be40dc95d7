"""Page of the console: queues, causes under way, dead letters, incidents."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request, Response

from bot.console.frame import Frame
from bot.delivery.canaries.service import Incidents
from bot.delivery.desk import PAGE, Act, DeliveryDesk
from bot.delivery.model import DELIVERY_FINAL, Cause, CauseKind
from bot.errors import ConflictError, NotFoundError
from bot.people.access import Access
from bot.people.model import Role, StaffSession

_MANY = 1000


def delivery_pages(frame: Frame, desk: DeliveryDesk, incidents: Incidents, access: Access) -> APIRouter:
    """One page with what is to be seen, and forms: send dead letters again, hold, go on, call back.

    Causes and deliveries have numbers here and no texts and no addresses.
    """
    router = APIRouter(prefix="/console/deliveries", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    async def page(request: Request, who: StaffSession, before: int | None = None, **values: Any) -> Response:
        found = await desk.overview()
        dead = await desk.dead_letters(before)
        shown = {"done": None, "count": 0, "problem": False} | values
        return frame.page(
            request,
            "deliveries.html",
            session=who,
            found=found,
            final=DELIVERY_FINAL,
            dead=dead,
            next_page=dead[-1].id if len(dead) == PAGE else None,
            incidents=await incidents.recent(),
            proofs=await incidents.proofs(),
            **shown,
        )

    @router.get("")
    async def show_page(request: Request, who: approver, before: int | None = None) -> Response:
        return await page(request, who, before)

    @router.post("/resend")
    async def send_again(request: Request, who: approver) -> Response:
        typed = (await request.form()).getlist("id")
        ids = [int(value) for value in map(str, typed[:_MANY]) if value.isascii() and value.isdigit()]
        opened = await desk.send_again(ids, actor=f"staff:{who.staff.name}")
        return await page(request, who, done="resent", count=len(opened), problem=len(opened) < len(ids) or not ids)

    @router.post("/causes/{kind}/{number}/{act}")
    async def act_on_cause(request: Request, who: approver, kind: str, number: str, act: str) -> Response:
        if kind not in set(CauseKind) or act not in get_args(Act):
            raise NotFoundError("cause")
        known: Act = next(name for name in get_args(Act) if name == act)
        try:
            await desk.act(Cause(CauseKind(kind), number), known, actor=f"staff:{who.staff.name}")
        except ConflictError:
            return await page(request, who, done="called_back", problem=True)
        return await page(request, who, done=known)

    return router
