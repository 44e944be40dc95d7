"""What booking stores of a person, and what it adds to their cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.booking import store as booking_store
from bot.desks.booking.form import localized
from bot.desks.booking.model import OPEN, Booking
from bot.desks.booking.ports import Firms
from bot.desks.booking.telling import may_see
from bot.desks.booking.words import BookingWords
from bot.forms.cases import CaseLine
from bot.store.schema import bookings

_OF_A_PERSON = frozenset({"contact", "mobile"})


class PersonalBookings:
    """Fulfils PersonalData."""

    name = "bookings"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export: the bookings that the person made."""
        rows = await connection.execute(
            select(bookings).where(bookings.c.person_id == person_id).order_by(bookings.c.created_at)
        )
        return [
            {
                "number": row.number,
                "state": row.state,
                "reference": row.reference,
                "made": row.created_at.isoformat(),
                **row.details,
            }
            for row in rows
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: who booked and whom to call goes; the booking itself is the firm's."""
        rows = (await connection.execute(select(bookings).where(bookings.c.person_id == person_id))).all()
        for row in rows:
            kept = {name: value for name, value in row.details.items() if name not in _OF_A_PERSON}
            await connection.execute(
                update(bookings).where(bookings.c.id == row.id).values(person_id=None, details=kept, changed_at=at)
            )
        if not rows:
            return {}
        return {
            f"bookings: {len(rows)}": "They are the firm's: number, time and goods stay, without your name and number."
        }


class BookingCases:
    """Fulfils CaseList."""

    def __init__(self, firms: Firms, words: BookingWords, clock: Clock) -> None:
        self._firms = firms
        self._words = words
        self._clock = clock

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """See CaseList.of."""
        firms = await self._firms.of(connection, person_id, self._clock())
        found = await booking_store.of_firms(connection, {firm.id for firm in firms}, open_only=False, latest=True)
        seen = [booking for booking in found if may_see(firms, booking)]
        return [self._line(booking) for booking in seen[:limit]]

    def _line(self, booking: Booking) -> CaseLine:
        return CaseLine(
            booking.number,
            localized(lambda language: self._words.title(booking, language)),
            localized(lambda language: self._words.say(f"state_{booking.state}", language)),
            f"bk:show:{booking.number}",
            booking.changed_at,
            booking.state in OPEN,
        )
