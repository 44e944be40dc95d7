"""A booking desk over a real database, with a port, an officer and firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from argon2 import PasswordHasher
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.outbox import Outbox
from bot.desks.booking.desk import BookingDesk
from bot.desks.booking.line import WaitingLine
from bot.desks.booking.links import Links
from bot.desks.booking.model import Application, Booking, BookingState, Site, Slot
from bot.desks.booking.planning import Planning, SlotPlan
from bot.desks.booking.rules import load_rules
from bot.desks.booking.service import BookingService
from bot.desks.booking.telling import Telling
from bot.desks.booking.words import load_booking_words
from bot.errors import NotPermittedError
from bot.people.model import Role, StaffMember, new_id
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import booking_places, bookings, enterprises, outbox, reminders
from tests.fakes import FakeClock
from tests.office import PASSWORD, ZONE

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai, within office hours
DAY = date(2026, 11, 25)
COMPLETE = Application(
    slot_id="",
    reference="530420261000000123",
    contact="王小姐",
    mobile="13800000000",
    goods="活虾",
    hs_code="0306360000",
    goods_class="perishable",
    transport="road",
    declaration_port="5304",
    entry_port="5304",
    reason="凌晨到港",
)


@dataclass(frozen=True)
class KnownFirm:
    """Fulfils Firm."""

    id: str
    name: str
    limit: frozenset[str] | None = None

    def covers(self, declaration_no: str | None) -> bool:
        """See Firm."""
        return self.limit is None or declaration_no in self.limit


class FakeFirms:
    """Fulfils Firms: who may book for whom is arranged."""

    def __init__(self) -> None:
        self.by_person: dict[str, dict[str, KnownFirm]] = {}

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[KnownFirm]:
        """As arranged."""
        return list(self.by_person.get(person_id, {}).values())

    async def require(
        self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime, reference: str
    ) -> KnownFirm:
        """As arranged."""
        firm = self.by_person.get(person_id, {}).get(firm_id)
        if firm is None or not firm.covers(reference or None):
            raise NotPermittedError("not theirs")
        return firm


@dataclass
class Rig:
    """Everything of the desk. site: office hours 09:00 to 17:00."""

    store: Store
    clock: FakeClock
    firms: FakeFirms
    people: PeopleService
    staff: StaffService
    service: BookingService
    desk: BookingDesk
    planning: Planning
    line: WaitingLine
    links: Links
    officer: StaffMember
    lead: StaffMember
    site: Site

    async def person(self, firm: str | None = None, address: str | None = None) -> tuple[str, str]:
        """Ids of somebody new and of their firm (a new one, or the one given)."""
        address = address or new_id()
        person = await self.people.meet("telegram", address, private=True, language="zh-Hans")
        if firm is None:
            firm = new_id()
            async with self.store.write() as connection:
                values = {"id": firm, "name": f"企业{firm[:4]}", "credit_code": firm[:18], "created_at": self.clock()}
                await connection.execute(enterprises.insert().values(**values))
        self.firms.by_person.setdefault(person.id, {})[firm] = KnownFirm(firm, f"企业{firm[:4]}")
        return person.id, firm

    async def slots(
        self, capacity: int, *starts: int, kind: str = "inspection", day: date = DAY, officer: bool = True
    ) -> list[Slot]:
        """Slots of an hour on a day, with an officer on duty all day."""
        plan = SlotPlan(self.site.id, kind, day, day, starts or (10 * 60,), 60, capacity)
        await self.planning.add_slots(plan, by=self.lead)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        if officer:
            until = midnight + timedelta(days=1)
            await self.planning.add_duty(self.site.id, self.officer.name, midnight, until, by=self.lead)
        found = await self.planning.slots(midnight - timedelta(seconds=1), midnight + timedelta(days=1))
        return [slot for slot in found if slot.kind == kind]

    def wish(self, slot: Slot, reference: str = "", **values: object) -> Application:
        """A form that is filled in."""
        reference = reference or new_id()[:18].upper()
        return replace(COMPLETE, slot_id=slot.id, reference=reference, **values)  # type: ignore[arg-type]

    async def book(self, slot: Slot, *, wait: bool = False, who: tuple[str, str] | None = None) -> Booking:
        """Somebody books."""
        person, firm = who or await self.person()
        return await self.service.book(person, firm, self.wish(slot), wait=wait)

    async def held(self, slot: Slot) -> list[str]:
        """Ids of the bookings that hold a place, by place."""
        async with self.store.read() as connection:
            query = select(booking_places.c.booking_id).where(
                booking_places.c.slot_id == slot.id, booking_places.c.booking_id.is_not(None)
            )
            return [str(found) for found in await connection.scalars(query.order_by(booking_places.c.place))]

    async def counts(self) -> dict[str, int]:
        """Bookings by state."""
        async with self.store.read() as connection:
            rows = await connection.execute(select(bookings.c.state, func.count()).group_by(bookings.c.state))
            return {row[0]: row[1] for row in rows}

    async def pushes(self) -> list[str]:
        """What was pushed, in Simplified Chinese, in order."""
        async with self.store.read() as connection:
            rows = await connection.scalars(
                select(outbox.c.payload).where(outbox.c.cause_kind == "booking").order_by(outbox.c.id)
            )
            return [str(payload) for payload in rows]

    async def reminded(self, booking: Booking) -> list[tuple[str, datetime]]:
        """State and due moment of a booking's reminders, the first first."""
        async with self.store.read() as connection:
            rows = await connection.execute(
                select(reminders.c.state, reminders.c.due_at)
                .where(reminders.c.object_id == booking.number)
                .order_by(reminders.c.offset_minutes.desc())
            )
            return [(row.state, row.due_at) for row in rows]

    async def consistent(self) -> None:
        """A place is held by those bookings alone that are in a state that holds one, each by its own slot."""
        async with self.store.read() as connection:
            rows = (
                await connection.execute(
                    select(booking_places.c.slot_id, bookings.c.slot_id.label("booked"), bookings.c.state).join_from(
                        booking_places, bookings
                    )
                )
            ).all()
            holding = ("requested", "confirmed", "offered", "served", "no_show")
            count = await connection.scalar(select(func.count()).where(bookings.c.state.in_(holding)))
        assert all(row.slot_id == row.booked for row in rows)
        assert {row.state for row in rows} <= {BookingState(state) for state in holding}
        assert len(rows) == count


async def open_rig(store: Store, redis: Redis, secrets: Secrets) -> Rig:
    """Put a desk together."""
    clock = FakeClock(NOW)
    audit, out = AuditTrail(secrets), Outbox(redis)
    staff = StaffService(store, clock, audit, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    firms, rules = FakeFirms(), load_rules(ZONE)
    links = Links(secrets, "https://kouan.example")
    words = load_booking_words(rules, links)
    reminding = ReminderService(store, clock, out, load_reminder_words(ZONE))
    telling = Telling(clock, out, reminding, firms, rules, words)
    line = WaitingLine(store, clock, rules, telling)
    planning = Planning(store, clock, audit, rules)
    lead = await staff.add("Lead", Role.APPROVER, PASSWORD, actor="system:test")
    site = await planning.add_site("5304", "蛇口查验场", "Shekou yard", "港湾大道1号", 540, 1020, by=lead)
    return Rig(
        store=store,
        clock=clock,
        firms=firms,
        people=PeopleService(store, clock),
        staff=staff,
        service=BookingService(store, clock, firms, rules, words, line, telling),
        desk=BookingDesk(store, clock, audit, line, telling),
        planning=planning,
        line=line,
        links=links,
        officer=await staff.add("Officer", Role.AUTHOR, PASSWORD, actor="system:test"),
        lead=lead,
        site=site,
    )
