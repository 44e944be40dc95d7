"""What is held back for a person: until their quiet hours end, or for their digest. Decided when a delivery is claimed,

so that it holds for whatever comes late: a retry, a queue that ran into the night, a wish changed a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, null, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Action, CauseKind, DeliveryState, Lane
from bot.people.preference_store import wishes_of
from bot.people.preferences import Cadence, Wishes
from bot.store.schema import deliveries

# Never collected: a reminder or a chase is tied to its time, a digest is one already, the rest are not news.
_COLLECTED = frozenset({CauseKind.NOTICE, CauseKind.CLEARANCE})


@dataclass(frozen=True, slots=True)
class Nature:
    """What decides about a delivery. is_urgent: an emergency with a recorded reason and approver."""

    cause: str
    action: Action
    topic: str | None
    is_urgent: bool


def held_until(
    nature: Nature, lane: Lane, channel: str, attempts: int, wishes: Wishes, at: datetime
) -> tuple[DeliveryState, datetime] | None:
    """Where a delivery waits instead, and until when; None: it goes out now.

    An answer to what somebody asked, a member of staff's own test, and a change of what stands in the chat already make
    no noise at night that nobody wanted. An emergency does, where somebody approved it and the reason is on record.
    """
    if lane is Lane.REPLY or nature.cause == CauseKind.TEST or nature.action is not Action.SEND:
        return None
    if lane is Lane.EMERGENCY and nature.is_urgent:
        return None
    if nature.cause in _COLLECTED and lane is not Lane.EMERGENCY and not attempts:
        cadence = wishes.cadence(nature.topic, channel, named_only=lane is Lane.TRANSACTIONAL)
        if cadence is not Cadence.INSTANT:
            return DeliveryState.COLLECTED, wishes.digest_after(at, cadence)
    until = wishes.quiet_until(at)
    return None if until is None else (DeliveryState.CREATED, until)


async def quiet_ends(
    connection: AsyncConnection, rows: Sequence[Any], nature_of: Callable[[int], Nature], at: datetime
) -> dict[str, datetime]:
    """Until when persons have quiet hours now, by person, among claimed changes of earlier messages that are not urgent.

    A change in its place makes no noise and is made at once. Where it cannot be made, a new message says so: that one waits.
    """
    asked = set()
    for row in rows:
        nature = nature_of(row.outbox_id)
        if nature.action is not Action.SEND and not nature.is_urgent:
            asked.add(row.person_id)
    if not asked:
        return {}
    wishes = await wishes_of(connection, asked)
    ends = {person: wish.quiet_until(at) for person, wish in wishes.items()}
    return {person: until for person, until in ends.items() if until is not None}


_HOLD = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("b_id"), deliveries.c.state == DeliveryState.SENDING)
    .values(
        state=bindparam("b_state"),
        due_at=bindparam("b_due_at", type_=deliveries.c.due_at.type),
        held_until=bindparam("b_held_until", type_=deliveries.c.held_until.type),
        queued_at=null(),
        claimed_by=null(),
    )
)


async def hold_back(
    connection: AsyncConnection, rows: Sequence[Any], nature_of: Callable[[int], Nature], at: datetime
) -> set[int]:
    """Give back of what was claimed in this transaction what its person does not want now; returns the ids.

    rows: as claimed. nature_of: by outbox row.
    """
    wishes = await wishes_of(connection, {row.person_id for row in rows})
    if not wishes:
        return set()
    held: dict[int, tuple[DeliveryState, datetime]] = {}
    for row in rows:
        if row.person_id in wishes:
            nature = nature_of(row.outbox_id)
            found = held_until(nature, Lane(row.lane), row.channel, row.attempts, wishes[row.person_id], at)
            if found is not None:
                held[row.id] = found
    if held:
        await connection.execute(
            _HOLD,
            [
                {"b_id": number, "b_state": state, "b_due_at": due, "b_held_until": due}
                for number, (state, due) in held.items()
            ],
        )
    return set(held)
