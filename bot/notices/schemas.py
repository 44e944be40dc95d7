"""What goes in and out of the routes of notices."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.channels.model import Language, Reply
from bot.delivery.model import DeliveryState
from bot.notices.extras import AudiencePart, NoticeExtras, part_kinds
from bot.notices.model import (
    BODY_MAX_CHARS,
    MEANING,
    TITLE_MAX_CHARS,
    Notice,
    NoticeState,
    NoticeText,
    Origin,
)
from bot.notices.placeholders import PlaceholderKind, Problem
from bot.notices.queries import NoticeStatus, Preview
from bot.notices.texts import NoticeTexts


class NoticeTextBody(BaseModel):
    """A notice in one language."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(description=f"At most {TITLE_MAX_CHARS} characters, plain text")
    body: str = Field(description=f"At most {BODY_MAX_CHARS} characters, Markdown without headings, tables and HTML")


class AudiencePartBody(BaseModel):
    """A part of the audience, or an exclusion. given: values of placeholders for this part alone."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        description=f"One of {', '.join(part_kinds())}; told: who got that notice, asked: who asked that entry"
    )
    target: str
    excluded: bool = False
    given: dict[str, str] = Field(default_factory=dict)


class NoticeCreate(BaseModel):
    """A notice to be. texts: by language (zh-Hans, zh-Hant, en), at least the base language.

    Placeholders stand in texts as ((name)); `given` holds their values, by name or by name and language (`port[en]`).
    audience: empty for the followers of the topic. entries: of the knowledge base, which it changes.
    """

    model_config = ConfigDict(extra="forbid")

    topic: str
    base_language: str = "zh-Hans"
    texts: dict[str, NoticeTextBody]
    source_url: str | None = None
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    placeholders: dict[str, PlaceholderKind] = Field(default_factory=dict)
    given: dict[str, str] = Field(default_factory=dict)
    audience: list[AudiencePartBody] = Field(default_factory=list)
    entries: list[str] = Field(default_factory=list)
    needs_ack: bool = False
    chase_after_h: int | None = None
    supersedes_id: str | None = None

    def content(self) -> tuple[str, str, dict[str, NoticeText], str | None, NoticeExtras]:
        """What the service takes."""
        texts = {language: NoticeText(text.title, text.body) for language, text in self.texts.items()}
        extras = NoticeExtras(
            self.valid_from,
            self.valid_until,
            self.placeholders,
            self.given,
            tuple(AudiencePart(part.kind, part.target, part.excluded, part.given) for part in self.audience),
            tuple(self.entries),
            self.needs_ack,
            self.chase_after_h,
            self.supersedes_id,
        )
        return self.topic, self.base_language, texts, self.source_url, extras


class NoticePublic(BaseModel):
    """A notice with its live delivery.

    meaning: the state in a sentence. parts: of its audience, when it is not just the followers of its topic.
    counts: deliveries by state, every state named. audience: addresses that would be
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
    ended_at: datetime | None
    stopped_by: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    placeholders: dict[str, PlaceholderKind]
    given: dict[str, str]
    parts: list[AudiencePartBody]
    entries: list[str]
    needs_ack: bool
    chase_after_h: int | None
    chased_at: datetime | None
    supersedes_id: str | None
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


class SampledPublic(BaseModel):
    """One recipient of the sample; the address is masked."""

    channel: str
    address: str
    language: str | None


class FindingPublic(BaseModel):
    """A placeholder that lacks a value (missing), has one of the wrong kind (wrong), or a value that no text uses (surplus)."""

    problem: Problem
    name: str
    part: int | None
    language: Language | None


class PreviewPublic(BaseModel):
    """A notice as it will arrive. audience: addresses that would be written to now.

    channels: the same by channel. left_out: addresses that belong to it and get nothing, by reason (blocked, gone,
    excluded, elsewhere: their person is told on another channel).
    takes_s: seconds at the pace of each channel that has one. variants: messages of parts with values of their own.
    """

    audience: int
    channels: dict[str, int]
    sample: list[SampledPublic]
    left_out: dict[str, int]
    takes_s: dict[str, float]
    findings: list[FindingPublic]
    versions: dict[Language, VersionPublic]
    variants: dict[int, dict[Language, Reply]]


class PublishedNoticePublic(BaseModel):
    """A notice that went out, in one language."""

    id: str
    topic: str
    title: str
    body: str
    source_url: str | None
    sent_at: datetime
    valid_from: datetime | None
    valid_until: datetime | None


class PublishedNoticesPublic(BaseModel):
    """Notices that went out, newest first."""

    notices: list[PublishedNoticePublic]


def notice_public(status: NoticeStatus) -> NoticePublic:
    """A notice with its live counts."""
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
        ended_at=notice.ended_at,
        stopped_by=notice.stopped_by,
        valid_from=content.extras.valid_from,
        valid_until=content.extras.valid_until,
        placeholders=dict(content.extras.placeholders),
        given=dict(content.extras.given),
        parts=[
            AudiencePartBody(kind=part.kind, target=part.target, excluded=part.excluded, given=dict(part.given))
            for part in content.extras.audience
        ],
        entries=list(content.extras.entries),
        needs_ack=content.extras.needs_ack,
        chase_after_h=content.extras.chase_after_h,
        chased_at=notice.chased_at,
        supersedes_id=content.extras.supersedes_id,
        audience=status.audience,
        counts={state: status.progress.counts.get(state, 0) for state in DeliveryState},
    )


def preview_public(preview: Preview) -> PreviewPublic:
    """A notice as it will arrive."""
    return PreviewPublic(
        audience=preview.audience,
        channels=dict(preview.recipients.channels),
        sample=[
            SampledPublic(channel=one.channel, address=one.address, language=one.language)
            for one in preview.recipients.sample
        ],
        left_out=dict(preview.recipients.left_out),
        takes_s=dict(preview.takes_s),
        findings=[
            FindingPublic(problem=one.problem, name=one.name, part=one.part, language=one.language)
            for one in preview.findings
        ],
        variants={number: dict(texts) for number, texts in preview.variants.items()},
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


def published_notice(notice: Notice, language: Language, texts: NoticeTexts) -> PublishedNoticePublic:
    """A notice that went out, as readers of a language get it."""
    text = texts.filled(notice.content, language)
    if notice.sent_at is None:  # pragma: no cover - only sent notices are asked for
        raise AssertionError("a published notice was never sent")
    return PublishedNoticePublic(
        id=notice.id,
        topic=notice.content.topic,
        title=text.title,
        body=text.body,
        source_url=notice.content.source_url,
        sent_at=notice.sent_at,
        valid_from=notice.content.extras.valid_from,
        valid_until=notice.content.extras.valid_until,
    )
