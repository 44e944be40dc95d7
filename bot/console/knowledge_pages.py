"""Page of the console: questions not answered well, entries that helped least, entries about to expire."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData

from bot.console.frame import Frame
from bot.errors import InvalidInputError
from bot.learning.service import LearningService
from bot.people.access import Access
from bot.people.model import Role, StaffSession

_GROUPS_SHOWN = 50


def knowledge_pages(frame: Frame, service: LearningService, access: Access) -> APIRouter:
    """One page, and the two things that can be done with a group of questions: file a phrasing, dismiss it."""
    router = APIRouter(prefix="/console/knowledge", include_in_schema=False, route_class=frame.route_class())
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    async def page(request: Request, who: StaffSession, status: int = 200, **values: Any) -> Response:
        shown = {"done": "", "typed": {}, "wrong": None} | values
        faults = shown.pop("faults", None)
        groups = await service.open_groups()
        return frame.page(
            request,
            "knowledge.html",
            session=who,
            status_code=status,
            faults=faults,
            groups=groups[:_GROUPS_SHOWN],
            rated=await service.worst_rated(),
            expiring=service.expiring(),
            **shown,
        )

    @router.get("")
    async def show_page(request: Request, who: approver) -> Response:
        return await page(request, who)

    @router.post("/file")
    async def file_phrasing(request: Request, who: approver) -> Response:
        form = await request.form()
        typed = {"text": str(form.get("text", "")), "entry": str(form.get("entry", "")).strip()}
        numbers = _numbers(form)
        try:
            await service.file(numbers, typed["text"], typed["entry"], actor=f"staff:{who.staff.name}")
        except InvalidInputError as error:
            faults = {fault.where: fault for fault in error.faults}
            wrong = numbers[0] if numbers else None
            return await page(request, who, 422, faults=faults, typed=typed, wrong=wrong)
        return await page(request, who, done="knowledge.filed")

    @router.post("/dismiss")
    async def dismiss(request: Request, who: approver) -> Response:
        await service.dismiss(_numbers(await request.form()), actor=f"staff:{who.staff.name}")
        return await page(request, who, done="knowledge.dismissed")

    return router


def _numbers(form: FormData) -> list[int]:
    """The questions of a group, as the page wrote them."""
    return [int(part) for part in str(form.get("ids", "")).split(",") if part.isascii() and part.isdigit()][:2000]
