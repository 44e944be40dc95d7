"""Wires the permits desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.console.permit_pages import permit_pages
from bot.desks.permits.form import PermitForms
from bot.desks.permits.personal import PermitCases, PersonalPermits
from bot.desks.permits.ports import Firms
from bot.desks.permits.routes import permits_routers
from bot.desks.permits.service import PermitService
from bot.desks.permits.talk import PermitsInChat
from bot.desks.permits.telling import Telling
from bot.desks.permits.words import load_permit_words
from bot.ground import Ground
from bot.people.firms.model import Firm, Right
from bot.people.firms.rights import firms_of, persons_with, require
from bot.rooms.room import Room
from bot.rooms.services import reminder_service


class PermitFirms:
    """Fulfils Firms: who has the right to handle permits, without a limit to declarations."""

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[Firm]:
        """See Firms.of."""
        return [firm for firm in await firms_of(connection, person_id, Right.PERMITS, at) if firm.covers(None)]

    async def require(self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime) -> Firm:
        """See Firms.require."""
        return await require(connection, person_id, firm_id, Right.PERMITS, at)

    async def people(self, connection: AsyncConnection, firm_id: str, at: datetime) -> Sequence[str]:
        """See Firms.people."""
        return list(await connection.scalars(persons_with(firm_id, Right.PERMITS, None, at).distinct()))


def permit_service(ground: Ground, firms: Firms | None = None) -> PermitService:
    """firms: for tests; None: those of the house."""
    firms, words = firms or PermitFirms(), load_permit_words()
    telling = Telling(ground.clock, ground.zone, ground.outbox, reminder_service(ground), firms, words)
    return PermitService(ground.store, ground.clock, ground.audit, firms, words, telling)


def permits_room(ground: Ground) -> Room:
    """Permits, write-offs, reminders before the end."""
    service = permit_service(ground)
    return Room(
        "permits",
        ticks=(service.tick,),
        routers=lambda doors: (
            *permits_routers(service, doors.people, doors.sessions, doors.access),
            permit_pages(doors.frame, service, doors.access),
        ),
        extras=(PermitsInChat(service),),
        personal=(PersonalPermits(),),
        forms=PermitForms(service).forms(),
        cases=(PermitCases(service),),
    )
