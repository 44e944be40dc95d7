"""What staff arrange: sites, slots, who is on duty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clock import Clock
from bot.desks.booking import plan_store
from bot.desks.booking import store as booking_store
from bot.desks.booking.model import Duty, Rating, Site, Slot
from bot.desks.booking.rules import BookingRules
from bot.desks.booking.slots import site_of, sites, slot_of, slots, uncovered_by
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.people.model import StaffMember
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.serial import one_at_a_time
from knowledge.text import to_traditional

CAPACITY_MOST = 500
SLOTS_MOST = 1000
DUTY_MOST = timedelta(hours=36)
_DAY_MIN = 24 * 60


@dataclass(frozen=True)
class SlotPlan:
    """Slots to be made: on each day from first to last, at each time of day, so long and with so many places.

    starts: minutes of the day, by the clock of the sites. workdays: on working days | on rest days | on all days.
    """

    site_id: str
    kind: str
    first: date
    last: date
    starts: Sequence[int]
    minutes: int
    capacity: int
    days: str = "all"


class Planning:
    """Every act is in the audit trail."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, rules: BookingRules) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._rules = rules

    async def add_site(
        self, office: str, name_zh: str, name_en: str, address: str, opens: int, closes: int, *, by: StaffMember
    ) -> Site:
        """A new site. office: 4-digit customs code; opens, closes: minutes of a working day. Raises InvalidInputError."""
        faults = [
            Fault("office", "format", "A customs office has a code of 4 digits.")
            for _ in [0]
            if not re.fullmatch(r"[0-9]{4}", office)
        ]
        for where, text, most in (("name_zh", name_zh, 80), ("name_en", name_en, 80)):
            if not 1 <= len(text.strip()) <= most:
                faults.append(Fault(where, "length", f"1 to {most} characters are expected."))
        if len(address) > 200:
            faults.append(Fault("address", "length", "An address has 200 characters at most."))
        if not 0 <= opens < closes <= _DAY_MIN:
            faults.append(Fault("opens", "order", "The office opens before it closes, within one day."))
        if faults:
            raise InvalidInputError(faults)
        names: dict[Language, str] = {
            "zh-Hans": name_zh.strip(),
            "zh-Hant": to_traditional(name_zh.strip()),
            "en": name_en.strip(),
        }
        async with self._store.write() as connection:
            site_id = await plan_store.add_site(
                connection, office, names, address.strip(), (opens, closes), self._clock()
            )
            if site_id is None:
                raise ConflictError("There is a site of this office at this address.", state="exists")
            await self._record(connection, by, "booking.site", site_id, office=office)
            site = await site_of(connection, site_id)
        assert site is not None
        return site

    async def sites(self) -> list[Site]:
        """Every site."""
        async with self._store.read() as connection:
            return await sites(connection)

    async def add_slots(self, plan: SlotPlan, *, by: StaffMember) -> tuple[int, int]:
        """Make slots; returns how many were made, and how many were there already. Raises InvalidInputError, NotFoundError."""
        async with self._store.write() as connection:
            site = await site_of(connection, plan.site_id)
            if site is None:
                raise NotFoundError("site")
            times = self._times(plan, site)
            made = await plan_store.add_slots(connection, plan.site_id, plan.kind, times, plan.capacity, self._clock())
            await self._record(connection, by, "booking.slots", plan.site_id, kind=plan.kind, made=made)
        return made, len(times) - made

    async def set_capacity(self, slot_id: str, capacity: int, *, by: StaffMember) -> Slot:
        """Give a slot more places, or fewer; only free ones can go. Raises ConflictError, InvalidInputError, NotFoundError."""
        if not 0 <= capacity <= CAPACITY_MOST:
            raise InvalidInputError([Fault("capacity", "range", f"0 to {CAPACITY_MOST} places are possible.")])
        async with self._store.write() as connection:
            await booking_store.lock_slot(connection, slot_id, "update")
            slot = await self._need(connection, slot_id)
            taken = slot.capacity - slot.free
            if taken > capacity:
                raise ConflictError(f"{taken} places are taken; cancel or move bookings first.", state=f"taken {taken}")
            await plan_store.set_capacity(connection, slot_id, slot.capacity, capacity)
            await self._record(connection, by, "booking.capacity", slot_id, before=slot.capacity, after=capacity)
            return await self._need(connection, slot_id)

    async def slots(self, after: datetime, until: datetime, *, site_id: str | None = None) -> list[Slot]:
        """Every slot of a time, also those that are not offered."""
        async with self._store.read() as connection:
            return await slots(connection, after, until, site_id=site_id, offered_only=False, limit=SLOTS_MOST)

    async def add_duty(
        self, site_id: str, officer: str, starts_at: datetime, ends_at: datetime, *, by: StaffMember
    ) -> Duty:
        """Put an officer on duty. officer: their log-in name. Raises InvalidInputError, NotFoundError, ConflictError when they
        are on duty somewhere in that time.
        """
        faults = []
        if ends_at <= starts_at:
            faults.append(Fault("ends_at", "order", "A duty ends after it begins."))
        elif ends_at - starts_at > DUTY_MOST:
            faults.append(Fault("ends_at", "range", f"A duty lasts {DUTY_MOST.total_seconds() / 3600:.0f} h at most."))
        async with self._store.write() as connection:
            staff_id = await plan_store.staff_id(connection, officer)
            if staff_id is None:
                faults.append(Fault("officer", "unknown", "There is no such member of staff."))
            if await site_of(connection, site_id) is None:
                faults.append(Fault("site_id", "unknown", "There is no such site."))
            if faults or staff_id is None:
                raise InvalidInputError(faults)
            await one_at_a_time(connection, f"booking-duty:{staff_id}")
            if await plan_store.on_duty(connection, staff_id, starts_at, ends_at):
                raise ConflictError("The officer is on duty in that time already.", state="on_duty")
            duty_id = await plan_store.add_duty(connection, site_id, staff_id, (starts_at, ends_at), self._clock())
            await self._record(connection, by, "booking.duty", duty_id, officer=officer)
            return await self._duty(connection, duty_id)

    async def end_duty(self, duty_id: str, *, by: StaffMember) -> None:
        """Take an officer off the roster. Raises NotFoundError, and ConflictError naming the booked slots that nobody would
        cover then: another officer comes first, or the slots are closed.
        """
        async with self._store.write() as connection:
            duty = await self._duty(connection, duty_id)
            await plan_store.lock_slots(connection, duty.site.id, duty.starts_at, duty.ends_at)
            await plan_store.remove_duty(connection, duty_id)
            left = await uncovered_by(connection, duty.site.id, duty.starts_at, duty.ends_at)
            if left:
                times = ", ".join(f"{starts_at.astimezone(self._rules.zone):%m-%d %H:%M}" for _, starts_at in left)
                raise ConflictError(f"Booked slots would have no officer: {times}.", state="needed")
            await self._record(connection, by, "booking.duty_ended", duty_id, officer=duty.staff_name)

    async def duties(
        self, after: datetime, until: datetime, *, site_id: str | None = None, officer: str | None = None
    ) -> list[Duty]:
        """The roster of a time. officer: a log-in name, for one's own."""
        async with self._store.read() as connection:
            return await plan_store.duties(connection, after, until, site_id=site_id, officer=officer)

    async def set_rating(self, firm_id: str, rating: Rating | None, *, by: StaffMember) -> None:
        """Keep a firm's credit rating as looked up with customs; None forgets it. Raises NotFoundError."""
        async with self._store.write() as connection:
            actor = f"staff:{by.name}"
            if not await plan_store.set_rating(connection, firm_id, rating, actor, self._clock()):
                raise NotFoundError("firm")
            await self._record(connection, by, "booking.rating", firm_id, rating=rating)

    def _times(self, plan: SlotPlan, site: Site) -> list[tuple[datetime, datetime]]:
        """When the planned slots lie. Raises InvalidInputError with all faults."""
        kind = self._rules.kinds.get(plan.kind)
        count = ((plan.last - plan.first).days + 1) * len(plan.starts)
        checks = (
            (kind is not None, "kind", "unknown", f"A kind is one of {', '.join(self._rules.kinds)}."),
            (plan.first <= plan.last, "last", "order", "The last day is not before the first."),
            (bool(plan.starts), "starts", "missing", "At least one time of day is needed."),
            (all(0 <= start < _DAY_MIN for start in plan.starts), "starts", "range", "Times lie from 00:00 to 23:59."),
            (5 <= plan.minutes <= _DAY_MIN, "minutes", "range", "A slot lasts 5 minutes to 24 hours."),
            (1 <= plan.capacity <= CAPACITY_MOST, "capacity", "range", f"1 to {CAPACITY_MOST} places are possible."),
            (plan.days in {"all", "working", "rest"}, "days", "unknown", "Days are all, working or rest."),
            (count <= SLOTS_MOST, "last", "too_many", f"At most {SLOTS_MOST} slots are made at once."),
        )
        faults = [Fault(where, code, message) for holds, where, code, message in checks if not holds]
        if faults or kind is None:
            raise InvalidInputError(faults)
        times = []
        for number in range((plan.last - plan.first).days + 1):
            day = plan.first + timedelta(days=number)
            if plan.days != "all" and self._rules.calendar.is_working(day) != (plan.days == "working"):
                continue
            for start in plan.starts:
                starts_at = datetime.combine(day, time(*divmod(start, 60)), self._rules.zone)
                times.append((starts_at, starts_at + timedelta(minutes=plan.minutes)))
        wrong = [starts for starts, ends in times if not self._rules.fits_hours(kind, site, starts, ends)]
        if wrong:
            said = ", ".join(f"{starts:%m-%d %H:%M}" for starts in wrong[:5])
            raise InvalidInputError(
                [Fault("starts", f"not_{kind.when}", f"{kind.id} lies {kind.when} office hours; not so: {said}.")]
            )
        return times

    async def _need(self, connection: AsyncConnection, slot_id: str) -> Slot:
        slot = await slot_of(connection, slot_id)
        if slot is None:
            raise NotFoundError("slot")
        return slot

    async def _duty(self, connection: AsyncConnection, duty_id: str) -> Duty:
        duty = await plan_store.duty_of(connection, duty_id)
        if duty is None:
            raise NotFoundError("duty")
        return duty

    async def _record(
        self, connection: AsyncConnection, by: StaffMember, action: str, obj: str, **detail: object
    ) -> None:
        await self._audit.record(connection, self._clock(), f"staff:{by.name}", action, obj, **detail)
