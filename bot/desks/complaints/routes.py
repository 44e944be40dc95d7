"""HTTP of complaints: a person's own, nobody's (anonymous reports), and the staff's."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Header, Path, UploadFile
from fastapi.responses import Response

from bot.channels.model import Language
from bot.desks.complaints.desk import ComplaintDesk
from bot.desks.complaints.model import (
    ABOUT_MAX_CHARS,
    TEXT_MAX_CHARS,
    Kind,
)
from bot.desks.complaints.schemas import (
    AnswerCreate,
    Barred,
    Code,
    ComplaintCreate,
    ComplaintForStaff,
    ComplaintLists,
    ComplaintPublic,
    Reference,
    ReportOpened,
    ReportState,
    StepPublic,
    Why,
    members,
    public,
    report_state,
)
from bot.desks.complaints.service import ComplaintService, Intake
from bot.files.serving import file_response
from bot.limits import Bucket
from bot.people.access import Access
from bot.people.model import Person, Role, StaffSession

REPORTS_PATH = "/v1/reports"
CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of the case")]
FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of the file")]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", max_length=255, description="The same again opens no second case")
]


def own_complaints_router(service: ComplaintService, own: Callable[..., Any]) -> APIRouter:
    """A person's own cases. own: the dependency that knows the person."""
    Own = Annotated[Person, Depends(own)]
    router = APIRouter(prefix="/v1/me/complaints", tags=["complaints"])

    @router.post("", status_code=201)
    async def open_case(person: Own, body: ComplaintCreate, key: Key = None) -> ComplaintPublic:
        """Send an enquiry, suggestion, complaint, named report or review."""
        origin = hashlib.sha256(f"{person.id}:{key}".encode()).hexdigest() if key else None
        intake = Intake(body.kind, body.text, body.locale, body.about, body.known_on, body.files, origin)
        return public(await service.send(person.id, intake))

    @router.get("")
    async def read_cases(person: Own) -> list[ComplaintPublic]:
        """One's own cases, the latest change first."""
        return [public(case) for case in await service.own(person.id)]

    @router.get("/{case_id}")
    async def read_case(person: Own, case_id: CaseId) -> ComplaintPublic:
        """One case, with its files."""
        return public(await service.find(person.id, case_id))

    @router.get("/{case_id}/files/{file_id}", response_class=Response)
    async def read_file(person: Own, case_id: CaseId, file_id: FileId) -> Response:
        """A file of a case, as a download."""
        return file_response(await service.file(person.id, case_id, file_id))

    @router.post("/{case_id}/withdraw")
    async def withdraw(person: Own, case_id: CaseId) -> ComplaintPublic:
        """Take it back."""
        return public(await service.withdraw(person.id, case_id))

    @router.post("/{case_id}/reopen")
    async def reopen(person: Own, case_id: CaseId, body: Why) -> ComplaintPublic:
        """Have an answered case looked at once more, by somebody else."""
        return public(await service.reopen(person.id, case_id, body.why))

    @router.post("/{case_id}/close")
    async def close(person: Own, case_id: CaseId) -> ComplaintPublic:
        """The answer serves."""
        return public(await service.content(person.id, case_id))

    return router


def reports_router(service: ComplaintService, bucket: Bucket) -> APIRouter:
    """Public: reports behind which nobody is known. bucket: how many come through in all, since nobody can be told apart."""
    router = APIRouter(prefix=REPORTS_PATH, tags=["complaints"])

    @router.post("", status_code=201)
    async def open_report(
        text: Annotated[str, Form(min_length=1, max_length=TEXT_MAX_CHARS)],
        about: Annotated[str, Form(max_length=ABOUT_MAX_CHARS)] = "",
        locale: Annotated[Language, Form()] = "zh-Hans",
        files: Annotated[Sequence[UploadFile], File(description="at most 5")] = (),
    ) -> ReportOpened:
        """Report a breach or misconduct anonymously: no person, session or address is kept. The code is shown this once."""
        bucket.take()
        attached = [(file.filename or "", await file.read()) for file in files if file.filename]
        case, code = await service.open_anonymous(Intake(Kind.REPORT, text, locale, about), attached)
        return ReportOpened(**report_state(case), code=code)

    @router.post("/state")
    async def read_state(body: Code) -> ReportState:
        """The state of an anonymous report, for whoever has its code."""
        bucket.take()
        return ReportState(**report_state(await service.by_code(body.code)))

    return router


def staff_complaints_router(desk: ComplaintDesk, access: Access) -> APIRouter:
    """The desk."""
    Member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    router = APIRouter(prefix="/v1/complaints", tags=["complaints"])

    @router.get("")
    async def read_lists(who: Member) -> ComplaintLists:
        """What the role reaches: open cases and finished ones."""
        open_cases, finished = await desk.listed(who.staff)
        return ComplaintLists(open=[public(case) for case in open_cases], finished=[public(case) for case in finished])

    @router.get("/{case_id}")
    async def read_case(who: Member, case_id: CaseId) -> ComplaintForStaff:
        """A case with its history; the look is recorded."""
        case, steps = await desk.show(case_id, who.staff)
        now = desk.now()
        return ComplaintForStaff(
            **members(case),
            anonymous=case.is_anonymous,
            owner=case.owner,
            late=case.is_late(now),
            history=[StepPublic(**{name: step[name] for name in StepPublic.model_fields}) for step in steps],
        )

    @router.get("/{case_id}/files/{file_id}", response_class=Response)
    async def read_file(who: Member, case_id: CaseId, file_id: FileId) -> Response:
        """A file of a case, as a download; the look is recorded."""
        return file_response(await desk.file(case_id, file_id, who.staff))

    @router.post("/{case_id}/take")
    async def take(who: Member, case_id: CaseId) -> ComplaintPublic:
        """Become responsible for it."""
        return public(await desk.take(case_id, who.staff))

    @router.post("/{case_id}/answer")
    async def answer(who: Member, case_id: CaseId, body: AnswerCreate) -> ComplaintPublic:
        """Answer it; the person is told."""
        return public(await desk.answer(case_id, who.staff, body.text))

    @router.post("/{case_id}/refer")
    async def refer(who: Member, case_id: CaseId, body: Reference) -> ComplaintPublic:
        """Pass it to the authority that decides; the person is told which and why."""
        return public(await desk.refer(case_id, who.staff, body.to, body.why))

    @router.post("/{case_id}/bar")
    async def bar(who: Member, case_id: CaseId, body: Barred) -> ComplaintPublic:
        """Keep a member of staff away whom it concerns."""
        return public(await desk.bar(case_id, who.staff, body.name))

    return router
