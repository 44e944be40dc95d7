"""Those of a firm who may handle its permits are told of each change, in the transaction that makes it; reminders move along."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.permits import store as permit_store
from bot.desks.permits.model import Permit, PermitState
from bot.desks.permits.ports import Firms
from bot.desks.permits.words import PermitWords
from bot.errors import NotFoundError
from bot.people.model import new_id
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService

_LAST_MINUTE = time(23, 59)
REMINDERS = tuple(timedelta(days=days, hours=14, minutes=59) for days in (90, 60, 35))
"""Before the last minute of the last day: at 09:00, 90, 60 and 35 days before. A renewal is asked for 30 days before (INS-27)."""


class Telling:
    """Pushes and reminders."""

    def __init__(
        self,
        clock: Clock,
        zone: ZoneInfo,
        outbox: Outbox,
        reminders: ReminderService,
        firms: Firms,
        words: PermitWords,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._outbox = outbox
        self._reminders = reminders
        self._firms = firms
        self._words = words

    def today(self) -> date:
        """The day at the ports."""
        return self._clock().astimezone(self._zone).date()

    async def wake(self) -> None:
        """After the commit."""
        await self._outbox.wake()

    async def changed(self, connection: AsyncConnection, permit_id: str, head: str, by_person: str | None) -> Permit:
        """Tell the firm's people of a change, and move the reminders with it. by_person: who made it and sees it already."""
        permit = await permit_store.permit_of(connection, permit_id)
        if permit is None:  # pragma: no cover - it was written in this very transaction
            raise NotFoundError("permit")
        now = self._clock()
        for person_id in await self._firms.people(connection, permit.firm_id, now):
            if person_id != by_person:
                await self._outbox.add(
                    connection,
                    OutgoingNotification(
                        CauseKind.PERMIT,
                        f"{permit.id}:{new_id()[:16]}",
                        Lane.TRANSACTIONAL,
                        Audience(AudienceKind.PERSON, person_id),
                        self._words.messages(permit, head, self.today()),
                    ),
                    now,
                )
        await self._reminders.set_date(
            connection,
            ReminderKind.PERMIT_EXPIRY,
            permit.id,
            self._end(permit) if permit.state is PermitState.VALID else None,
            Audience(AudienceKind.FIRM, f"{permit.firm_id}:permits"),
            REMINDERS,
            values={"name": permit.number},
        )
        return permit

    def _end(self, permit: Permit) -> datetime:
        return datetime.combine(permit.valid_until, _LAST_MINUTE, self._zone)
