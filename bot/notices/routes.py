"""HTTP of notices: staff write, approve, send and recall them; anybody reads what went out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.channels.model import Language, Reply
from bot.delivery.model import DeliveryState
from bot.notices.model import (
    BODY_MAX_CHARS,
    MEANING,
    TITLE_MAX_CHARS,
    Notice,
    NoticeState,
    NoticeText,
    Origin,
    versions_of,
)
from bot.notices.queries import NoticeStatus, Preview
from bot.notices.service import NoticeService
from bot.people.access import Access
from bot.people.model import Role, StaffSession


class NoticeTextBody(BaseModel):
    """A notice in one language."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(description=f"At most {TITLE_MAX_CHARS} characters, plain text")
    body: str = Field(description=f"At most {BODY_MAX_CHARS} characters, Markdown without headings, tables and HTML")


class NoticeCreate(BaseModel):
    """A notice to be. texts: by language (zh-Hans, zh-Hant, en), at least the base language."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    base_language: str = "zh-Hans"
    texts: dict[str, NoticeTextBody]
    source_url: str | None = None

    def content(self) -> tuple[str, str, dict[str, NoticeText], str | None]:
        """What the service takes."""
        texts = {language: NoticeText(text.title, text.body) for language, text in self.texts.items()}
        return self.topic, self.base_language, texts, self.source_url


class Approval(BaseModel):
    """revision: the one that was read; an approval of texts changed since is refused."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = None


class Schedule(BaseModel):
    """at: when it is to go out, with a zone; null: at once."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None


class NoticePublic(BaseModel):
    """A notice with its live delivery.

    meaning: the state in a sentence. counts: deliveries by state, every state named. audience: addresses that would be
    written to now, or those that were.
    """

    id: str
    topic: str
    base_language: Language
    texts: dict[Language, NoticeTextBody]
    source_url: str | None
    state: NoticeState
    meaning: str
    revision: int
    author: str
    approver: str | None
    created_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    scheduled_for: datetime | None
    sent_at: datetime | None
    completed_at: datetime | None
    recalled_at: datetime | None
    audience: int
    counts: dict[DeliveryState, int]


class NoticesPublic(BaseModel):
    """Notices, the one made last first."""

    notices: list[NoticePublic]


class VersionPublic(BaseModel):
    """What readers of one language get. origin: written, converted (zh-Hant from zh-Hans), or fallback to text_language."""

    origin: Origin
    text_language: Language
    title: str
    body: str
    message: Reply


class PreviewPublic(BaseModel):
    """A notice as it will arrive. audience: addresses that would be written to now."""

    audience: int
    versions: dict[Language, VersionPublic]


class RecallPublic(BaseModel):
    """sent: had arrived already; in_hand: was being sent at that moment and may arrive; cancelled: was stopped."""

    state: NoticeState = NoticeState.RECALLED
    sent: int
    in_hand: int
    cancelled: int


class PublishedNoticePublic(BaseModel):
    """A notice that went out, in one language."""

    id: str
    topic: str
    title: str
    body: str
    source_url: str | None
    sent_at: datetime


class PublishedNoticesPublic(BaseModel):
    """Notices that went out, newest first."""

    notices: list[PublishedNoticePublic]


def _public(status: NoticeStatus) -> NoticePublic:
    notice = status.notice
    content = notice.content
    return NoticePublic(
        id=notice.id,
        topic=content.topic,
        base_language=content.base_language,
        texts={language: NoticeTextBody(title=t.title, body=t.body) for language, t in content.texts.items()},
        source_url=content.source_url,
        state=notice.state,
        meaning=MEANING[notice.state],
        revision=notice.revision,
        author=notice.author,
        approver=notice.approver,
        created_at=notice.created_at,
        submitted_at=notice.submitted_at,
        approved_at=notice.approved_at,
        scheduled_for=notice.scheduled_for,
        sent_at=notice.sent_at,
        completed_at=notice.completed_at,
        recalled_at=notice.recalled_at,
        audience=status.audience,
        counts={state: status.progress.counts.get(state, 0) for state in DeliveryState},
    )


def _preview(preview: Preview) -> PreviewPublic:
    return PreviewPublic(
        audience=preview.audience,
        versions={
            language: VersionPublic(
                origin=version.origin,
                text_language=version.text_language,
                title=version.text.title,
                body=version.text.body,
                message=preview.messages[language],
            )
            for language, version in preview.versions.items()
        },
    )


def _published(notice: Notice, language: Language) -> PublishedNoticePublic:
    text = versions_of(notice.content)[language].text
    if notice.sent_at is None:  # pragma: no cover - only sent notices are asked for
        raise AssertionError("a published notice was never sent")
    return PublishedNoticePublic(
        id=notice.id,
        topic=notice.content.topic,
        title=text.title,
        body=text.body,
        source_url=notice.content.source_url,
        sent_at=notice.sent_at,
    )


def published_router(service: NoticeService) -> APIRouter:
    """Public routes: anybody may read what went out."""
    router = APIRouter(prefix="/v1/notices", tags=["notices"])

    @router.get("/published")
    async def read_published(
        language: Language = "zh-Hans", limit: Annotated[int, Query(ge=1, le=50)] = 10
    ) -> PublishedNoticesPublic:
        """Notices that went out and were not called back, newest first, as readers of the language get them."""
        notices = await service.queries.published(limit)
        return PublishedNoticesPublic(notices=[_published(notice, language) for notice in notices])

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
        return NoticesPublic(notices=[_public(status) for status in await queries.newest()])

    @router.post("", status_code=201)
    async def create_notice(notice: NoticeCreate, who: author) -> NoticePublic:
        """Write a draft. 422 names all that is wrong with it."""
        made = await service.create(*notice.content(), author=who.staff)
        return _public(await queries.status(made.id))

    @router.get("/{notice_id}")
    async def read_notice(notice_id: str, _: author) -> NoticePublic:
        """A notice with live counts."""
        return _public(await queries.status(notice_id))

    @router.put("/{notice_id}")
    async def revise_notice(notice_id: str, notice: NoticeCreate, who: author) -> NoticePublic:
        """Replace one's own draft."""
        await service.revise(notice_id, *notice.content(), author=who.staff)
        return _public(await queries.status(notice_id))

    @router.get("/{notice_id}/preview")
    @router.post("/{notice_id}/preview", include_in_schema=False)
    async def preview_notice(notice_id: str, _: author) -> PreviewPublic:
        """The three languages as they will arrive, and how many will be written to."""
        return _preview(await queries.preview(notice_id))

    @router.post("/{notice_id}/submit")
    async def submit_notice(notice_id: str, who: author) -> NoticePublic:
        """Ask for approval of one's own draft."""
        await service.submit(notice_id, by=who.staff)
        return _public(await queries.status(notice_id))

    @router.post("/{notice_id}/send-back")
    async def send_back_notice(notice_id: str, who: author) -> NoticePublic:
        """Make a submitted notice a draft again: by its author, or by an approver."""
        await service.send_back(notice_id, by=who.staff)
        return _public(await queries.status(notice_id))

    @router.post("/{notice_id}/approve")
    async def approve_notice(
        notice_id: str, who: approver, approval: Annotated[Approval | None, Body()] = None
    ) -> NoticePublic:
        """Approve what another person wrote. Never possible for the author."""
        await service.approve(notice_id, by=who.staff, revision=approval.revision if approval else None)
        return _public(await queries.status(notice_id))

    @router.post("/{notice_id}/schedule")
    async def schedule_notice(
        notice_id: str, who: author, schedule: Annotated[Schedule | None, Body()] = None
    ) -> NoticePublic:
        """Have an approved notice go out at a time, or at once."""
        if schedule is None or schedule.at is None:
            await service.send(notice_id, by=who.staff)
        else:
            await service.schedule(notice_id, schedule.at, by=who.staff)
        return _public(await queries.status(notice_id))

    @router.post("/{notice_id}/recall")
    async def recall_notice(notice_id: str, who: author) -> RecallPublic:
        """Stop what is not sent yet; says how much had been sent already."""
        recall = await service.recall(notice_id, by=who.staff)
        return RecallPublic(sent=recall.sent, in_hand=recall.in_hand, cancelled=recall.cancelled)

    return router
