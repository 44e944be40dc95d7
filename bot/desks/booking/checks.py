"""Whether a booking can be made: all reasons against it at once, and the next slots that could be had."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.booking import store as booking_store
from bot.desks.booking.model import Application, Booking, BookingRefusedError, Rating, Reason, Slot
from bot.desks.booking.rules import BookingRules
from bot.desks.booking.slots import slots
from bot.desks.booking.words import BookingWords
from bot.store.serial import one_at_a_time

AHEAD = timedelta(days=14)
_SUGGESTED = 5


class Checks:
    """Looks in the caller's transaction."""

    def __init__(self, rules: BookingRules, words: BookingWords) -> None:
        self._rules = rules
        self._words = words

    async def against(
        self, connection: AsyncConnection, slot: Slot, firm_id: str, application: Application, now: datetime
    ) -> list[Reason]:
        """Why a firm may not have a slot, however many of its places are free."""
        kind = self._rules.kinds[slot.kind]
        rating = await booking_store.rating_of(connection, firm_id)
        reasons = self._rules.against_firm(kind, application, rating)
        reasons += self._rules.against_fields(kind, application)
        reasons += self.against_slot(slot, now, is_aeo=application.is_aeo or rating is Rating.AEO)
        return reasons + await self.against_count(connection, slot, firm_id, application.reference)

    def against_slot(self, slot: Slot, now: datetime, *, is_aeo: bool) -> list[Reason]:
        """Why a slot cannot be had by anybody."""
        reasons = self._rules.against_time(self._rules.kinds[slot.kind], slot, now, is_aeo=is_aeo)
        if slot.is_closed:
            reasons.append(Reason("closed", "slot_id", {"why": slot.closed_why or ""}))
        elif not slot.has_officer:
            reasons.append(Reason("no_officer", "slot_id"))
        return reasons

    async def against_count(
        self, connection: AsyncConnection, slot: Slot, firm_id: str, reference: str
    ) -> list[Reason]:
        """Why a firm may not have one more in a slot: the same goods twice, or as many as a firm may have."""
        # Two of one firm's requests must not both count before either is written.
        await one_at_a_time(connection, f"booking:{slot.id}:{firm_id}")
        held = await booking_store.open_of_firm(connection, firm_id, slot.id)
        kind = self._rules.kinds[slot.kind]
        reasons = []
        if reference.strip() in held:
            reasons.append(Reason("same", "reference", {"reference": reference.strip()}))
        if len(held) >= kind.per_firm_most:
            reasons.append(Reason("most", "slot_id", {"most": kind.per_firm_most}))
        return reasons

    async def refused(
        self, connection: AsyncConnection, slot: Slot, reasons: list[Reason], now: datetime, *, is_aeo: bool
    ) -> BookingRefusedError:
        """The refusal, with the next slots of the same kind at the same site that can be had at this moment."""
        found = await slots(
            connection, now, now + AHEAD, site_id=slot.site.id, kind=slot.kind, free_only=True, limit=50
        )
        free = [other for other in found if other.id != slot.id and not self.late(other, now, is_aeo=is_aeo)]
        return self._words.refused(reasons, free[:_SUGGESTED])

    def late(self, slot: Slot, now: datetime, *, is_aeo: bool) -> bool:
        """Whether it is too late to book a slot."""
        return bool(self._rules.against_time(self._rules.kinds[slot.kind], slot, now, is_aeo=is_aeo))

    def in_time(self, booking: Booking, cut_off: timedelta, now: datetime) -> None:
        """Raises BookingRefusedError when less than so long is left."""
        until = booking.slot.starts_at - cut_off
        if now > until:
            values = {"hours": int(cut_off.total_seconds() // 3600), "until": until}
            raise self._words.refused([Reason("cut_off", "number", values)])
