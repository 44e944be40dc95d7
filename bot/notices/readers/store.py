"""SQL of readers: acknowledgements, consents, what was asked, which entries a notice changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import CauseKind, DeliveryState
from bot.delivery.recipients import ASKED_KEPT
from bot.notices.model import PUBLISHED
from bot.notices.readers.model import Answer, ConsentKind, Reader
from bot.people.store import insert_new
from bot.store.schema import (
    addresses,
    asked_entries,
    consents,
    deliveries,
    notice_acks,
    notice_entries,
    notices,
    outbox,
    persons,
)


async def name_entries(connection: AsyncConnection, notice_id: str, entries: Sequence[str]) -> None:
    """From now on the answers of these entries say that the notice changed them."""
    for entry in entries:
        await connection.execute(insert_new(connection, notice_entries).values(entry=entry, notice_id=notice_id))


async def changed_by(connection: AsyncConnection, entry: str, at: datetime) -> list[str]:
    """Ids of the notices that changed an entry and hold at a moment, the one sent last first."""
    found = await connection.scalars(
        select(notices.c.id)
        .join_from(notice_entries, notices, notices.c.id == notice_entries.c.notice_id)
        .where(
            notice_entries.c.entry == entry,
            notices.c.state.in_(PUBLISHED),
            or_(notices.c.valid_until.is_(None), notices.c.valid_until > at),
        )
        .order_by(notices.c.sent_at.desc())
    )
    return list(found)


async def acknowledge(
    connection: AsyncConnection, notice_id: str, person_id: str, channel: str, at: datetime
) -> datetime:
    """Keep that a person confirmed; returns when they first did."""
    await connection.execute(
        insert_new(connection, notice_acks).values(notice_id=notice_id, person_id=person_id, channel=channel, at=at)
    )
    first: datetime | None = await connection.scalar(
        select(notice_acks.c.at).where(notice_acks.c.notice_id == notice_id, notice_acks.c.person_id == person_id)
    )
    return first or at


async def was_told(connection: AsyncConnection, notice_id: str, person_id: str) -> bool:
    """Whether a person got a notice."""
    found = select(deliveries.c.id).join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
    return (
        await connection.scalar(
            found.where(
                outbox.c.cause_kind == CauseKind.NOTICE,
                outbox.c.cause_id == notice_id,
                deliveries.c.person_id == person_id,
            ).limit(1)
        )
    ) is not None


async def readers_of(connection: AsyncConnection, notice_id: str, after: int, limit: int) -> list[tuple[int, Reader]]:
    """Who got a notice, by delivery number, those after one; with when they confirmed it."""
    rows = await connection.execute(
        select(
            deliveries.c.id,
            deliveries.c.channel,
            deliveries.c.sent_at,
            addresses.c.address,
            persons.c.language,
            notice_acks.c.at,
        )
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .join(addresses, addresses.c.id == deliveries.c.address_id)
        .join(persons, persons.c.id == deliveries.c.person_id)
        .outerjoin(
            notice_acks,
            (notice_acks.c.notice_id == outbox.c.cause_id) & (notice_acks.c.person_id == deliveries.c.person_id),
        )
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.id > after,
        )
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [(row.id, Reader(row.address, row.channel, row.language, row.sent_at, row.at)) for row in rows]


async def ack_counts(connection: AsyncConnection, notice_id: str) -> tuple[int, int]:
    """(persons who got a notice, those of them who confirmed it)."""
    told = (
        select(deliveries.c.person_id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_id,
            deliveries.c.state == DeliveryState.SENT,
        )
        .distinct()
        .subquery()
    )
    row = (
        await connection.execute(
            select(func.count(), func.count(notice_acks.c.person_id)).select_from(
                told.outerjoin(
                    notice_acks,
                    (notice_acks.c.person_id == told.c.person_id) & (notice_acks.c.notice_id == notice_id),
                )
            )
        )
    ).one()
    return row[0], row[1]


async def to_chase(connection: AsyncConnection, at: datetime, limit: int) -> list[str]:
    """Ids of notices whose time to remind has come, and which were not chased yet."""
    rows = await connection.execute(
        select(notices.c.id, notices.c.sent_at, notices.c.chase_after_h).where(
            notices.c.state.in_(PUBLISHED),
            notices.c.needs_ack.is_(True),
            notices.c.chase_after_h.is_not(None),
            notices.c.chased_at.is_(None),
            notices.c.sent_at <= at - timedelta(hours=1),
        )
    )
    return [row.id for row in rows if row.sent_at + timedelta(hours=row.chase_after_h) <= at][:limit]


async def begin_chase(connection: AsyncConnection, notice_id: str, at: datetime) -> bool:
    """Take the one chase of a notice; False when another took it."""
    done = await connection.execute(
        update(notices).where(notices.c.id == notice_id, notices.c.chased_at.is_(None)).values(chased_at=at)
    )
    return bool(done.rowcount)


async def answer_of(connection: AsyncConnection, person_id: str, kind: ConsentKind) -> Answer | None:
    """What a person said to a question of consent; None when it was never put to them."""
    found = await connection.scalar(
        select(consents.c.answer).where(consents.c.person_id == person_id, consents.c.kind == kind)
    )
    return Answer(found) if found else None


async def keep_answer(
    connection: AsyncConnection, person_id: str, kind: ConsentKind, answer: Answer, at: datetime
) -> None:
    """Keep what a person said. Who no longer agrees is forgotten as an asker at once."""
    await connection.execute(
        insert_new(connection, consents).values(person_id=person_id, kind=kind, answer=answer, at=at)
    )
    await connection.execute(
        update(consents).where(consents.c.person_id == person_id, consents.c.kind == kind).values(answer=answer, at=at)
    )
    if kind is ConsentKind.ENTRY_CHANGES and answer is not Answer.GIVEN:
        await connection.execute(delete(asked_entries).where(asked_entries.c.person_id == person_id))


async def note_asked(connection: AsyncConnection, person_id: str, entry: str, day: date) -> None:
    """A person was answered with an entry."""
    await connection.execute(insert_new(connection, asked_entries).values(person_id=person_id, entry=entry, day=day))
    await connection.execute(
        update(asked_entries)
        .where(asked_entries.c.person_id == person_id, asked_entries.c.entry == entry)
        .values(day=day)
    )


async def forget_asked(connection: AsyncConnection, today: date) -> int:
    """Forget what was asked more than 30 days ago; returns how many rows."""
    done = await connection.execute(delete(asked_entries).where(asked_entries.c.day < today - ASKED_KEPT))
    return done.rowcount
