"""Pages of the console: binding codes and statuses of declarations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.clearance.model import is_declaration_no
from bot.clearance.service import ClearanceService
from bot.console.frame import Frame, reading_language
from bot.errors import Fault, NotFoundError
from bot.people.access import Access
from bot.people.model import Role, StaffSession

_FAULT = Fault("declaration_no", "format", "A declaration number has exactly 18 digits.")


def declaration_pages(frame: Frame, service: ClearanceService, access: Access) -> APIRouter:
    """One page: look up a status (recorded), make a binding code (shown once).

    Numbers travel in forms only, never in an address, so that none stands in a log or a browser's history.
    """
    router = APIRouter(prefix="/console/declarations", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    def page(request: Request, who: StaffSession, number: str = "", status: int = 200, **values: Any) -> Response:
        shown = {"code": None, "clearance": None, "stages": {}, "unknown": False} | values
        faults = shown.pop("faults", None)
        return frame.page(
            request, "declaration.html", session=who, status_code=status, faults=faults, number=number, **shown
        )

    async def typed_number(request: Request) -> str:
        return "".join(str((await request.form()).get("declaration_no", "")).split())

    @router.get("")
    async def show_page(request: Request, who: approver) -> Response:
        return page(request, who)

    @router.post("/status")
    async def look_up(request: Request, who: approver) -> Response:
        number = await typed_number(request)
        if not is_declaration_no(number):
            return page(request, who, number, 422, faults={_FAULT.where: _FAULT})
        try:
            clearance = await service.status_for_staff(number, actor=f"staff:{who.staff.name}")
        except NotFoundError as error:
            return page(request, who, number, error.http_status, unknown=True)
        language = reading_language(request)
        stages = {change.stage: service.texts.name(change.stage, language) for change in clearance.history}
        return page(request, who, number, clearance=clearance, stages=stages)

    @router.post("/code")
    async def make_code(request: Request, who: approver) -> Response:
        number = await typed_number(request)
        if not is_declaration_no(number):
            return page(request, who, number, 422, faults={_FAULT.where: _FAULT})
        code = await service.make_binding_code(number, actor=f"staff:{who.staff.name}")
        return page(request, who, number, code=code)

    return router
