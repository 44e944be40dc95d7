"""The desk at which people answer, wired."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.console.desk_pages import desk_pages
from bot.console.desk_setup_pages import desk_setup_pages
from bot.ground import Ground
from bot.handoff.case_list import HandoffCases
from bot.handoff.chat import HandoffInChat
from bot.handoff.desk import Desk
from bot.handoff.entries import KnowledgeEntries
from bot.handoff.hours import OpenHours
from bot.handoff.live import LiveDesk
from bot.handoff.parts import DeskParts
from bot.handoff.passing import Passing
from bot.handoff.personal import HandoffPersonal
from bot.handoff.ports import NoRatings
from bot.handoff.roster import RosterService
from bot.handoff.routes import desk_router, person_router, roster_router
from bot.handoff.routing import load_routing
from bot.handoff.service import HandoffService
from bot.handoff.staff_chat import StaffInChat
from bot.handoff.sweeping import HandoffSweeper
from bot.handoff.talk import TalkMemory
from bot.handoff.telling import Teller
from bot.handoff.words import load_handoff_words
from bot.rooms.room import Doors, Room
from bot.settings import REPOSITORY
from knowledge.load import Knowledge
from knowledge.rules.calendar.working_days import read_working_days

_KNOWLEDGE = REPOSITORY / "knowledge"


def handoff_room(ground: Ground) -> Room:
    """What the desk brings to the web process and to the workers."""
    words = load_handoff_words(ground.zone, _KNOWLEDGE / "topics.yaml")
    parts = DeskParts(
        ground.store,
        ground.clock,
        RosterService(ground.store, ground.clock, ground.audit, ground.staff),
        Teller(ground.outbox, words),
        OpenHours(read_working_days(_KNOWLEDGE / "rules" / "calendar" / "days.yaml"), ground.zone),
        NoRatings(),
        TalkMemory(ground.redis),
        load_routing(),
        ground.files,
    )
    # Only the web process, which opens the doors, has read the knowledge base; workers send what was rendered there.
    known: list[Knowledge] = []
    entries = KnowledgeEntries(lambda: known[0] if known else None, ground.clock, ground.zone)
    desk = Desk(parts, ground.audit, entries)
    passing, service = Passing(desk), HandoffService(parts)

    def routers(doors: Doors) -> Sequence[APIRouter]:
        known[:] = [doors.knowledge]
        return (
            person_router(service, doors.people, doors.sessions, doors.access),
            desk_router(desk, passing, doors.access),
            roster_router(parts.roster, doors.access),
            desk_setup_pages(doors.frame, parts.roster, doors.access),
            desk_pages(doors.frame, desk, passing, LiveDesk(desk), doors.access),
        )

    return Room(
        "handoff",
        ticks=(HandoffSweeper(desk).tick,),
        routers=routers,
        first=(StaffInChat(desk, passing), HandoffInChat(service)),
        personal=(HandoffPersonal(),),
        cases=(HandoffCases(words),),
    )
