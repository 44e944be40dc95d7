"""Pages of the console: what is late, search among shipments, the stages of one."""

from base64 import b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.clearance.desk import ShipmentDesk
from bot.clearance.list_store import ShipmentFilter
from bot.clearance.model import is_declaration_no
from bot.clearance.picture import draw_svg
from bot.clearance.steps import steps_of
from bot.console.frame import Frame, reading_language
from bot.errors import InvalidInputError, NotFoundError
from bot.people.access import Access
from bot.people.model import Role, StaffSession


def shipment_pages(frame: Frame, desk: ShipmentDesk, access: Access) -> APIRouter:
    """A list page and a page for one. Numbers travel in forms only, never in an address."""
    router = APIRouter(prefix="/console/shipments", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    async def page(request: Request, who: StaffSession, status: int = 200, **values: Any) -> Response:
        language = reading_language(request)
        shown = {"found": None, "query": "", "open_only": False, "faults": None} | values
        faults = shown.pop("faults")
        lates = await desk.lates(actor=f"staff:{who.staff.name}")
        return frame.page(
            request,
            "shipments.html",
            session=who,
            status_code=status,
            faults=faults,
            lates=lates,
            name=lambda stage: desk.texts.name(stage, language) if stage else "–",
            port=lambda code: desk.texts.words.port(code, language) if code else "–",
            **shown,
        )

    @router.get("")
    async def show_page(request: Request, who: approver) -> Response:
        return await page(request, who)

    @router.post("/search")
    async def search(request: Request, who: approver) -> Response:
        form = await request.form()
        query, open_only = str(form.get("query", "")).strip(), form.get("open") == "yes"
        try:
            wanted = ShipmentFilter(open_only=open_only)
            found = await desk.find(query, wanted, actor=f"staff:{who.staff.name}")
        except InvalidInputError as error:
            faults = {fault.where: fault for fault in error.faults}
            return await page(request, who, error.http_status, query=query, open_only=open_only, faults=faults)
        return await page(request, who, found=found, query=query, open_only=open_only)

    @router.post("/look")
    async def look(request: Request, who: approver) -> Response:
        number = str((await request.form()).get("declaration_no", ""))
        if not is_declaration_no(number):
            raise NotFoundError("declaration")
        clearance = await desk.look(number, actor=f"staff:{who.staff.name}")
        language = reading_language(request)
        steps = steps_of(clearance, language, desk.texts.words)
        svg = b64encode(draw_svg(steps, language).encode()).decode()
        stages = {one.change.stage: desk.texts.name(one.change.stage, language) for one in clearance.taken_back}
        return frame.page(
            request, "shipment.html", session=who, clearance=clearance, steps=steps, svg=svg, stages=stages
        )

    return router
