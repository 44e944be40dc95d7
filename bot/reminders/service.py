"""Use cases: a date is set or moves, what is due goes out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.people.model import Person
from bot.people.preference_store import wishes_of
from bot.people.preferences import zone_named
from bot.reminders import store as reminder_store
from bot.reminders.model import DROPPED_AFTER, LATE_AFTER, ReminderKind, ReminderState, plan
from bot.reminders.words import ReminderWords
from bot.store.engine import Store
from bot.store.serial import one_at_a_time

logger = logging.getLogger(__name__)

OWN_MOST = 50
_BATCH = 100


class ReminderService:
    """Reminders lie in the database alone: a restart, a stopped worker, a clock that steps cost time and nothing else.

    One is due when the clock has reached its moment and it has not fired for the date that holds. Any number of processes may
    run `tick`: the state changes on a condition, in the transaction that writes the outbox row.
    """

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, words: ReminderWords) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self.words = words

    async def set_date(
        self,
        connection: AsyncConnection,
        kind: ReminderKind,
        object_id: str,
        at: datetime | None,
        audience: Audience,
        offsets: Sequence[timedelta],
        *,
        values: Mapping[str, str],
        text_key: str | None = None,
    ) -> None:
        """Set or move the date of an object, in the owner's own transaction; its reminders follow.

        at: None takes the date away and cancels what waits. offsets: before the date, each a reminder; those no longer named
        are cancelled. values: what the text is filled with (`name`); text_key: of texts.yaml, None for the kind's own.
        The same call again changes nothing; a moved date is reminded of anew, also where the old one was already.
        """
        now = self._clock()
        if at is None:
            await reminder_store.cancel(connection, kind, object_id, audience, now)
            return
        await one_at_a_time(connection, f"reminder:{kind}:{object_id}")
        text = (text_key or kind.value, values)
        known = await reminder_store.of_date(connection, kind, object_id, audience)
        for planned in plan(at, offsets, now):
            row = known.pop(int(planned.offset.total_seconds() // 60), None)
            if row is None:
                await reminder_store.add(connection, kind, object_id, audience, planned, text, now)
                continue
            change: dict[str, Any] = {"text_key": text[0], "text_values": dict(values)}
            if row.at != at or row.state == ReminderState.CANCELLED:
                change |= {"at": at, "due_at": planned.due_at, "state": planned.state, "revision": row.revision + 1}
            await reminder_store.change(connection, row.id, now, **change)
        for row in known.values():
            if row.state == ReminderState.WAITING:
                await reminder_store.change(connection, row.id, now, state=ReminderState.CANCELLED)

    async def cancel(self, connection: AsyncConnection, kind: ReminderKind, object_id: str) -> int:
        """The object is gone: nothing waits for its date any more, whoever was to be reminded. Returns how many were."""
        return await reminder_store.cancel(connection, kind, object_id, None, self._clock())

    async def tick(self) -> None:
        """What a worker does about once a second."""
        async with self._store.read() as connection:
            ids = await reminder_store.due(connection, self._clock(), _BATCH)
        for reminder_id in ids:
            async with self._store.write() as connection:
                await self._fire(connection, reminder_id)
        if ids:
            await self._outbox.wake()

    async def _fire(self, connection: AsyncConnection, reminder_id: str) -> None:
        now = self._clock()
        row = await reminder_store.take(connection, reminder_id, now)
        if row is None:
            return
        if now - row.at > DROPPED_AFTER or await reminder_store.has_later_due(connection, row, now):
            logger.warning("reminder dropped: too late, or a later one is due", extra={"reminder": reminder_id})
            await reminder_store.change(connection, reminder_id, now, state=ReminderState.DROPPED, fired_at=None)
            return
        zone = None
        if row.audience_kind == AudienceKind.PERSON:
            wishes = (await wishes_of(connection, [row.audience_target])).get(row.audience_target)
            zone = zone_named(wishes.zone) if wishes else None
        late = row.due_at if now - row.due_at > LATE_AFTER else None
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.REMINDER,
                f"{row.id}:{row.revision}",
                Lane.TRANSACTIONAL,
                Audience(AudienceKind(row.audience_kind), row.audience_target),
                self.words.messages(row.text_key, row.text_values, row.at, late=late, zone=zone),
            ),
            now,
        )

    async def set_own(
        self, person: Person, kind: ReminderKind, object_id: str, at: datetime, offsets: Sequence[timedelta], name: str
    ) -> bool:
        """A person's own reminder; False when they have as many as anybody may. The same object again moves it."""
        async with self._store.write() as connection:
            if await reminder_store.waiting_of(connection, person.id) >= OWN_MOST:
                return False
            audience = Audience(AudienceKind.PERSON, person.id)
            await self.set_date(connection, kind, object_id, at, audience, offsets, values={"name": name})
        return True

    async def zone_of(self, person: Person) -> ZoneInfo:
        """The zone that a person chose, else that of the service."""
        async with self._store.read() as connection:
            wishes = (await wishes_of(connection, [person.id])).get(person.id)
        return (zone_named(wishes.zone) if wishes else None) or self.words.zone

    async def stop_own(self, person: Person, kind: ReminderKind, object_id: str) -> int:
        """Stop a person's own reminders of one date; returns how many waited."""
        async with self._store.write() as connection:
            audience = Audience(AudienceKind.PERSON, person.id)
            return await reminder_store.cancel(connection, kind, object_id, audience, self._clock())
