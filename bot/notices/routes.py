"""HTTP of notices: staff write, approve, send and recall them; anybody reads what went out."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from bot.channels.model import Language
from bot.notices.model import NoticeState
from bot.notices.schemas import (
    NoticeCreate,
    NoticePublic,
    NoticesPublic,
    PreviewPublic,
    PublishedNoticesPublic,
    notice_public,
    preview_public,
    published_notice,
)
from bot.notices.service import NoticeService
from bot.people.access import Access
from bot.people.model import Role, StaffSession


class Approval(BaseModel):
    """revision: the one that was read; an approval of texts changed since is refused."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = None


class Schedule(BaseModel):
    """at: when it is to go out, with a zone; null: at once."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None


class RecallPublic(BaseModel):
    """sent: had arrived already; in_hand: was being sent at that moment and may arrive; cancelled: was stopped."""

    state: NoticeState = NoticeState.RECALLED
    sent: int
    in_hand: int
    cancelled: int


def published_router(service: NoticeService) -> APIRouter:
    """Public routes: anybody may read what went out."""
    router = APIRouter(prefix="/v1/notices", tags=["notices"])

    @router.get("/published")
    async def read_published(
        language: Language = "zh-Hans", limit: Annotated[int, Query(ge=1, le=50)] = 10
    ) -> PublishedNoticesPublic:
        """Notices that went out and were not called back, newest first, as readers of the language get them."""
        notices = await service.queries.published(limit)
        return PublishedNoticesPublic(notices=[published_notice(notice, language, service.texts) for notice in notices])

    return router


def notices_router(service: NoticeService, access: Access) -> APIRouter:
    """Routes for staff: a session's cookie, and its CSRF token in `X-CSRF-Token`, since an approval is a person's act."""
    router = APIRouter(prefix="/v1/notices", tags=["notices"])
    author = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    queries = service.queries

    @router.get("")
    async def read_notices(_: author) -> NoticesPublic:
        """The newest 200 notices."""
        return NoticesPublic(notices=[notice_public(status) for status in await queries.newest()])

    @router.post("", status_code=201)
    async def create_notice(notice: NoticeCreate, who: author) -> NoticePublic:
        """Write a draft. 422 names all that is wrong with it."""
        made = await service.create(*notice.content(), author=who.staff)
        return notice_public(await queries.status(made.id))

    @router.get("/{notice_id}")
    async def read_notice(notice_id: str, _: author) -> NoticePublic:
        """A notice with live counts."""
        return notice_public(await queries.status(notice_id))

    @router.put("/{notice_id}")
    async def revise_notice(notice_id: str, notice: NoticeCreate, who: author) -> NoticePublic:
        """Replace one's own draft."""
        await service.revise(notice_id, *notice.content(), author=who.staff)
        return notice_public(await queries.status(notice_id))

    @router.get("/{notice_id}/preview")
    @router.post("/{notice_id}/preview", include_in_schema=False)
    async def preview_notice(notice_id: str, _: author) -> PreviewPublic:
        """The three languages as they will arrive, and how many will be written to."""
        return preview_public(await queries.preview(notice_id))

    @router.post("/{notice_id}/submit")
    async def submit_notice(notice_id: str, who: author) -> NoticePublic:
        """Ask for approval of one's own draft."""
        await service.submit(notice_id, by=who.staff)
        return notice_public(await queries.status(notice_id))

    @router.post("/{notice_id}/send-back")
    async def send_back_notice(notice_id: str, who: author) -> NoticePublic:
        """Make a submitted notice a draft again: by its author, or by an approver."""
        await service.send_back(notice_id, by=who.staff)
        return notice_public(await queries.status(notice_id))

    @router.post("/{notice_id}/approve")
    async def approve_notice(
        notice_id: str, who: approver, approval: Annotated[Approval | None, Body()] = None
    ) -> NoticePublic:
        """Approve what another person wrote. Never possible for the author."""
        await service.approve(notice_id, by=who.staff, revision=approval.revision if approval else None)
        return notice_public(await queries.status(notice_id))

    @router.post("/{notice_id}/schedule")
    async def schedule_notice(
        notice_id: str, who: author, schedule: Annotated[Schedule | None, Body()] = None
    ) -> NoticePublic:
        """Have an approved notice go out at a time, or at once."""
        if schedule is None or schedule.at is None:
            await service.send(notice_id, by=who.staff)
        else:
            await service.schedule(notice_id, schedule.at, by=who.staff)
        return notice_public(await queries.status(notice_id))

    @router.post("/{notice_id}/recall")
    async def recall_notice(notice_id: str, who: author) -> RecallPublic:
        """Stop what is not sent yet; says how much had been sent already."""
        recall = await service.recall(notice_id, by=who.staff)
        return RecallPublic(sent=recall.sent, in_hand=recall.in_hand, cancelled=recall.cancelled)

    return router
