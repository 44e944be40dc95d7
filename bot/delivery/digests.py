"""Digests: what was collected for a person becomes one message, once."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clock import Clock
from bot.delivery import words
from bot.delivery.model import Audience, AudienceKind, CauseKind, DeliveryState, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.payload import message_in
from bot.store.engine import Store
from bot.store.schema import addresses, deliveries, outbox, persons
from bot.store.serial import one_at_a_time

logger = logging.getLogger(__name__)

ITEMS_MOST = 20
_PERSONS_AT_ONCE = 100

_COLLECTED = (
    deliveries.c.state == DeliveryState.COLLECTED,
    outbox.c.paused_at.is_(None),
    outbox.c.state != "cancelled",
)


class Digests:
    """Any number of workers may run `tick`.

    The digest's outbox row and the state of its items are one transaction that holds the person, so an item stands in exactly
    one digest whenever a process dies; late workers take what has gathered since into the same one.
    """

    def __init__(self, store: Store, clock: Clock, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox

    async def tick(self) -> None:
        """Make the digests that are due."""
        now = self._clock()
        async with self._store.read() as connection:
            due = list(await connection.scalars(_persons_due(now)))
        for person_id in due:
            async with self._store.write() as connection:
                await self.make(connection, person_id, now)
        if due:
            logger.info("%d digests made", len(due))
            await self._outbox.wake()

    async def make(self, connection: AsyncConnection, person_id: str, now: datetime) -> int:
        """Put what is due for a person into one digest; returns how many items it has, 0 when another made it."""
        await one_at_a_time(connection, f"digest:{person_id}")
        language = await connection.scalar(select(persons.c.language).where(persons.c.id == person_id))
        rows = (await connection.execute(_items(person_id, now))).all()
        if not rows:
            return 0
        if not await _can_be_told(connection, person_id):
            # Sent by themselves they fail with their reason, where staff can see it.
            await _release(connection, [row.id for row in rows], now)
            return 0
        spoken: Language = language or "zh-Hans"
        found = [(row.id, message_in(row.payload, spoken, row.variant)[1]) for row in rows]
        cause_id = f"{person_id}:{rows[0].id}"
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.DIGEST,
                cause_id,
                Lane.BULK,
                Audience(AudienceKind.PERSON, person_id),
                {spoken: words.digest(found, spoken)},
            ),
            now,
        )
        digest_id = await connection.scalar(
            select(outbox.c.id).where(outbox.c.cause_kind == CauseKind.DIGEST, outbox.c.cause_id == cause_id)
        )
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_([row.id for row in rows]), deliveries.c.state == DeliveryState.COLLECTED)
            .values(state=DeliveryState.DIGESTED, digest_id=digest_id, sent_at=now, outcome="digested")
        )
        return len(rows)


def _persons_due(now: datetime) -> Select[Any]:
    return (
        select(deliveries.c.person_id)
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(*_COLLECTED, deliveries.c.due_at <= now)
        .group_by(deliveries.c.person_id)
        .limit(_PERSONS_AT_ONCE)
    )


def _items(person_id: str, now: datetime) -> Select[Any]:
    return (
        select(deliveries.c.id, deliveries.c.variant, outbox.c.payload)
        .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
        .where(*_COLLECTED, deliveries.c.person_id == person_id, deliveries.c.due_at <= now)
        .order_by(deliveries.c.id)
        .limit(ITEMS_MOST)
    )


async def _can_be_told(connection: AsyncConnection, person_id: str) -> bool:
    return bool(
        await connection.scalar(
            select(addresses.c.id).where(addresses.c.person_id == person_id, addresses.c.state == "active").limit(1)
        )
    )


async def _release(connection: AsyncConnection, ids: list[int], now: datetime) -> None:
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids), deliveries.c.state == DeliveryState.COLLECTED)
        .values(state=DeliveryState.CREATED, due_at=now, held_until=now, queued_at=None, attempts=1)
    )


async def release_all(connection: AsyncConnection, person_id: str, now: datetime) -> None:
    """A person's wishes changed: what waits for a digest, or for the end of quiet hours, is judged anew at once."""
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.person_id == person_id,
            deliveries.c.state.in_((DeliveryState.COLLECTED, DeliveryState.CREATED)),
            deliveries.c.due_at > now,
        )
        .values(state=DeliveryState.CREATED, due_at=now, held_until=now, queued_at=None)
    )


async def cancel_waiting(connection: AsyncConnection, person_id: str, *, kind: str | None, target: str | None) -> int:
    """A person stopped: what of it has not gone out yet does not. kind, target: of the follow; None: all that they follow.

    Returns how many were cancelled.
    """
    of_follow = [outbox.c.audience_kind == kind, outbox.c.audience_target == target] if kind else []
    causes = select(outbox.c.id).where(
        outbox.c.cause_kind.in_((CauseKind.NOTICE, CauseKind.CLEARANCE)), outbox.c.lane != Lane.EMERGENCY, *of_follow
    )
    waiting = (DeliveryState.COLLECTED, DeliveryState.CREATED, DeliveryState.RETRYING)
    done = await connection.execute(
        update(deliveries)
        .where(deliveries.c.person_id == person_id, deliveries.c.state.in_(waiting), deliveries.c.outbox_id.in_(causes))
        .values(state=DeliveryState.CANCELLED, queued_at=None)
    )
    return done.rowcount
