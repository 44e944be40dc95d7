"""HTTP of labels for people's own programs and the chat; templates."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response

from bot.channels.model import Language
from bot.desks.labels.desk import LabelDesk
from bot.desks.labels.label_schemas import LabelPublic, MovementCreate, StepTake
from bot.desks.labels.lives_model import FATES
from bot.desks.labels.schemas import (
    EventCreate,
    EventPublic,
    ExhibitorCreate,
    ExhibitorPublic,
    FileGiven,
    LineAdded,
    LineCreate,
    LinesRemoved,
    ListCreate,
    ListPublic,
    UploadPublic,
)
from bot.desks.labels.service import Who
from bot.desks.labels.sheets import LABELS_MOST
from bot.desks.labels.upload import FILE_MAX_BYTES, template_csv, template_xlsx
from bot.errors import Fault, InvalidInputError, NotAuthenticatedError, PayloadTooLargeError
from bot.people.access import Access
from bot.people.model import Person
from bot.people.service import PeopleService, WebSessions

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
InLanguage = Annotated[Language, Query(alias="lang", description="in which faults and reasons are told")]


def own_routers(desk: LabelDesk, people: PeopleService, sessions: WebSessions, access: Access) -> list[APIRouter]:
    """The same routes twice: for the action server, and for the web chat's own person."""

    async def by_key(key: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key")]) -> Person:
        return await people.private_person(key)

    async def by_session(
        authorization: Annotated[str | None, Header(description="`Bearer` and the conversation's id")] = None,
    ) -> Person:
        kind, _, session = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not sessions.is_ours(session.strip()):
            raise NotAuthenticatedError("The id of a conversation is needed.")
        return await people.meet("web", session.strip(), private=True, language=None)

    by_session.guards = True  # type: ignore[attr-defined]  # read by the test over all routes
    guarded = [Depends(access.actions())]
    routers = (
        (APIRouter(prefix="/v1/conversations/{key}/labels", tags=["labels"], dependencies=guarded), by_key),
        (APIRouter(prefix="/v1/me/labels", tags=["labels"]), by_session),
    )
    for router, who in routers:
        _events(router, desk, who)
        _lists(router, desk, who)
        _uploads(router, desk, who)
        _labels(router, desk, who)
    return [router for router, _ in routers]


def _events(router: APIRouter, desk: LabelDesk, who: Callable[..., Awaitable[Person]]) -> None:
    Own = Annotated[Person, Depends(who)]

    @router.get("/events")
    async def read_events(person: Own) -> list[EventPublic]:
        """Events for which one may register, and those of the person's own firms."""
        found = {event.id: event for event in await desk.events.open_events()}
        found |= {event.id: event for event in await desk.events.events_of(person.id)}
        return [EventPublic.of(event) for event in found.values()]

    @router.post("/events", status_code=201)
    async def enter_event(person: Own, given: EventCreate, language: InLanguage = "zh-Hans") -> EventPublic:
        """Enter an event as its organiser; staff decide on it."""
        return EventPublic.of(await desk.events.apply(person.id, given.firm_id, given.draft(), language))

    @router.post("/events/{event_id}/exhibitors", status_code=201)
    async def register(
        person: Own, event_id: str, given: ExhibitorCreate, language: InLanguage = "zh-Hans"
    ) -> ExhibitorPublic:
        """Register a firm as exhibitor."""
        values = given.model_dump(exclude={"firm_id"})
        return ExhibitorPublic.of(await desk.events.register(person.id, event_id, given.firm_id, values, language))

    @router.get("/exhibitors")
    async def read_exhibitors(person: Own) -> list[ExhibitorPublic]:
        """Registrations of the person's firms."""
        return [ExhibitorPublic.of(exhibitor) for exhibitor, _ in await desk.events.exhibitors_of(person.id)]

    @router.get("/events/{event_id}/balances")
    async def read_balances(
        person: Own, event_id: str, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 200
    ) -> list[LabelPublic]:
        """The organiser's account by goods line. after: `list_id:line_no` of the last one seen."""
        code = await desk.events.code_of(event_id)
        found = await desk.labels.balances(event_id, person.id, after=after, limit=limit)
        return [LabelPublic.of(label, code) for label in found]


def _lists(router: APIRouter, desk: LabelDesk, who: Callable[..., Awaitable[Person]]) -> None:
    Own = Annotated[Person, Depends(who)]

    @router.get("/lists")
    async def read_lists(person: Own, language: InLanguage = "zh-Hans") -> list[ListPublic]:
        """Goods lists of the person's firms, the newest first."""
        return [ListPublic.of(one, language) for one in await desk.lists.of_person(person.id)]

    @router.post("/lists", status_code=201)
    async def start_list(person: Own, given: ListCreate, language: InLanguage = "zh-Hans") -> ListPublic:
        """Begin a goods list."""
        return ListPublic.of(await desk.lists.start(person.id, given.exhibitor_id), language)

    @router.get("/lists/{list_id}")
    async def read_list(person: Own, list_id: str, language: InLanguage = "zh-Hans") -> ListPublic:
        """A list with all that is missing, at one time."""
        view = await desk.lists.view(person.id, list_id)
        return ListPublic.of(
            view.application, language, desk.lists.missing(view, language), desk.lists.told(view, language)
        )

    @router.post("/lists/{list_id}/lines", status_code=201)
    async def add_line(person: Own, list_id: str, given: LineCreate, language: InLanguage = "zh-Hans") -> LineAdded:
        """Add one line."""
        _, number = await desk.lists.add_line(person.id, list_id, given.cells, language)
        return LineAdded(line_no=number)

    @router.delete("/lists/{list_id}/lines")
    async def remove_lines(
        person: Own, list_id: str, line_no: Annotated[list[int] | None, Query(max_length=500)] = None
    ) -> LinesRemoved:
        """Take lines out; without numbers all, so that a corrected file can be sent."""
        return LinesRemoved(removed=await desk.lists.remove_lines(person.id, list_id, line_no))


def _uploads(router: APIRouter, desk: LabelDesk, who: Callable[..., Awaitable[Person]]) -> None:
    Own = Annotated[Person, Depends(who)]

    @router.post("/lists/{list_id}/uploads", status_code=202, openapi_extra=_FILE_BODY)
    async def upload(person: Own, list_id: str, request: Request, language: InLanguage = "zh-Hans") -> UploadPublic:
        """Add the lines of an XLSX or CSV file, all or none; what is wrong is told row by row, at once."""
        content = await request.body()
        if len(content) > FILE_MAX_BYTES:
            raise PayloadTooLargeError(FILE_MAX_BYTES)
        return UploadPublic.of(await desk.uploads.upload(person.id, list_id, content, language))

    @router.post("/lists/{list_id}/uploads/from-file", status_code=202)
    async def upload_file(
        person: Own, list_id: str, given: FileGiven, language: InLanguage = "zh-Hans"
    ) -> UploadPublic:
        """The same with a file that was sent before (`/v1/me/files`), which may be larger than a request here."""
        return UploadPublic.of(await desk.uploads.upload_file(person.id, list_id, given.file_id, language))

    @router.get("/uploads/{upload_id}")
    async def read_upload(person: Own, upload_id: str) -> UploadPublic:
        """How far an upload is."""
        return UploadPublic.of(await desk.uploads.progress(person.id, upload_id))

    @router.post("/lists/{list_id}/submit")
    async def submit(person: Own, list_id: str, language: InLanguage = "zh-Hans") -> ListPublic:
        """Send a list to staff. 422 with every permit and paper that is missing."""
        view = await desk.lists.submit(person.id, list_id, language)
        return ListPublic.of(view.application, language, [], desk.lists.told(view, language))

    @router.post("/lists/{list_id}/withdraw", status_code=204)
    async def withdraw(person: Own, list_id: str) -> None:
        """Take a list back before it is decided."""
        await desk.lists.withdraw(person.id, list_id)


def _labels(router: APIRouter, desk: LabelDesk, who: Callable[..., Awaitable[Person]]) -> None:
    Own = Annotated[Person, Depends(who)]

    @router.get("/lists/{list_id}/lines")
    async def read_lines(
        person: Own, list_id: str, after: int = 0, limit: Annotated[int, Query(ge=1, le=500)] = 200
    ) -> list[LabelPublic]:
        """Lines with their labels, by number."""
        labels = await desk.lists.lines(person.id, list_id, after=after, limit=limit)
        code = await desk.events.code_of(labels[0].event_id) if labels else ""
        return [LabelPublic.of(label, code) for label in labels]

    @router.get("/lists/{list_id}/sheet", response_class=Response)
    async def read_sheet(
        person: Own,
        list_id: str,
        first_line: Annotated[int, Query(ge=1)] = 1,
        lines: Annotated[int, Query(ge=1, le=LABELS_MOST)] = LABELS_MOST,
    ) -> Response:
        """The labels as PDF, one for each package."""
        content = await desk.proof.sheet(list_id, person.id, first_line=first_line, lines=lines)
        return pdf(content, list_id)

    @router.post("/steps")
    async def take_step(person: Own, given: StepTake) -> list[LabelPublic]:
        """Say that labels are affixed."""
        labels = await desk.labels.advance(given.labels, given.to, Who.person(person.id))
        code = await desk.events.code_of(labels[0].event_id)
        return [LabelPublic.of(label, code) for label in labels]

    @router.post("/labels/{label_id}/movements")
    async def book(person: Own, label_id: str, given: MovementCreate, language: InLanguage = "zh-Hans") -> LabelPublic:
        """Enter what was consumed."""
        return await booked(desk, label_id, given, Who.person(person.id), language)


async def booked(desk: LabelDesk, label_id: str, given: MovementCreate, who: Who, language: Language) -> LabelPublic:
    """Book a movement. Raises InvalidInputError for what is none."""
    if given.fate not in FATES:
        raise InvalidInputError([Fault("fate", "choice", "consumed, re_exported, destroyed or sold.")])
    label = await desk.labels.book(label_id, given.movement(), who, language)
    return LabelPublic.of(label, await desk.events.code_of(label.event_id))


def pdf(content: bytes, list_id: str) -> Response:
    """A sheet for download."""
    headers = {"Content-Disposition": f'attachment; filename="labels-{list_id[:8]}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def template_routes(desk: LabelDesk) -> APIRouter:
    """Public: an empty list holds nothing of anybody."""
    router = APIRouter(prefix="/v1/labels", tags=["labels"])

    @router.get("/template.xlsx", response_class=Response)
    async def read_xlsx(language: InLanguage = "zh-Hans") -> Response:
        """The goods list to fill, with what each column means."""
        return Response(
            template_xlsx(desk.words, language),
            media_type=XLSX,
            headers={"Content-Disposition": 'attachment; filename="goods-list.xlsx"'},
        )

    @router.get("/template.csv", response_class=Response)
    async def read_csv(language: InLanguage = "zh-Hans") -> Response:
        """The same as CSV."""
        return Response(
            template_csv(desk.words, language),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="goods-list.csv"'},
        )

    return router
