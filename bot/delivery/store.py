"""SQL of delivery: claims, receipts, sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Earlier, Language, Reply
from bot.delivery.model import Action, DeliveryState, Lane
from bot.delivery.payload import instead_in, message_in
from bot.people.store import insert_new
from bot.store.schema import addresses, deliveries, outbox, persons, workers

_OPEN = (DeliveryState.CREATED, DeliveryState.RETRYING)


@dataclass(frozen=True)
class Job:
    """One message to one address, claimed by this worker. attempts: tries before this one."""

    id: int
    channel: str
    lane: Lane
    address_id: str
    address: str
    language: Language
    attempts: int
    message: Reply
    action: Action = Action.SEND
    earlier: Earlier | None = None
    instead: Reply | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a job. due_at: when to try again, for RETRYING."""

    id: int
    state: DeliveryState
    attempts: int
    at: datetime
    provider_ref: str | None = None
    failure: str | None = None
    due_at: datetime | None = None
    outcome: str | None = None


_EARLIER = deliveries.alias("earlier")


async def claim(connection: AsyncConnection, ids: Sequence[int], worker: str, at: datetime) -> list[Job]:
    """Claim those that still wait; whoever comes second gets nothing, so a double queue entry sends once."""
    claimed = await connection.scalars(
        update(deliveries)
        .where(
            deliveries.c.id.in_(ids),
            deliveries.c.state.in_(_OPEN),
            # What was in a worker's hand while its cause was called back may come back as open: it is not sent again.
            deliveries.c.outbox_id.not_in(select(outbox.c.id).where(outbox.c.state == "cancelled")),
        )
        .values(state=DeliveryState.SENDING, claimed_by=worker, claimed_at=at)
        .returning(deliveries.c.id)
    )
    query = (
        select(
            deliveries.c.id,
            deliveries.c.channel,
            deliveries.c.lane,
            deliveries.c.attempts,
            addresses.c.id.label("address_id"),
            addresses.c.address,
            persons.c.language,
            outbox.c.payload,
            outbox.c.action,
            deliveries.c.variant,
            _EARLIER.c.id.label("earlier_id"),
            _EARLIER.c.provider_ref.label("earlier_ref"),
        )
        .join_from(deliveries, addresses, addresses.c.id == deliveries.c.address_id)
        .join(persons, persons.c.id == addresses.c.person_id)
        .join(outbox, outbox.c.id == deliveries.c.outbox_id)
        .outerjoin(
            _EARLIER, (_EARLIER.c.outbox_id == outbox.c.of_id) & (_EARLIER.c.address_id == deliveries.c.address_id)
        )
        .where(deliveries.c.id.in_(list(claimed)))
        .order_by(deliveries.c.id)
    )
    return [_job(row) for row in (await connection.execute(query)).mappings()]


def _job(row: Any) -> Job:
    language, message = message_in(row["payload"], row["language"], row["variant"])
    earlier = Earlier(f"delivery:{row['earlier_id']}", row["earlier_ref"] or "") if row["earlier_id"] else None
    return Job(
        row["id"],
        row["channel"],
        Lane(row["lane"]),
        row["address_id"],
        row["address"],
        language,
        row["attempts"],
        message,
        Action(row["action"]),
        earlier,
        instead_in(row["payload"], language),
    )


_WRITE_RECEIPT = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("b_id"),
        deliveries.c.claimed_by == bindparam("b_worker"),
        deliveries.c.state == DeliveryState.SENDING,
    )
    .values(
        state=bindparam("b_state"),
        attempts=bindparam("b_attempts"),
        sent_at=bindparam("b_sent_at"),
        provider_ref=bindparam("b_provider_ref"),
        failure=bindparam("b_failure"),
        outcome=bindparam("b_outcome"),
        due_at=func.coalesce(bindparam("b_due_at", type_=deliveries.c.due_at.type), deliveries.c.due_at),
        queued_at=null(),
    )
)


async def write_receipts(connection: AsyncConnection, receipts: Sequence[Receipt], worker: str) -> None:
    """Write what became of jobs, all at once. A job that was taken from this worker meanwhile is left as it is."""
    await connection.execute(
        _WRITE_RECEIPT,
        [
            {
                "b_id": receipt.id,
                "b_worker": worker,
                "b_state": receipt.state,
                "b_attempts": receipt.attempts,
                "b_sent_at": receipt.at if receipt.state is DeliveryState.SENT else None,
                "b_provider_ref": receipt.provider_ref,
                "b_failure": receipt.failure,
                "b_outcome": receipt.outcome,
                "b_due_at": receipt.due_at,
            }
            for receipt in receipts
        ],
    )


async def set_address(connection: AsyncConnection, address_id: str, **values: str) -> None:
    """Keep what a channel said of an address: its state, its new name."""
    await connection.execute(update(addresses).where(addresses.c.id == address_id).values(**values))


async def beat(connection: AsyncConnection, worker: str, at: datetime) -> None:
    """Say that a worker lives."""
    await connection.execute(insert_new(connection, workers).values(id=worker, started_at=at, beat_at=at))
    await connection.execute(update(workers).where(workers.c.id == worker).values(beat_at=at))


async def last_beat(connection: AsyncConnection) -> datetime | None:
    """When any worker last said that it lives; None when there is none."""
    return (
        await connection.execute(select(workers.c.beat_at).order_by(workers.c.beat_at.desc()).limit(1))
    ).scalar_one_or_none()


async def leave(connection: AsyncConnection, worker: str) -> None:
    """A worker ends in good order."""
    await connection.execute(delete(workers).where(workers.c.id == worker))


async def has_open(connection: AsyncConnection) -> bool:
    """Whether any delivery is not final; a cheap look before a sweep writes."""
    open_states = (*_OPEN, DeliveryState.SENDING)
    found = await connection.scalar(select(deliveries.c.id).where(deliveries.c.state.in_(open_states)).limit(1))
    return found is not None


async def take_back(connection: AsyncConnection, alive_since: datetime, claimed_since: datetime) -> int:
    """Give back what workers without a heartbeat had in hand, and what a living one never wrote a receipt for.

    Each may have been sent, and is counted as uncertain. Returns how many.
    """
    await connection.execute(delete(workers).where(workers.c.beat_at < alive_since))
    lost = or_(
        ~exists().where(workers.c.id == deliveries.c.claimed_by),
        deliveries.c.claimed_at < claimed_since,
    )
    done = await connection.execute(
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, lost)
        .values(state=DeliveryState.CREATED, uncertain=deliveries.c.uncertain + 1, claimed_by=None, queued_at=None)
    )
    return done.rowcount


async def due_unqueued(
    connection: AsyncConnection, at: datetime, forgotten_after: timedelta, limit: int
) -> list[tuple[int, Lane]]:
    """Mark what is due and not in Redis, or was put there so long ago that Redis must have lost it; returns id and lane."""
    due = (
        select(deliveries.c.id)
        .where(
            deliveries.c.state.in_(_OPEN),
            deliveries.c.due_at <= at,
            or_(deliveries.c.queued_at.is_(None), deliveries.c.queued_at < at - forgotten_after),
        )
        .order_by(deliveries.c.due_at)
        .limit(limit)
    )
    rows = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(due.scalar_subquery()))
        .values(queued_at=at)
        .returning(deliveries.c.id, deliveries.c.lane)
    )
    return [(row.id, Lane(row.lane)) for row in rows]


async def forget_queue(connection: AsyncConnection) -> None:
    """Redis was wiped: nothing that is open is queued."""
    await connection.execute(update(deliveries).where(deliveries.c.state.in_(_OPEN)).values(queued_at=None))


async def cancel_cause(connection: AsyncConnection, cause_kind: str, cause_id: str, at: datetime) -> int:
    """Call back what was not sent yet; returns how many deliveries were cancelled."""
    outbox_id = await connection.scalar(
        update(outbox)
        .where(outbox.c.cause_kind == cause_kind, outbox.c.cause_id == cause_id)
        .values(state="cancelled", done_at=at)
        .returning(outbox.c.id)
    )
    done = await connection.execute(
        update(deliveries)
        .where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.in_(_OPEN))
        .values(state=DeliveryState.CANCELLED, queued_at=None)
    )
    return done.rowcount


async def counts_of(connection: AsyncConnection, cause_kind: str, cause_id: str) -> dict[DeliveryState, int]:
    """How many deliveries of a cause stand in each state; states without any are left out."""
    rows = await connection.execute(
        select(deliveries.c.state, func.count())
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(outbox.c.cause_kind == cause_kind, outbox.c.cause_id == cause_id)
        .group_by(deliveries.c.state)
    )
    return {DeliveryState(state): number for state, number in rows}
