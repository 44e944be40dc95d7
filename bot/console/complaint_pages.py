"""Pages of the console: the cases of the complaints desk, one case with what can be done, and how cases were rated."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from bot.console.frame import Frame, reading_language
from bot.desks.complaints.desk import ComplaintDesk
from bot.desks.complaints.model import OPEN
from bot.errors import ConflictError, InvalidInputError
from bot.files.serving import file_response
from bot.learning.cases import CaseRatings
from bot.people.access import Access
from bot.people.model import Role, StaffMember, StaffSession

CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


def complaints_console(frame: Frame, desk: ComplaintDesk, ratings: CaseRatings, access: Access) -> APIRouter:
    """A list, a page for each case, its files, and its acts."""
    router = APIRouter(prefix="/console/complaints", include_in_schema=False, route_class=frame.route_class())
    Member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]

    async def page(request: Request, who: StaffSession, case_id: str, status: int = 200, **values: Any) -> Response:
        case, steps = await desk.show(case_id, who.staff)
        shown = {"typed": {"text": "", "to": "", "why": "", "name": ""}, "wrong": ""} | values
        return frame.page(
            request,
            "complaint.html",
            session=who,
            status_code=status,
            faults=shown.pop("faults", None),
            case=case,
            steps=steps,
            rule=desk.words.rules[case.kind],
            reading=reading_language(request),
            words=desk.words,
            late=case.is_late(desk.now()),
            mine=case.owner == who.staff.name,
            is_open=case.state in OPEN,
            **shown,
        )

    @router.get("")
    async def show_lists(request: Request, who: Member) -> Response:
        open_cases, finished = await desk.listed(who.staff)
        return frame.page(
            request,
            "complaints.html",
            session=who,
            open_cases=open_cases,
            finished=finished,
            scores=await ratings.scores(),
            reading=reading_language(request),
            words=desk.words,
            now=desk.now(),
        )

    @router.get("/{case_id}")
    async def show_case(request: Request, who: Member, case_id: CaseId) -> Response:
        return await page(request, who, case_id)

    @router.get("/{case_id}/files/{file_id}")
    async def show_file(who: Member, case_id: CaseId, file_id: CaseId) -> Response:
        return file_response(await desk.file(case_id, file_id, who.staff))

    @router.post("/{case_id}")
    async def act(request: Request, who: Member, case_id: CaseId) -> Response:
        form = await request.form()
        typed = {name: str(form.get(name, "")) for name in ("act", "text", "to", "why", "name")}
        try:
            await _act(desk, who.staff, case_id, typed)
        except InvalidInputError as error:
            faults = {fault.where: fault for fault in error.faults}
            return await page(request, who, case_id, 422, typed=typed, faults=faults)
        except ConflictError:
            return await page(request, who, case_id, 409, typed=typed, wrong="complaint.changed")
        # Who took themselves away may not read the case any more.
        return frame.go("/console/complaints" if typed["act"] == "bar" else f"/console/complaints/{case_id}")

    return router


async def _act(desk: ComplaintDesk, member: StaffMember, case_id: str, typed: Mapping[str, str]) -> None:
    match typed["act"]:
        case "take":
            await desk.take(case_id, member)
        case "answer":
            await desk.answer(case_id, member, typed["text"])
        case "refer":
            await desk.refer(case_id, member, typed["to"], typed["why"])
        case "bar":
            await desk.bar(case_id, member, typed["name"])
