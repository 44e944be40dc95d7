"""Pages of the console: notices."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from bot.console.frame import HEADERS, HOME, Frame, language_of
from bot.console.notice_desk import NoticeDesk
from bot.console.notice_extras import ExtrasForm
from bot.console.notice_forms import NoticeForm, faults_by_field, typed_moment
from bot.console.notice_views import NoticeViews, acts_for, live_of
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.notices.extras import NoticeExtras
from bot.notices.model import NoticeText, Recall
from bot.notices.service import NoticeService
from bot.people.access import Access
from bot.people.model import Role, StaffMember, StaffSession


def _content(form: NoticeForm, zone: ZoneInfo) -> tuple[str, str, Mapping[str, NoticeText], str, NoticeExtras]:
    """What the service takes. Raises InvalidInputError for lines that cannot be read."""
    extras, faults = form.extras.read(zone)
    if faults:
        raise InvalidInputError(faults)
    return form.topic, form.base_language, form.texts, form.source_url, extras


def drafts_pages(frame: Frame, desk: NoticeDesk, access: Access) -> APIRouter:
    """The form, for new notices and for drafts. Comes before `notices_pages`, whose addresses take anything."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    views, service = NoticeViews(frame, desk), desk.notices

    @router.get("/new")
    async def show_form(request: Request, who: member, supersedes: str = "") -> Response:
        form = NoticeForm(extras=ExtrasForm(supersedes_id=supersedes))
        if supersedes:
            old = await service.queries.find(supersedes)
            form = replace(form, topic=old.content.topic, base_language=old.content.base_language)
        return views.form_page(request, who, form, None, {})

    @router.post("")
    async def create_notice(request: Request, who: member) -> Response:
        form = NoticeForm.typed(await request.form())
        try:
            notice = await service.create(*_content(form, frame.zone), author=who.staff)
        except InvalidInputError as error:
            return views.form_page(request, who, form, None, faults_by_field(error))
        return frame.go(f"{HOME}/{notice.id}?done=saved")

    @router.get("/{notice_id}/edit")
    async def edit_notice(request: Request, notice_id: str, who: member) -> Response:
        notice = await service.queries.find(notice_id)
        if "edit" not in acts_for(notice, who.staff):
            raise ConflictError("Only one's own draft is edited.", state=notice.state)
        return views.form_page(request, who, NoticeForm.of(notice.content, frame.zone), notice, {})

    @router.post("/{notice_id}/edit")
    async def revise_notice(request: Request, notice_id: str, who: member) -> Response:
        form = NoticeForm.typed(await request.form())
        try:
            await service.revise(notice_id, *_content(form, frame.zone), author=who.staff)
        except InvalidInputError as error:
            notice = await service.queries.find(notice_id)
            return views.form_page(request, who, form, notice, faults_by_field(error))
        return frame.go(f"{HOME}/{notice_id}?done=saved")

    return router


async def _act(
    service: NoticeService, act: str, notice_id: str, who: StaffMember, form: Mapping[str, object], zone: ZoneInfo
) -> Recall | None:
    """Do what a form of a notice's page asks for. Raises NotFoundError for an act that there is not."""
    match act:
        case "submit":
            await service.submit(notice_id, by=who)
        case "send-back":
            await service.send_back(notice_id, by=who)
        case "approve":
            # A form without the revision that was read approves nothing.
            revision = str(form.get("revision", ""))
            await service.approve(notice_id, by=who, revision=int(revision) if revision.isdecimal() else -1)
        case "schedule":
            await service.schedule(notice_id, typed_moment(str(form.get("at", "")), zone), by=who)
        case "send":
            await service.send(notice_id, by=who)
        case "recall":
            return await service.recall(notice_id, by=who)
        case _:
            raise NotFoundError("act")
    return None


def notices_pages(frame: Frame, desk: NoticeDesk, access: Access) -> APIRouter:
    """The list, and one page for each notice, on which everything is done."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    views, service = NoticeViews(frame, desk), desk.notices

    @router.get("")
    async def list_notices(request: Request, who: member) -> Response:
        return await views.list_page(request, who)

    @router.get("/{notice_id}")
    async def show_notice(request: Request, notice_id: str, who: member, done: str = "") -> Response:
        said = frame.texts.say(f"done.{done}", language_of(request)) if frame.texts.has(f"done.{done}") else ""
        return await views.notice_page(request, who, notice_id, said=said)

    @router.get("/{notice_id}/live")
    async def read_live(notice_id: str, _: member) -> Response:
        return JSONResponse(live_of(await service.queries.status(notice_id)), headers=dict(HEADERS))

    @router.post("/{notice_id}/{name}")
    async def act_on_notice(request: Request, notice_id: str, name: str, who: member) -> Response:
        form, language = await request.form(), language_of(request)
        try:
            recall = await _act(service, name, notice_id, who.staff, form, frame.zone)
        except InvalidInputError as error:
            faults, at = faults_by_field(error), str(form.get("at", ""))
            return await views.notice_page(request, who, notice_id, faults=faults, at=at, status_code=error.http_status)
        except ConflictError as error:
            wrong = frame.texts.say("error.conflict", language)
            return await views.notice_page(request, who, notice_id, wrong=wrong, status_code=error.http_status)
        if recall is not None:
            said = frame.texts.say("recalled.said", language, **vars(recall))
            return await views.notice_page(request, who, notice_id, said=said)
        return frame.go(f"{HOME}/{notice_id}?done={name}")

    return router
