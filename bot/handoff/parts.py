"""What both sides of the desk use."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock
from bot.handoff.hours import OpenHours
from bot.handoff.model import Case
from bot.handoff.ports import CaseRatings, Files
from bot.handoff.roster import RosterService
from bot.handoff.routing import Routing
from bot.handoff.talk import TalkMemory
from bot.handoff.telling import Teller
from bot.store.engine import Store


@dataclass(frozen=True)
class DeskParts:
    """What both sides of the desk use."""

    store: Store
    clock: Clock
    roster: RosterService
    teller: Teller
    hours: OpenHours
    ratings: CaseRatings
    talk: TalkMemory
    routing: Routing
    files: Files


def holder_of(case: Case) -> str:
    """Under which name a case holds the files that came in it."""
    return f"handoff:{case.id}"
