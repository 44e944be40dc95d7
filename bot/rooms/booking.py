"""Wires the booking desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.console.booking_pages import booking_pages
from bot.desks.booking.desk import BookingDesk
from bot.desks.booking.form import BookingForm
from bot.desks.booking.line import WaitingLine
from bot.desks.booking.links import Links
from bot.desks.booking.personal import BookingCases, PersonalBookings
from bot.desks.booking.planning import Planning
from bot.desks.booking.ports import Firms
from bot.desks.booking.routes import files_router, own_router
from bot.desks.booking.rules import load_rules
from bot.desks.booking.service import BookingService
from bot.desks.booking.staff_routes import staff_router
from bot.desks.booking.talk import BookingInChat
from bot.desks.booking.telling import Telling
from bot.desks.booking.words import load_booking_words
from bot.ground import Ground
from bot.people.firms.model import Firm, Right
from bot.people.firms.rights import firms_of, require
from bot.rooms.room import Doors, Room
from bot.rooms.services import reminder_service


class BookingFirms:
    """Fulfils Firms: who has the right to book."""

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[Firm]:
        """See Firms.of."""
        return await firms_of(connection, person_id, Right.BOOKING, at)

    async def require(
        self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime, reference: str
    ) -> Firm:
        """See Firms.require."""
        return await require(connection, person_id, firm_id, Right.BOOKING, at, reference or None)


@dataclass(frozen=True)
class BookingParts:
    """The desk's services over one ground."""

    service: BookingService
    desk: BookingDesk
    planning: Planning
    line: WaitingLine
    links: Links


def booking_parts(ground: Ground, firms: Firms | None = None) -> BookingParts:
    """firms: for tests; None: those of the house."""
    firms = firms or BookingFirms()
    rules = load_rules(ground.zone)
    links = Links(ground.secrets, ground.settings.public_url)
    words = load_booking_words(rules, links)
    telling = Telling(ground.clock, ground.outbox, reminder_service(ground), firms, rules, words)
    line = WaitingLine(ground.store, ground.clock, rules, telling)
    return BookingParts(
        BookingService(ground.store, ground.clock, firms, rules, words, line, telling),
        BookingDesk(ground.store, ground.clock, ground.audit, line, telling),
        Planning(ground.store, ground.clock, ground.audit, rules),
        line,
        links,
    )


def booking_room(ground: Ground) -> Room:
    """Slots, waiting list, roster."""
    parts = booking_parts(ground)

    def routers(doors: Doors) -> Sequence[APIRouter]:
        return [
            *own_router(parts.service, parts.links, doors.people, doors.sessions, doors.access),
            files_router(parts.service, parts.links),
            staff_router(parts.desk, parts.planning, doors.access),
            booking_pages(
                doors.frame, parts.desk, parts.planning, parts.service.words, parts.service.rules.kinds, doors.access
            ),
        ]

    return Room(
        "booking",
        ticks=[parts.line.tick],
        routers=routers,
        extras=[BookingInChat(parts.service)],
        personal=[PersonalBookings()],
        forms=[BookingForm(parts.service).form()],
        cases=[BookingCases(BookingFirms(), parts.service.words, ground.clock)],
    )
