"""Places in the queue, and how they are told: from real recent waits, or that they are not known."""

from __future__ import annotations

import math
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.handoff import store
from bot.handoff.hours import OpenHours
from bot.handoff.model import Case, Place, expected_wait_s
from bot.handoff.roster_store import Team
from bot.handoff.words import HandoffWords


async def place_in_queue(connection: AsyncConnection, case: Case, team: Team, hours: OpenHours, now: datetime) -> Place:
    """A waiting case's place and expected wait. Out of hours nothing is expected: past waits there say when an office opened."""
    place = await store.place_of(connection, case)
    if not hours.is_open(team.hours, now):
        return Place(place, None)
    waits = await store.recent_waits(connection, team.id, now, in_hours=True)
    return Place(place, expected_wait_s(waits, place))


def place_text(words: HandoffWords, place: Place, language: Language, *, is_open: bool) -> str:
    """A place in words; the wait only while the office is open."""
    say = words.say
    where = say("next_in_line", language) if place.place == 1 else say("in_line", language, ahead=place.place - 1)
    if not is_open:
        return where
    if place.wait_s is None:
        return f"{where} {say('wait_unknown', language)}"
    return f"{where} {say('wait_known', language, minutes=max(1, math.ceil(place.wait_s / 60)))}"


def hours_text(words: HandoffWords, hours: OpenHours, team: Team, now: datetime, language: Language) -> str:
    """That the office is closed, and when it opens; a holiday that may come between is said."""
    opens = hours.next_open(team.hours, now)
    lines = [words.say("out_of_hours", language)]
    if opens is None:
        lines.append(words.say("opens_unknown", language))
    else:
        lines.append(words.say("opens_at", language, when=words.moment(opens)))
        if not hours.plan_is_known(opens):
            lines.append(words.say("plan_unknown", language))
    return " ".join(lines)
