"""Pages of the console: a firm, its people, its first admin, recovery when all admins are gone."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.console.frame import Frame
from bot.errors import ConflictError, InvalidInputError, KouanError, NotFoundError, SelfApprovalError
from bot.people.access import Access
from bot.people.firms.claims import ClaimService
from bot.people.firms.links import JoinLinks, qr_address
from bot.people.firms.model import Invitation
from bot.people.model import Role, StaffSession

_FIELDS = ("credit_code", "name", "label", "reason")


class _Page:
    """Shows the one page of firms with what a form did."""

    def __init__(self, frame: Frame, claims: ClaimService, links: JoinLinks) -> None:
        self._frame = frame
        self._claims = claims
        self._links = links

    async def show(
        self,
        request: Request,
        who: StaffSession,
        typed: dict[str, str] | None = None,
        error: KouanError | None = None,
        **values: Any,
    ) -> Response:
        """The page. error: what went wrong with the form whose name is `form`; typed: what stood in it."""
        shown = {"made": None, "view": None, "unknown": False, "done": None, "form": None, "problem": None} | values
        faults = {fault.where: fault for fault in error.faults} if isinstance(error, InvalidInputError) else {}
        made: Invitation | None = shown["made"]
        link = self._links.link(made.code or "") if made else None
        return self._frame.page(
            request,
            "firms.html",
            session=who,
            status_code=error.http_status if error else 200,
            faults=faults,
            typed=dict.fromkeys(_FIELDS, "") | (typed or {}),
            open_ones=await self._claims.open_recoveries(),
            link=link,
            qr=qr_address(link or made.code or "") if made else None,
            **shown,
        )


async def _typed_in(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: str(form.get(name, "")).strip() for name in (*_FIELDS, "replaces", "recovery_id")}


def firm_pages(frame: Frame, claims: ClaimService, links: JoinLinks, access: Access) -> APIRouter:
    """One page: look a firm up (recorded), make its first admin's code.

    What is typed travels in forms only, never in an address. Codes are shown once.
    """
    router = APIRouter(prefix="/console/firms", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    page = _Page(frame, claims, links).show

    @router.get("")
    async def show_page(request: Request, who: approver) -> Response:
        return await page(request, who)

    @router.post("/look")
    async def look_up(request: Request, who: approver) -> Response:
        typed = await _typed_in(request)
        try:
            view = await claims.look_up(typed["credit_code"], by=who.staff)
        except (InvalidInputError, NotFoundError) as error:
            return await page(request, who, typed, error, form="look", unknown=isinstance(error, NotFoundError))
        return await page(request, who, typed, view=view)

    @router.post("/admin-code")
    async def admin_code(request: Request, who: approver) -> Response:
        typed = await _typed_in(request)
        try:
            made = await claims.first_admin_code(typed["credit_code"], typed["name"], typed["label"], by=who.staff)
        except (InvalidInputError, ConflictError) as error:
            problem = "firm.has_admin" if isinstance(error, ConflictError) else None
            return await page(request, who, typed, error, form="first", problem=problem)
        return await page(request, who, made=made)

    return router


def recovery_pages(frame: Frame, claims: ClaimService, links: JoinLinks, access: Access) -> APIRouter:
    """The forms of the same page by which a recovery is asked for and decided."""
    router = APIRouter(prefix="/console/firms/recovery", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    page = _Page(frame, claims, links).show

    @router.post("")
    async def ask(request: Request, who: approver) -> Response:
        typed = await _typed_in(request)
        try:
            await claims.request_recovery(
                typed["credit_code"], typed["label"], typed["reason"], replaces=bool(typed["replaces"]), by=who.staff
            )
        except (InvalidInputError, NotFoundError, ConflictError) as error:
            problem = "firm.is_open" if isinstance(error, ConflictError) else None
            unknown = isinstance(error, NotFoundError)
            return await page(request, who, typed, error, form="recovery", problem=problem, unknown=unknown)
        return await page(request, who, done="firm.asked")

    @router.post("/approve")
    async def approve(request: Request, who: approver) -> Response:
        try:
            made = await claims.approve_recovery((await _typed_in(request))["recovery_id"], by=who.staff)
        except SelfApprovalError as error:
            return await page(request, who, None, error, problem="firm.own", form="open")
        return await page(request, who, made=made)

    @router.post("/refuse")
    async def refuse(request: Request, who: approver) -> Response:
        typed = await _typed_in(request)
        await claims.refuse_recovery(typed["recovery_id"], typed["reason"], by=who.staff)
        return await page(request, who, done="firm.refused")

    return router
