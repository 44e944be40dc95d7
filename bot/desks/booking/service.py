"""What a firm's people do: book, wait, accept, move, cancel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.booking import store as booking_store
from bot.desks.booking.checks import AHEAD, Checks
from bot.desks.booking.line import WaitingLine
from bot.desks.booking.model import BOOKINGS, Application, Booking, BookingState, Reason, Site, Slot
from bot.desks.booking.ports import Firm, Firms
from bot.desks.booking.rules import BookingRules
from bot.desks.booking.slots import sites, slot_of, slots
from bot.desks.booking.telling import Telling, may_see
from bot.desks.booking.words import BookingWords
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.store.engine import Store
from bot.store.history import Step, move, opened
from bot.store.serial import one_at_a_time

_S = BookingState
_WHY_MOST = 500


class BookingService:
    """Every act is one transaction; `…_in` acts in the caller's own, whose commit the caller follows with `wake`.

    No double booking: a place is a row (`booking_places`), and a booking is made by taking one.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        firms: Firms,
        rules: BookingRules,
        words: BookingWords,
        line: WaitingLine,
        telling: Telling,
    ) -> None:
        self._store = store
        self._clock = clock
        self._firms = firms
        self._line = line
        self._telling = telling
        self._checks = Checks(rules, words)
        self.rules = rules
        self.words = words

    async def sites(self) -> list[Site]:
        """Every site, by office and name."""
        async with self._store.read() as connection:
            return await sites(connection)

    async def firms(self, person_id: str) -> Sequence[Firm]:
        """The firms for which a person may book now."""
        async with self._store.read() as connection:
            return await self.firms_in(connection, person_id)

    async def firms_in(self, connection: AsyncConnection, person_id: str) -> Sequence[Firm]:
        """See `firms`."""
        return await self._firms.of(connection, person_id, self._clock())

    async def offered(self, **wish: Any) -> list[Slot]:
        """See `offered_in`."""
        async with self._store.read() as connection:
            return await self.offered_in(connection, **wish)

    async def offered_in(
        self,
        connection: AsyncConnection,
        *,
        kind: str | None = None,
        site_id: str | None = None,
        office: str | None = None,
        after: datetime | None = None,
        free_only: bool = False,
        is_aeo: bool = False,
    ) -> list[Slot]:
        """Slots of 14 days that can be booked at this moment, by time: open, with an officer, and not too late for. Full ones
        stand among them for their waiting lists, unless free_only.
        """
        now = self._clock()
        start = max(after or now, now)
        found = await slots(
            connection, start, start + AHEAD, site_id=site_id, office=office, kind=kind, free_only=free_only
        )
        return [slot for slot in found if not self._checks.late(slot, now, is_aeo=is_aeo)]

    async def book(
        self, person_id: str, firm_id: str, application: Application, *, wait: bool = False, request_key: str = ""
    ) -> Booking:
        """Book a slot for a firm, or with `wait` join its waiting list where it is full.

        request_key: of the form or request; the same key of the same person books once, and gets the same booking again.
        Raises BookingRefusedError with every reason and the next free slots, NotPermittedError, NotFoundError.
        """
        async with self._store.write() as connection:
            booking = await self.book_in(
                connection, person_id, firm_id, application, wait=wait, request_key=request_key
            )
        await self.wake()
        return booking

    async def book_in(
        self,
        connection: AsyncConnection,
        person_id: str,
        firm_id: str,
        application: Application,
        *,
        wait: bool = False,
        request_key: str = "",
    ) -> Booking:
        """See `book`."""
        now = self._clock()
        key = hashlib.sha256(f"{person_id}:{request_key}".encode()).hexdigest() if request_key else None
        if key:
            await one_at_a_time(connection, f"booking-request:{key}")
            if known := await booking_store.id_by_request(connection, key):
                return await self._need(connection, known)
        firm = await self._firms.require(connection, person_id, firm_id, now, application.reference.strip())
        slot, place = await self._reach(connection, application.slot_id)
        reasons = await self._checks.against(connection, slot, firm.id, application, now)
        if place is None and not wait:
            reasons.append(Reason("full", "slot_id", {"waiting": slot.waiting}))
        if reasons:
            raise await self._checks.refused(connection, slot, reasons, now, is_aeo=application.is_aeo)
        kind = self.rules.kinds[slot.kind]
        state = _S.WAITING if place is None else _S.REQUESTED if kind.needs_approval else _S.CONFIRMED
        filed = self.rules.counts_from(kind, slot.site, now)
        day = now.astimezone(self.rules.zone).date()
        booking_id, number = await booking_store.add_booking(
            connection, (person_id, firm.id), application, state, (day, now, filed), key
        )
        await opened(connection, BOOKINGS, booking_id, state, Step(f"person:{person_id}", now))
        if place is not None:
            await booking_store.hold(connection, slot.id, place, booking_id)
        await self._telling.follow(connection, person_id, number)
        return await self._telling.changed(connection, booking_id, "push_booked", by_person=person_id)

    async def accept(self, person_id: str, number: str) -> Booking:
        """Take the place that was offered. Raises ConflictError when nothing is offered, or the time to accept has passed."""
        now = self._clock()
        async with self._store.write() as connection:
            booking = await self._own(connection, person_id, number)
            if booking.state is not _S.OFFERED or booking.offer_until is None or booking.offer_until <= now:
                raise ConflictError("There is no offer to accept.", state=booking.state)
            kind = self.rules.kinds[booking.slot.kind]
            to = _S.REQUESTED if kind.needs_approval else _S.CONFIRMED
            step = Step(f"person:{person_id}", now)
            await move(connection, BOOKINGS, booking.id, to, step, offer_until=None, changed_at=now)
            booking = await self._telling.changed(connection, booking.id, "push_accepted", by_person=person_id)
        await self.wake()
        return booking

    async def cancel(self, person_id: str, number: str, why: str = "") -> Booking:
        """Give a booking, an offer or a place in line up; the place passes on. Raises ConflictError, BookingRefusedError."""
        now = self._clock()
        if len(why) > _WHY_MOST:
            raise InvalidInputError([Fault("why", "too_long", f"A reason has {_WHY_MOST} characters at most.")])
        async with self._store.write() as connection:
            booking = await self._own(connection, person_id, number)
            if booking.state in {_S.REQUESTED, _S.CONFIRMED}:
                self._checks.in_time(booking, self.rules.kinds[booking.slot.kind].cancel_until, now)
            step = Step(f"person:{person_id}", now, why or None)
            await move(
                connection,
                BOOKINGS,
                booking.id,
                _S.CANCELLED,
                step,
                offer_until=None,
                why=why or None,
                revision=booking.revision + 1,
                changed_at=now,
            )
            await self._line.release(connection, booking.id)
            booking = await self._telling.changed(connection, booking.id, "push_cancelled", by_person=person_id)
        await self.wake()
        return booking

    async def reschedule(self, person_id: str, number: str, slot_id: str) -> Booking:
        """Move a booking to another slot of its kind. The old place is kept unless the new one is had: both are one transaction.

        Raises BookingRefusedError with every reason and the next free slots, ConflictError, NotFoundError.
        """
        now = self._clock()
        async with self._store.write() as connection:
            booking = await self._own(connection, person_id, number, lock=False)
            if slot_id == booking.slot.id:
                return booking
            # Slots before bookings, and in one order: who closes a slot locks it, and then its bookings.
            for locked in sorted({slot_id, booking.slot.id}):
                await booking_store.lock_slot(connection, locked, "share")
            booking = await self._own(connection, person_id, number)
            if booking.state not in {_S.REQUESTED, _S.CONFIRMED}:
                raise ConflictError(f"A booking that is {booking.state} cannot be moved.", state=booking.state)
            kind = self.rules.kinds[booking.slot.kind]
            self._checks.in_time(booking, kind.move_until, now)
            slot, place = await self._reach(connection, slot_id)
            await self._check_move(connection, booking, slot, place, now)
            booking = await self._move(connection, person_id, booking, slot, place or 0)
        await self.wake()
        return booking

    async def mine(self, person_id: str, *, open_only: bool = True) -> list[Booking]:
        """Bookings of the firms for which a person may book, by time."""
        async with self._store.read() as connection:
            firms = {firm.id: firm for firm in await self._firms.of(connection, person_id, self._clock())}
            found = await booking_store.of_firms(connection, firms, open_only=open_only)
        return [booking for booking in found if firms[booking.firm_id].covers(booking.reference)]

    async def find(self, person_id: str, number: str) -> Booking:
        """One booking of a person's firms. Raises NotFoundError, also for others'."""
        async with self._store.read() as connection:
            return await self._own(connection, person_id, number, lock=False)

    async def follow(self, person_id: str, number: str) -> bool:
        """Be told of a colleague's booking; False when one is already. Raises NotFoundError."""
        async with self._store.write() as connection:
            booking = await self._own(connection, person_id, number, lock=False)
            return await self._telling.follow(connection, person_id, booking.number)

    async def by_link(self, number: str) -> Booking:
        """The booking behind a link whose proof was checked. Raises NotFoundError."""
        async with self._store.read() as connection:
            booking = await booking_store.booking_of(connection, number=number)
        if booking is None:
            raise NotFoundError("booking")
        return booking

    async def wake(self) -> None:
        """Tell the workers, after the commit."""
        await self._telling.wake()

    async def _reach(self, connection: AsyncConnection, slot_id: str) -> tuple[Slot, int | None]:
        """A slot that stays open for this transaction, and a place that it alone may take; None when there is none."""
        await booking_store.lock_slot(connection, slot_id, "share")
        slot = await slot_of(connection, slot_id)
        if slot is None:
            raise NotFoundError("slot")
        # Who waits goes before who comes now.
        return slot, None if slot.waiting else await booking_store.find_place(connection, slot.id)

    async def _check_move(
        self, connection: AsyncConnection, booking: Booking, slot: Slot, place: int | None, now: datetime
    ) -> None:
        reasons = self._checks.against_slot(slot, now, is_aeo=booking.is_aeo)
        reasons += await self._checks.against_count(connection, slot, booking.firm_id, booking.reference)
        if slot.kind != booking.slot.kind:
            reasons.append(Reason("kind", "slot_id"))
        if place is None:
            reasons.append(Reason("full", "slot_id", {"waiting": slot.waiting}))
        if reasons:
            raise await self._checks.refused(connection, booking.slot, reasons, now, is_aeo=booking.is_aeo)

    async def _move(
        self, connection: AsyncConnection, person_id: str, booking: Booking, slot: Slot, place: int
    ) -> Booking:
        now, kind = self._clock(), self.rules.kinds[slot.kind]
        await self._line.release(connection, booking.id)
        await booking_store.hold(connection, slot.id, place, booking.id)
        detail = {"from": booking.slot.starts_at.isoformat(), "to": slot.starts_at.isoformat()}
        await move(
            connection,
            BOOKINGS,
            booking.id,
            _S.REQUESTED if kind.needs_approval else _S.CONFIRMED,
            Step(f"person:{person_id}", now, detail=detail),
            slot_id=slot.id,
            revision=booking.revision + 1,
            counts_from=self.rules.counts_from(kind, slot.site, now),
            changed_at=now,
        )
        return await self._telling.changed(connection, booking.id, "push_moved", by_person=person_id)

    async def _own(self, connection: AsyncConnection, person_id: str, number: str, *, lock: bool = True) -> Booking:
        booking = await booking_store.booking_of(connection, number=number)
        firms = await self._firms.of(connection, person_id, self._clock()) if booking else ()
        if booking is None or not may_see(firms, booking):
            raise NotFoundError("booking")  # the same for others' and for unknown ones
        if not lock:
            return booking
        await booking_store.lock_booking(connection, number)
        return await self._need(connection, booking.id)

    async def _need(self, connection: AsyncConnection, booking_id: str) -> Booking:
        booking = await booking_store.booking_of(connection, booking_id=booking_id)
        if booking is None:
            raise NotFoundError("booking")
        return booking
