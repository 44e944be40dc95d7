"""SQL of notices. Every change of state names the states it starts from, so that of two at once only one happens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.delivery.model import DELIVERY_FINAL, AudienceKind, CauseKind, DeliveryState
from bot.notices.model import PUBLISHED, Notice, NoticeContent, NoticeState, NoticeText, Progress, sources_of
from bot.store.schema import addresses, deliveries, follows, notices, outbox, staff

_AUTHOR = staff.alias("author")
_APPROVER = staff.alias("approver")
_NOTICE = (
    select(notices, _AUTHOR.c.name.label("author"), _APPROVER.c.name.label("approver"))
    .join_from(notices, _AUTHOR, _AUTHOR.c.id == notices.c.author_id)
    .outerjoin(_APPROVER, _APPROVER.c.id == notices.c.approver_id)
)


def _texts_json(content: NoticeContent) -> dict[str, dict[str, str]]:
    return {language: {"title": text.title, "body": text.body} for language, text in content.texts.items()}


def _notice(row: Any) -> Notice:
    texts = {language: NoticeText(text["title"], text["body"]) for language, text in row.texts.items()}
    messages = row.messages and {language: Reply.model_validate(raw) for language, raw in row.messages.items()}
    return Notice(
        row.id,
        NoticeContent(row.topic, row.base_language, texts, row.source_url),
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
        messages or None,
    )


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
        )
    )


async def find(connection: AsyncConnection, notice_id: str) -> Notice | None:
    """A notice; None when there is none of that id."""
    row = (await connection.execute(_NOTICE.where(notices.c.id == notice_id))).one_or_none()
    return _notice(row) if row else None


async def newest(connection: AsyncConnection, limit: int) -> list[Notice]:
    """All notices, the one made last first."""
    rows = await connection.execute(_NOTICE.order_by(notices.c.created_at.desc(), notices.c.id).limit(limit))
    return [_notice(row) for row in rows]


async def published(connection: AsyncConnection, limit: int) -> list[Notice]:
    """Notices that went out and were not called back, the one sent last first."""
    rows = await connection.execute(
        _NOTICE.where(notices.c.state.in_(PUBLISHED)).order_by(notices.c.sent_at.desc(), notices.c.id).limit(limit)
    )
    return [_notice(row) for row in rows]


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


def _unfinished(outbox_id: Any) -> Any:
    return exists().where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.not_in(DELIVERY_FINAL))


async def completed(connection: AsyncConnection, limit: int) -> list[str]:
    """Ids of notices on their way whose recipients are all known and have their outcome."""
    found = await connection.scalars(
        select(notices.c.id)
        .join_from(notices, outbox, outbox.c.cause_id == notices.c.id)
        .where(
            notices.c.state == NoticeState.SENDING,
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.state == "resolved",
            ~_unfinished(outbox.c.id),
        )
        .limit(limit)
    )
    return list(found)


async def recalled_but_open(connection: AsyncConnection, since: datetime, limit: int) -> list[str]:
    """Ids of notices recalled since then, of which something was in a worker's hand, failed, and waits for another try."""
    waiting = exists().where(
        deliveries.c.outbox_id == outbox.c.id,
        deliveries.c.state.in_((DeliveryState.CREATED, DeliveryState.RETRYING)),
    )
    found = await connection.scalars(
        select(notices.c.id)
        .join_from(notices, outbox, outbox.c.cause_id == notices.c.id)
        .where(
            notices.c.state == NoticeState.RECALLED,
            notices.c.recalled_at >= since,
            outbox.c.cause_kind == CauseKind.NOTICE,
            waiting,
        )
        .limit(limit)
    )
    return list(found)


async def progress_of(connection: AsyncConnection, notice_ids: Collection[str]) -> dict[str, Progress]:
    """How far the delivery of each notice is; those that were not handed to delivery are left out."""
    rows = await connection.execute(
        select(outbox.c.cause_id, outbox.c.state.label("outbox_state"), deliveries.c.state, func.count(deliveries.c.id))
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id, isouter=True)
        .where(outbox.c.cause_kind == CauseKind.NOTICE, outbox.c.cause_id.in_(notice_ids))
        .group_by(outbox.c.cause_id, outbox.c.state, deliveries.c.state)
    )
    counts: dict[str, dict[DeliveryState, int]] = {}
    resolved: dict[str, bool] = {}
    for notice_id, outbox_state, state, number in rows:
        resolved[notice_id] = outbox_state != "pending"
        counts.setdefault(notice_id, {})
        if state is not None:
            counts[notice_id][DeliveryState(state)] = number
    return {notice_id: Progress(counts[notice_id], resolved[notice_id]) for notice_id in counts}


async def audience_size(connection: AsyncConnection, topic: str) -> int:
    """How many addresses would be written to now: active ones of those who follow the topic."""
    size = await connection.scalar(
        select(func.count(addresses.c.id))
        .join_from(follows, addresses, addresses.c.person_id == follows.c.person_id)
        .where(follows.c.kind == AudienceKind.TOPIC, follows.c.target == topic, addresses.c.state == "active")
    )
    return size or 0


def as_json(messages: Mapping[Language, Reply]) -> dict[str, Any]:
    """Messages as the table keeps them."""
    return {language: message.model_dump(mode="json", exclude_none=True) for language, message in messages.items()}
