"""SQL of delivery: claims and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Earlier, Language, Reply
from bot.delivery.holding import hold_back, quiet_ends
from bot.delivery.messages import Messages
from bot.delivery.model import Action, DeliveryState, Lane
from bot.people.store import end_all_follows, insert_new, set_address_state
from bot.store.schema import addresses, deliveries, outbox, persons

OPEN = (DeliveryState.CREATED, DeliveryState.RETRYING)


@dataclass(frozen=True, slots=True)
class Job:
    """One message to one address, claimed by this worker. attempts: tries before this one."""

    id: int
    outbox_id: int
    channel: str
    lane: Lane
    person_id: str
    address_id: str
    address: str
    language: Language
    attempts: int
    message: Reply
    action: Action = Action.SEND
    earlier: Earlier | None = None
    instead: Reply | None = None
    quiet_until: datetime | None = None
    """Of a change: when the person's quiet hours end, before which no new message says what could not be changed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a job. due_at: when to try again, for RETRYING. maybe_sent: no answer came, so it may have arrived."""

    id: int
    state: DeliveryState
    attempts: int
    at: datetime
    provider_ref: str | None = None
    failure: str | None = None
    due_at: datetime | None = None
    outcome: str | None = None
    maybe_sent: bool = False


_GOES_ON = exists().where(
    outbox.c.id == deliveries.c.outbox_id,
    # What was in a worker's hand while its cause was called back may come back as open: it is not sent again.
    outbox.c.state != "cancelled",
    outbox.c.paused_at.is_(None),
    # With a pace of its own only what was fed for it: it may have been given its pace with thousands in Redis already.
    or_(outbox.c.rate_per_s.is_(None), deliveries.c.queued_at.is_not(None)),
)

_CLAIM = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), deliveries.c.state.in_(OPEN), _GOES_ON)
    .values(state=DeliveryState.SENDING, claimed_by=bindparam("worker"), claimed_at=bindparam("at"))
    .returning(
        *(deliveries.c.id, deliveries.c.outbox_id, deliveries.c.channel, deliveries.c.lane),
        *(deliveries.c.person_id, deliveries.c.address_id, deliveries.c.attempts),
        deliveries.c.variant,
    )
)

_ADDRESSES = (
    select(addresses.c.id, addresses.c.address, persons.c.language)
    .join_from(addresses, persons)
    .where(addresses.c.id.in_(bindparam("ids", expanding=True)))
)

_NOT_QUEUED = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), deliveries.c.state.in_(OPEN))
    .values(queued_at=None)
)


async def claim(
    connection: AsyncConnection, ids: Sequence[int], worker: str, at: datetime, messages: Messages | None = None
) -> list[Job]:
    """Claim those that still wait; whoever comes second gets nothing, so a double queue entry sends once.

    Those of a cause that is paused are left, and queued again when it goes on. messages: what this worker has read already.
    """
    rows = (await connection.execute(_CLAIM, {"ids": list(ids), "worker": worker, "at": at})).all()
    if len(rows) < len(ids):
        taken = {row[0] for row in rows}
        await connection.execute(_NOT_QUEUED, {"ids": [number for number in ids if number not in taken]})
    if not rows:
        return []
    known = messages if messages is not None else Messages()
    await known.learn(connection, (row[1] for row in rows))
    held = await hold_back(connection, rows, known.nature, at)
    rows = [row for row in rows if row[0] not in held]
    found = await connection.execute(_ADDRESSES, {"ids": list({row[5] for row in rows})})
    where = {address_id: (address, language) for address_id, address, language in found}
    earlier = await _earlier(connection, rows, known)
    quiet = await quiet_ends(connection, rows, known.nature, at)
    jobs = []
    for number, outbox_id, channel, lane, person_id, address_id, attempts, variant in sorted(rows):
        address, language = where[address_id]
        spoken, message, instead = known.of(outbox_id, language, variant)
        jobs.append(
            Job(
                *(number, outbox_id, channel, Lane(lane), person_id, address_id, address, spoken, attempts, message),
                action=known.change(outbox_id)[0],
                earlier=earlier.get((outbox_id, address_id)),
                instead=instead,
                quiet_until=quiet.get(person_id),
            )
        )
    known.forget_old()
    return jobs


async def _earlier(connection: AsyncConnection, rows: Sequence[Any], known: Messages) -> dict[tuple[int, str], Earlier]:
    """The messages that are to be changed, by outbox row and address; nothing is looked up where all are sends."""
    persons_of: dict[tuple[int, int], list[str]] = {}
    for row in rows:
        of_id = known.change(row[1])[1]
        if of_id is not None:
            persons_of.setdefault((row[1], of_id), []).append(row[4])
    found: dict[tuple[int, str], Earlier] = {}
    for (outbox_id, of_id), person_ids in persons_of.items():
        query = select(deliveries.c.id, deliveries.c.address_id, deliveries.c.provider_ref).where(
            deliveries.c.outbox_id == of_id,
            deliveries.c.person_id.in_(person_ids),
            # What stood in a digest is no message of its own: a new one says what changed.
            deliveries.c.state != DeliveryState.DIGESTED,
        )
        for number, address_id, provider_ref in await connection.execute(query):
            found[outbox_id, address_id] = Earlier(f"delivery:{number}", provider_ref or "")
    return found


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
        uncertain=deliveries.c.uncertain + bindparam("b_maybe_sent"),
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
                "b_maybe_sent": int(receipt.maybe_sent),
            }
            for receipt in receipts
        ],
    )


async def recipient_gone(connection: AsyncConnection, job: Job, state: str, reason: str) -> None:
    """Keep that an address cannot be written to any more; whoever has no other stops following, with a note of it."""
    other = await connection.scalar(
        select(addresses.c.id)
        .where(addresses.c.person_id == job.person_id, addresses.c.id != job.address_id, addresses.c.state == "active")
        .limit(1)
    )
    ended = 0 if other else await end_all_follows(connection, job.person_id)
    note = f"{reason}; stopped following {ended}" if ended else reason
    await set_address_state(connection, job.address_id, state, note)


async def fall_back(connection: AsyncConnection, job: Job, at: datetime) -> int | None:
    """Put a message that failed on one channel onto the person's next one; the new delivery's id, None when there is no other."""
    claimed = select(deliveries.c.channel).where(
        deliveries.c.outbox_id == job.outbox_id, deliveries.c.person_id == job.person_id
    )
    next_one = (
        await connection.execute(
            select(addresses.c.id, addresses.c.channel)
            .where(
                addresses.c.person_id == job.person_id,
                addresses.c.state == "active",
                addresses.c.channel.not_in(claimed),
            )
            .order_by(addresses.c.rank, addresses.c.id)
            .limit(1)
        )
    ).one_or_none()
    if next_one is None:
        return None
    number: int | None = await connection.scalar(
        insert_new(connection, deliveries)
        .values(
            outbox_id=job.outbox_id,
            person_id=job.person_id,
            address_id=next_one.id,
            channel=next_one.channel,
            lane=job.lane,
            state=DeliveryState.CREATED,
            attempts=0,
            due_at=at,
            uncertain=0,
        )
        .returning(deliveries.c.id)
    )
    return number


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
        .where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.in_((*OPEN, DeliveryState.COLLECTED)))
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
