"""SQL of why somebody was told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import AudienceKind
from bot.people.model import Follow, FollowKind
from bot.store.schema import asked_entries, consents, deliveries, follows, notice_audiences, outbox, reminders

_TOLD = (
    select(
        deliveries.c.id,
        deliveries.c.outbox_id,
        deliveries.c.channel,
        deliveries.c.state,
        deliveries.c.sent_at,
        deliveries.c.variant,
        outbox.c.cause_kind,
        outbox.c.cause_id,
        outbox.c.lane,
        outbox.c.audience_kind,
        outbox.c.audience_target,
        outbox.c.payload,
        outbox.c.created_at,
        outbox.c.urgent_reason,
        outbox.c.urgent_approver,
    )
    .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
    .order_by(deliveries.c.id.desc())
    .limit(1)
)


async def told(
    connection: AsyncConnection, person_id: str, *, outbox_id: int | None = None, delivery_id: int | None = None
) -> Row[Any] | None:
    """What a person was told by a cause, or in one delivery; neither: what they were told last. None: nothing of the kind."""
    query = _TOLD.where(deliveries.c.person_id == person_id)
    if outbox_id is not None:
        query = query.where(deliveries.c.outbox_id == outbox_id)
    elif delivery_id is not None:
        query = query.where(deliveries.c.id == delivery_id)
    else:
        query = query.where(deliveries.c.state == "sent")
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()  # type: ignore[assignment]  # of known columns
    return row


async def items_of(connection: AsyncConnection, person_id: str, digest_id: int) -> list[int]:
    """The outbox rows whose messages stood in a person's digest."""
    query = select(deliveries.c.outbox_id).where(
        deliveries.c.person_id == person_id, deliveries.c.digest_id == digest_id
    )
    return list(await connection.scalars(query.order_by(deliveries.c.id)))


async def follow_of(connection: AsyncConnection, person_id: str, kind: str, target: str) -> Follow | None:
    """A person's follow; None when they do not follow it now."""
    row = (
        await connection.execute(
            select(follows).where(follows.c.person_id == person_id, follows.c.kind == kind, follows.c.target == target)
        )
    ).one_or_none()
    return Follow(FollowKind(row.kind), row.target, row.created_at) if row else None


async def follows_for_notice(connection: AsyncConnection, person_id: str, notice_id: str) -> list[Follow]:
    """By which of their follows a person belongs to the audience of a notice."""
    rows = await connection.execute(
        select(follows)
        .join_from(
            notice_audiences,
            follows,
            and_(follows.c.kind == notice_audiences.c.kind, follows.c.target == notice_audiences.c.target),
        )
        .where(
            notice_audiences.c.notice_id == notice_id,
            notice_audiences.c.excluded.is_(False),
            follows.c.person_id == person_id,
        )
        .order_by(follows.c.created_at)
        .distinct()
    )
    return [Follow(FollowKind(row.kind), row.target, row.created_at) for row in rows]


async def asked_for_notice(connection: AsyncConnection, person_id: str, notice_id: str) -> list[str]:
    """The entries that a person asked about, for which a notice reached them."""
    return list(
        await connection.scalars(
            select(asked_entries.c.entry)
            .join_from(notice_audiences, asked_entries, asked_entries.c.entry == notice_audiences.c.target)
            .where(
                notice_audiences.c.notice_id == notice_id,
                notice_audiences.c.kind == "asked",
                asked_entries.c.person_id == person_id,
            )
            .distinct()
        )
    )


async def consent_since(connection: AsyncConnection, person_id: str, kind: str) -> datetime | None:
    """Since when a person agrees to be told; None when they do not."""
    at: datetime | None = await connection.scalar(
        select(consents.c.at).where(
            consents.c.person_id == person_id, consents.c.kind == kind, consents.c.answer == "given"
        )
    )
    return at


async def stop_reminder(connection: AsyncConnection, person_id: str, reminder_id: str, at: datetime) -> int:
    """Cancel what waits of the date that a person's own reminder belongs to; returns how many."""
    own = and_(reminders.c.audience_kind == AudienceKind.PERSON, reminders.c.audience_target == person_id)
    row = (
        await connection.execute(
            select(reminders.c.kind, reminders.c.object_id).where(reminders.c.id == reminder_id, own)
        )
    ).one_or_none()
    if row is None:
        return 0
    done = await connection.execute(
        update(reminders)
        .where(own, reminders.c.kind == row.kind, reminders.c.object_id == row.object_id)
        .where(reminders.c.state == "waiting")
        .values(state="cancelled", changed_at=at)
    )
    return done.rowcount


async def refuse(connection: AsyncConnection, person_id: str, kinds: list[str], at: datetime) -> int:
    """Take consents back; returns how many there were."""
    done = await connection.execute(
        update(consents)
        .where(consents.c.person_id == person_id, consents.c.kind.in_(kinds), consents.c.answer == "given")
        .values(answer="refused", at=at)
    )
    return done.rowcount


FOLLOW_KINDS = frozenset(AudienceKind(kind.value) for kind in FollowKind)
