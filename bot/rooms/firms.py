"""Firms and their people, wired."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.console.firm_pages import firm_pages, recovery_pages
from bot.desks.firms.chat import FirmsInChat
from bot.desks.firms.form import invite_form
from bot.ground import Ground
from bot.people.firms.links import JoinLinks
from bot.people.firms.personal import PersonalFirms
from bot.people.firms.routes import firms_router, own_firms_router
from bot.rooms.room import Doors, Room
from bot.rooms.services import firm_services


def firms_room(ground: Ground) -> Room:
    """Members, invitations, mandates, recoveries."""
    services = firm_services(ground)
    links = JoinLinks(ground.settings.telegram.username, ground.settings.public_url)

    def routers(doors: Doors) -> Sequence[APIRouter]:
        return (
            own_firms_router(services.firms, services.mandates, links, doors.people, doors.sessions),
            firms_router(services.claims, links, doors.access),
            firm_pages(doors.frame, services.claims, links, doors.access),
            recovery_pages(doors.frame, services.claims, links, doors.access),
        )

    return Room(
        "firms",
        ticks=(services.claims.tick, services.mandates.tick),
        routers=routers,
        extras=(FirmsInChat(services.firms, services.mandates, services.words),),
        forms=(invite_form(services.firms, links, services.words),),
        personal=(PersonalFirms(ground.audit, services.news),),
    )
