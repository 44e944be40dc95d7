"""SQL of notices. Every change of state names the states it starts from, so that of two at once only one happens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.notices.extras import AudiencePart, NoticeExtras
from bot.notices.model import PUBLISHED, Notice, NoticeContent, NoticeState, NoticeText, sources_of
from bot.notices.placeholders import PlaceholderKind
from bot.store.schema import notice_audiences, notices, staff

_AUTHOR = staff.alias("author")
_APPROVER = staff.alias("approver")
_NOTICE = (
    select(notices, _AUTHOR.c.name.label("author"), _APPROVER.c.name.label("approver"))
    .join_from(notices, _AUTHOR, _AUTHOR.c.id == notices.c.author_id)
    .outerjoin(_APPROVER, _APPROVER.c.id == notices.c.approver_id)
)


def _texts_json(content: NoticeContent) -> dict[str, dict[str, str]]:
    return {language: {"title": text.title, "body": text.body} for language, text in content.texts.items()}


def _notice(row: Any, parts: Sequence[AudiencePart] = ()) -> Notice:
    texts = {language: NoticeText(text["title"], text["body"]) for language, text in row.texts.items()}
    extras = NoticeExtras(
        row.valid_from,
        row.valid_until,
        {name: PlaceholderKind(kind) for name, kind in (row.placeholders or {}).items()},
        row.given or {},
        tuple(parts),
        tuple(row.entries or ()),
        row.needs_ack,
        row.chase_after_h,
        row.supersedes_id,
    )
    return Notice(
        row.id,
        NoticeContent(row.topic, row.base_language, texts, row.source_url, extras),
        NoticeState(row.state),
        row.revision,
        row.author_id,
        row.author,
        row.approver,
        row.created_at,
        row.submitted_at,
        row.approved_at,
        row.scheduled_for,
        row.sent_at,
        row.completed_at,
        row.recalled_at,
        _messages(row.messages),
        {int(name[1:]): _replies(raw) for name, raw in (row.messages or {}).items() if name.startswith("#")},
        row.ended_at,
        row.stopped_by,
        row.chased_at,
    )


def _messages(raw: Mapping[str, Any] | None) -> dict[Language, Reply] | None:
    return _replies({name: reply for name, reply in raw.items() if not name.startswith("#")}) if raw else None


def _replies(raw: Mapping[Any, Any]) -> dict[Language, Reply]:
    return {language: Reply.model_validate(reply) for language, reply in raw.items()}


def _extras_values(content: NoticeContent) -> dict[str, Any]:
    extras = content.extras
    return {
        "valid_from": extras.valid_from,
        "valid_until": extras.valid_until,
        "placeholders": dict(extras.placeholders),
        "given": dict(extras.given),
        "entries": list(extras.entries),
        "needs_ack": extras.needs_ack,
        "chase_after_h": extras.chase_after_h,
        "supersedes_id": extras.supersedes_id,
    }


async def write_parts(connection: AsyncConnection, notice_id: str, parts: Sequence[AudiencePart]) -> None:
    """Keep the parts of a notice's audience, in the place of those before."""
    await connection.execute(delete(notice_audiences).where(notice_audiences.c.notice_id == notice_id))
    for number, part in enumerate(parts):
        await connection.execute(
            notice_audiences.insert().values(
                notice_id=notice_id,
                part=number,
                kind=part.kind,
                target=part.target,
                excluded=part.excluded,
                given=dict(part.given),
            )
        )


async def _parts_of(connection: AsyncConnection, notice_ids: Collection[str]) -> dict[str, list[AudiencePart]]:
    rows = await connection.execute(
        select(notice_audiences)
        .where(notice_audiences.c.notice_id.in_(notice_ids))
        .order_by(notice_audiences.c.notice_id, notice_audiences.c.part)
    )
    found: dict[str, list[AudiencePart]] = {}
    for row in rows:
        part = AudiencePart(row.kind, row.target, row.excluded, row.given or {})
        found.setdefault(row.notice_id, []).append(part)
    return found


async def _with_parts(connection: AsyncConnection, rows: Sequence[Any]) -> list[Notice]:
    parts = await _parts_of(connection, [row.id for row in rows]) if rows else {}
    return [_notice(row, parts.get(row.id, ())) for row in rows]


async def add(
    connection: AsyncConnection, notice_id: str, content: NoticeContent, author_id: str, at: datetime
) -> None:
    """Keep a new draft."""
    await connection.execute(
        notices.insert().values(
            id=notice_id,
            topic=content.topic,
            base_language=content.base_language,
            texts=_texts_json(content),
            source_url=content.source_url,
            state=NoticeState.DRAFT,
            revision=1,
            author_id=author_id,
            created_at=at,
            **_extras_values(content),
        )
    )
    await write_parts(connection, notice_id, content.extras.audience)


async def find(connection: AsyncConnection, notice_id: str) -> Notice | None:
    """A notice; None when there is none of that id."""
    found = await _with_parts(connection, (await connection.execute(_NOTICE.where(notices.c.id == notice_id))).all())
    return found[0] if found else None


async def newest(connection: AsyncConnection, limit: int) -> list[Notice]:
    """All notices, the one made last first."""
    rows = await connection.execute(_NOTICE.order_by(notices.c.created_at.desc(), notices.c.id).limit(limit))
    return await _with_parts(connection, rows.all())


async def published(connection: AsyncConnection, at: datetime, limit: int) -> list[Notice]:
    """Notices that went out, hold at a moment and were not called back, the one sent last first."""
    rows = await connection.execute(
        _NOTICE.where(notices.c.state.in_(PUBLISHED), or_(notices.c.valid_until.is_(None), notices.c.valid_until > at))
        .order_by(notices.c.sent_at.desc(), notices.c.id)
        .limit(limit)
    )
    return await _with_parts(connection, rows.all())


async def revise(connection: AsyncConnection, notice_id: str, content: NoticeContent) -> bool:
    """Replace the content of a draft; False when it is none any more."""
    done = await connection.execute(
        update(notices)
        .where(notices.c.id == notice_id, notices.c.state == NoticeState.DRAFT)
        .values(
            topic=content.topic,
            base_language=content.base_language,
            texts=_texts_json(content),
            source_url=content.source_url,
            revision=notices.c.revision + 1,
            **_extras_values(content),
        )
    )
    if done.rowcount:
        await write_parts(connection, notice_id, content.extras.audience)
    return bool(done.rowcount)


async def correct(
    connection: AsyncConnection, notice_id: str, texts: Mapping[Language, NoticeText], messages: Mapping[str, Any]
) -> bool:
    """Put corrected texts and messages in the place of those of a notice that went out; False when it holds no longer."""
    done = await connection.execute(
        update(notices)
        .where(notices.c.id == notice_id, notices.c.state.in_(PUBLISHED))
        .values(
            texts={language: {"title": text.title, "body": text.body} for language, text in texts.items()},
            messages=dict(messages),
            revision=notices.c.revision + 1,
        )
    )
    return bool(done.rowcount)


async def move(
    connection: AsyncConnection, notice_id: str, target: NoticeState, *, revision: int | None = None, **values: Any
) -> bool:
    """Take a listed transition; False when the notice is in no state that leads there, or is not of that revision."""
    change = update(notices).where(notices.c.id == notice_id, notices.c.state.in_(sources_of(target)))
    if revision is not None:
        change = change.where(notices.c.revision == revision)
    return bool((await connection.execute(change.values(state=target, **values))).rowcount)


async def move_due(connection: AsyncConnection, notice_id: str, at: datetime) -> bool:
    """Take a scheduled notice whose time has come to SENDING; False when another was first, or it got another time."""
    done = await connection.execute(
        update(notices)
        .where(
            notices.c.id == notice_id,
            notices.c.state == NoticeState.SCHEDULED,
            notices.c.scheduled_for <= at,
            or_(notices.c.valid_until.is_(None), notices.c.valid_until > at),
        )
        .values(state=NoticeState.SENDING, sent_at=at)
    )
    return bool(done.rowcount)


async def due(connection: AsyncConnection, at: datetime, limit: int) -> list[str]:
    """Ids of scheduled notices whose time has come, the earliest first."""
    found = await connection.scalars(
        select(notices.c.id)
        .where(notices.c.state == NoticeState.SCHEDULED, notices.c.scheduled_for <= at)
        .order_by(notices.c.scheduled_for, notices.c.id)
        .limit(limit)
    )
    return list(found)


def as_json(
    messages: Mapping[Language, Reply], variants: Mapping[int, Mapping[Language, Reply]] | None = None
) -> dict[str, Any]:
    """Messages as the table keeps them; variants under `#<part>`."""
    kept: dict[str, Any] = {language: _dumped(message) for language, message in messages.items()}
    for number, texts in (variants or {}).items():
        kept[f"#{number}"] = {language: _dumped(message) for language, message in texts.items()}
    return kept


def _dumped(message: Reply) -> dict[str, Any]:
    return message.model_dump(mode="json", exclude_none=True)
