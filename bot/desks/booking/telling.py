"""Whoever is concerned by a booking is told of each change of it, in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.model import is_declaration_no
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.booking import store as booking_store
from bot.desks.booking.model import Booking, BookingState
from bot.desks.booking.ports import Firm, Firms
from bot.desks.booking.rules import BookingRules
from bot.desks.booking.words import BookingWords
from bot.errors import NotFoundError
from bot.people import store as people_store
from bot.people.model import FollowKind, new_id
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService
from bot.store.schema import follows


def may_see(firms: Iterable[Firm], booking: Booking) -> bool:
    """Whether somebody who may book for these firms may see a booking."""
    return any(firm.id == booking.firm_id and firm.covers(booking.reference) for firm in firms)


class Telling:
    """Pushes and reminders. Who follows a booking is told; who may not book for its firm any more stops following it."""

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        reminders: ReminderService,
        firms: Firms,
        rules: BookingRules,
        words: BookingWords,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._reminders = reminders
        self._firms = firms
        self._rules = rules
        self._words = words

    async def follow(self, connection: AsyncConnection, person_id: str, number: str) -> bool:
        """Tell this person of changes; False when they are told already."""
        return await people_store.add_follow(connection, new_id(), person_id, FollowKind.BOOKING, number, self._clock())

    async def changed(
        self, connection: AsyncConnection, booking_id: str, head: str, *, by_person: str | None = None
    ) -> Booking:
        """Tell of a change just made, and move the reminders with it.

        head: sentence above the booking. by_person: who made it, and sees it already; None: staff or the system.
        """
        booking = await booking_store.booking_of(connection, booking_id=booking_id)
        if booking is None:
            raise NotFoundError("booking")
        told = await self._followers(connection, booking)
        if by_person is None and told:
            await self._push(connection, booking, head, Audience(AudienceKind.BOOKING, booking.number))
        elif by_person is None:
            # Who booked has left the firm, or told us to be silent: the firm must hear of it all the same.
            await self._push(connection, booking, head, Audience(AudienceKind.FIRM, self._firm(booking)))
        else:
            for person_id in told:
                if person_id != by_person:
                    await self._push(connection, booking, head, Audience(AudienceKind.PERSON, person_id))
        await self._remind(connection, booking)
        return booking

    async def wake(self) -> None:
        """After the commit."""
        await self._outbox.wake()

    def _firm(self, booking: Booking) -> str:
        declaration_no = booking.reference if is_declaration_no(booking.reference) else ""
        return ":".join(part for part in (booking.firm_id, "booking", declaration_no) if part)

    async def _push(self, connection: AsyncConnection, booking: Booking, head: str, audience: Audience) -> None:
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.BOOKING,
                f"{booking.number}:{new_id()[:16]}",
                Lane.TRANSACTIONAL,
                audience,
                self._words.messages(booking, head),
            ),
            self._clock(),
        )

    async def _remind(self, connection: AsyncConnection, booking: Booking) -> None:
        holds = booking.state in {BookingState.REQUESTED, BookingState.CONFIRMED}
        if booking.state is BookingState.WAITING:
            return  # there is no date yet, and none to take away
        await self._reminders.set_date(
            connection,
            ReminderKind.BOOKING,
            booking.number,
            booking.slot.starts_at if holds else None,
            Audience(AudienceKind.BOOKING, booking.number),
            self._rules.kinds[booking.slot.kind].reminders,
            values={"name": booking.number},
        )

    async def _followers(self, connection: AsyncConnection, booking: Booking) -> list[str]:
        """Who follows it and may still book for the firm; the others stop following."""
        query = select(follows.c.person_id).where(
            follows.c.kind == FollowKind.BOOKING, follows.c.target == booking.number
        )
        allowed: list[str] = []
        for person_id in list(await connection.scalars(query)):
            firms = await self._firms.of(connection, person_id, self._clock())
            if may_see(firms, booking):
                allowed.append(person_id)
            else:
                await people_store.end_follow(connection, person_id, FollowKind.BOOKING, booking.number)
        return allowed
