"""The waiting list: a place that comes free is offered to who waits longest, and passes on when it is not accepted in time.

All of it lies in the database: a worker that dies or a restart costs time and nothing else.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.booking import lists as booking_lists
from bot.desks.booking import store as booking_store
from bot.desks.booking.model import BOOKINGS, BookingState
from bot.desks.booking.rules import BookingRules
from bot.desks.booking.slots import slot_of
from bot.desks.booking.telling import Telling
from bot.errors import ConflictError
from bot.store.engine import Store
from bot.store.history import Step, move

_S = BookingState
_BATCH = 100
_SHORTEST_OFFER = timedelta(minutes=5)
_MARGIN = timedelta(minutes=1)


class WaitingLine:
    """Places that come free."""

    def __init__(self, store: Store, clock: Clock, rules: BookingRules, telling: Telling) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._telling = telling

    async def release(self, connection: AsyncConnection, booking_id: str) -> None:
        """Take a booking's place, and pass it on within the same transaction: at no moment is it there for who did not wait."""
        held = await booking_store.place_of(connection, booking_id)
        if held is not None:
            await booking_store.hold(connection, *held, None)
            await self.pass_on(connection, *held)

    async def pass_on(self, connection: AsyncConnection, slot_id: str, place: int) -> bool:
        """Offer a free place, which the caller's transaction has in hand, to who waits longest; False when nobody does."""
        now = self._clock()
        slot = await slot_of(connection, slot_id)
        if slot is None or slot.is_closed or slot.starts_at - _SHORTEST_OFFER <= now:
            return False
        waiting = await booking_store.next_waiting(connection, slot_id)
        if waiting is None:
            return False
        # No longer than until the time itself: a place accepted afterwards would help nobody.
        until = min(now + self._rules.kinds[slot.kind].offer, slot.starts_at - _MARGIN)
        await move(connection, BOOKINGS, waiting, _S.OFFERED, Step("system", now), offer_until=until, changed_at=now)
        await booking_store.hold(connection, slot_id, place, waiting)
        await self._telling.changed(connection, waiting, "push_offered")
        return True

    async def tick(self) -> None:
        """What a worker does about once a second; several may at once."""
        now = self._clock()
        async with self._store.read() as connection:
            lapsed = [(number, "expired_offer") for number in await booking_lists.overdue(connection, now, _BATCH)]
            late = await booking_lists.begun(connection, now, _BATCH)
            lapsed += [(number, f"expired_{state}") for number, state in late]
            open_slots = await booking_lists.to_offer(connection, now + _SHORTEST_OFFER, _BATCH)
        for number, why in lapsed:
            await self._lapse(number, why)
        for slot_id in open_slots:
            await self._offer(slot_id)
        if lapsed or open_slots:
            await self._telling.wake()

    async def _lapse(self, number: str, why: str) -> None:
        now = self._clock()
        async with self._store.write() as connection:
            booking_id = await booking_store.lock_booking(connection, number)
            booking = await booking_store.booking_of(connection, booking_id=booking_id) if booking_id else None
            if booking is None:
                return
            overdue = booking.offer_until is not None and booking.offer_until <= now
            if not overdue and not (booking.slot.starts_at <= now and booking.state in {_S.WAITING, _S.REQUESTED}):
                return  # accepted or moved in between
            try:
                step = Step("system", now, why)
                await move(
                    connection, BOOKINGS, booking.id, _S.EXPIRED, step, offer_until=None, why=why, changed_at=now
                )
            except ConflictError:  # pragma: no cover - the row is locked, and its state was just looked at
                return
            await self.release(connection, booking.id)
            await self._telling.changed(connection, booking.id, "push_expired")

    async def _offer(self, slot_id: str) -> None:
        """Places that came free while nobody waited, or were added, and somebody waits now."""
        async with self._store.write() as connection:
            await booking_store.lock_slot(connection, slot_id, "share")
            while (place := await booking_store.find_place(connection, slot_id, patient=False)) is not None:
                if not await self.pass_on(connection, slot_id, place):
                    return
