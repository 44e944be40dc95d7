"""What staff do with bookings: approve, refuse, close a slot, note who came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.booking import lists as booking_lists
from bot.desks.booking import plan_store
from bot.desks.booking import store as booking_store
from bot.desks.booking.line import WaitingLine
from bot.desks.booking.model import BOOKINGS, Booking, BookingState, Slot
from bot.desks.booking.slots import slot_of
from bot.desks.booking.telling import Telling
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.people.model import StaffMember
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, history, move

_S = BookingState
_WHY_MOST = 500


class BookingDesk:
    """Every act is one transaction, kept in the booking's history and in the audit trail; the firm is told of it."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, line: WaitingLine, telling: Telling) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._line = line
        self._telling = telling

    def now(self) -> datetime:
        """The moment, by the service's clock."""
        return self._clock()

    async def bookings(self, after: datetime, until: datetime, *, site_id: str | None = None) -> list[Booking]:
        """Bookings whose time begins in [after, until), by time."""
        async with self._store.read() as connection:
            return await booking_lists.between(connection, after, until, site_id=site_id)

    async def to_decide(self) -> list[Booking]:
        """Bookings that wait for a decision, the longest waiting first."""
        async with self._store.read() as connection:
            return await booking_lists.to_decide(connection)

    async def find(self, number: str) -> Booking:
        """One booking by its number. Raises NotFoundError."""
        async with self._store.read() as connection:
            return await self._need(connection, number)

    async def history(self, number: str) -> Sequence[Mapping[str, Any]]:
        """What a booking went through, oldest first. Raises NotFoundError."""
        async with self._store.read() as connection:
            booking = await self._need(connection, number)
            return await history(connection, BOOKINGS.name, booking.id)

    async def approve(self, number: str, *, by: StaffMember) -> Booking:
        """Confirm a request. Raises ConflictError, also for the second of two officers, and NotFoundError."""
        return await self._decide(number, _S.CONFIRMED, "push_confirmed", None, by)

    async def refuse(self, number: str, why: str, *, by: StaffMember) -> Booking:
        """Refuse a request with the reason, which the firm reads; the place passes on. Raises as `approve`."""
        return await self._decide(number, _S.REFUSED, "push_refused", _reason(why), by)

    async def served(self, number: str, why: str = "", *, by: StaffMember) -> Booking:
        """Note that they came; corrects a no-show, with a reason. Raises ConflictError before the time, NotFoundError."""
        return await self._came(number, _S.SERVED, "push_served", why, by)

    async def no_show(self, number: str, why: str = "", *, by: StaffMember) -> Booking:
        """Note that they did not come. Raises ConflictError before the time, NotFoundError."""
        return await self._came(number, _S.NO_SHOW, "push_no_show", why, by)

    async def close_slot(self, slot_id: str, why: str, *, by: StaffMember) -> Slot:
        """Offer a slot no more; its bookings are cancelled and their firms told why. Raises ConflictError, NotFoundError."""
        why, now = _reason(why), self._clock()
        async with self._store.write() as connection:
            await booking_store.lock_slot(connection, slot_id, "update")
            slot = await slot_of(connection, slot_id)
            if slot is None:
                raise NotFoundError("slot")
            if slot.is_closed or slot.starts_at <= now:
                raise ConflictError("The slot is closed, or has begun.", state="closed" if slot.is_closed else "begun")
            await plan_store.close_slot(connection, slot_id, why, now)
            for booking_id in await booking_lists.open_in_slot(connection, slot_id):
                step = Step(f"staff:{by.name}", now, why)
                await move(
                    connection, BOOKINGS, booking_id, _S.CANCELLED, step, offer_until=None, why=why, changed_at=now
                )
                # Nobody is offered a place of a closed slot.
                await self._line.release(connection, booking_id)
                await self._telling.changed(connection, booking_id, "push_closed")
            await self._audit.record(connection, now, f"staff:{by.name}", "booking.closed", slot_id)
            slot = await slot_of(connection, slot_id)
        await self._telling.wake()
        if slot is None:
            raise NotFoundError("slot")
        return slot

    async def _decide(self, number: str, to: BookingState, head: str, why: str | None, by: StaffMember) -> Booking:
        now = self._clock()
        async with self._store.write() as connection:
            booking = await self._locked(connection, number)
            if booking.state is not _S.REQUESTED:
                raise ConflictError(f"The booking is {booking.state}; there is nothing to decide.", state=booking.state)
            step = Step(f"staff:{by.name}", now, why)
            await move(connection, BOOKINGS, booking.id, to, step, why=why, changed_at=now)
            if to is _S.REFUSED:
                await self._line.release(connection, booking.id)
            booking = await self._done(connection, booking.id, head, f"booking.{to}", by)
        await self._telling.wake()
        return booking

    async def _came(self, number: str, to: BookingState, head: str, why: str, by: StaffMember) -> Booking:
        now = self._clock()
        async with self._store.write() as connection:
            booking = await self._locked(connection, number)
            if booking.slot.starts_at > now:
                raise ConflictError("The time has not come yet.", state=booking.state)
            why = _reason(why) if booking.state in {_S.SERVED, _S.NO_SHOW} else why.strip()[:_WHY_MOST]
            step = Step(f"staff:{by.name}", now, why or None)
            await move(connection, BOOKINGS, booking.id, to, step, why=why or None, changed_at=now)
            booking = await self._done(connection, booking.id, head, f"booking.{to}", by)
        await self._telling.wake()
        return booking

    async def _done(
        self, connection: AsyncConnection, booking_id: str, head: str, action: str, by: StaffMember
    ) -> Booking:
        booking = await self._telling.changed(connection, booking_id, head)
        await self._audit.record(connection, self._clock(), f"staff:{by.name}", action, booking.number)
        return booking

    async def _locked(self, connection: AsyncConnection, number: str) -> Booking:
        await booking_store.lock_booking(connection, number)
        return await self._need(connection, number)

    async def _need(self, connection: AsyncConnection, number: str) -> Booking:
        booking = await booking_store.booking_of(connection, number=number)
        if booking is None:
            raise NotFoundError("booking")
        return booking


def _reason(why: str) -> str:
    why = why.strip()
    if not 1 <= len(why) <= _WHY_MOST:
        raise InvalidInputError([Fault("why", "length", f"A reason of 1 to {_WHY_MOST} characters is needed.")])
    return why
