"""Values of the desk at which people answer: cases, places in the queue, routing. Pure.

The desk follows what the seed documents' offices promised: the first one asked is responsible until the case is closed or
another unit has accepted it (首问责任制, SD-71), a duty section head outside hours (SD-82), a duty director for
emergencies (SD-67).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from bot.channels.model import Language
from bot.states import Machine

TEXT_MAX_CHARS = 3500  # with the head one message of Telegram's 4096 characters
CANNED_MAX_CHARS = 1000
REASON_MAX_CHARS = 300

# Fewer recent cases than these say nothing about how long the next one waits.
WAITS_NEEDED = 5
WAITS_LOOKED_AT = 50
WAITS_FROM_LAST = timedelta(days=30)

TOLD_AGAIN_AFTER = timedelta(seconds=60)
_WAIT_CHANGE_LEAST_S = 300


class CaseState(StrEnum):
    """Where a person's case stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    ANSWERED = "answered"
    PASSED = "passed"
    CLOSED = "closed"
    ABANDONED = "abandoned"


HANDOFF = Machine(
    name="handoff",
    table="handoff_cases",
    start=frozenset({CaseState.WAITING}),
    transitions={
        CaseState.WAITING: frozenset({CaseState.TAKEN, CaseState.CLOSED, CaseState.ABANDONED}),
        CaseState.TAKEN: frozenset({CaseState.ANSWERED, CaseState.PASSED, CaseState.WAITING, CaseState.CLOSED}),
        CaseState.ANSWERED: frozenset({CaseState.TAKEN, CaseState.PASSED, CaseState.WAITING, CaseState.CLOSED}),
        CaseState.PASSED: frozenset({CaseState.TAKEN, CaseState.WAITING, CaseState.CLOSED}),
        CaseState.CLOSED: frozenset(),
        CaseState.ABANDONED: frozenset(),
    },
    meaning={
        CaseState.WAITING: "The person asked for somebody; nobody has taken the case yet.",
        CaseState.TAKEN: "An officer owns the case, and the next word is theirs.",
        CaseState.ANSWERED: "The owner has answered, and the next word is the person's.",
        CaseState.PASSED: "It is offered to another unit; the owner stays responsible until that unit accepts.",
        CaseState.CLOSED: "The talk with a person has ended; the bot answers again.",
        CaseState.ABANDONED: "The person left the queue before anybody had taken the case.",
    },
)
OPEN = frozenset(HANDOFF.transitions) - HANDOFF.final
# In these a person speaks, and the bot does not.
SPOKEN = frozenset({CaseState.TAKEN, CaseState.ANSWERED, CaseState.PASSED})


class OpenedBy(StrEnum):
    """Why a case began."""

    ASKED = "asked"
    DOUBT = "doubt"
    TOPIC = "topic"
    EMERGENCY = "emergency"


class ClosedBy(StrEnum):
    """Who ended a case."""

    PERSON = "person"
    STAFF = "staff"
    SYSTEM = "system"


class Side(StrEnum):
    """Whose words they are. desk: the desk's own, such as who has taken the case."""

    PERSON = "person"
    STAFF = "staff"
    DESK = "desk"


# What goes to the person, in one line: an answer never overtakes the word that somebody has taken the case.
TO_PERSON = frozenset({Side.STAFF, Side.DESK})
TO_STAFF = frozenset({Side.PERSON})


class Function(StrEnum):
    """What a team is there for."""

    CUSTOMS = "customs"
    BORDER_INSPECTION = "border_inspection"
    MARITIME = "maritime"
    PORT_OFFICE = "port_office"
    GENERAL = "general"


class DutyKind(StrEnum):
    """Who stands by. officer: outside hours; director: for emergencies, at any hour."""

    OFFICER = "officer"
    DIRECTOR = "director"


@dataclass(frozen=True)
class Case:
    """One talk with a person. number: as people say it (`H12`). language: the person's.

    shows_history: the person agreed to show the talk before; None: not said yet. history: that talk, oldest first, once agreed.
    """

    id: str
    number: int
    person_id: str
    address_id: str
    channel: str
    language: Language
    state: CaseState
    team_id: str
    owner_id: str | None
    opened_by: OpenedBy
    topic: str | None
    urgent: bool
    shows_history: bool | None
    history: Sequence[Mapping[str, str]]
    passed_to: str | None
    pass_reason: str | None
    opened_at: datetime
    waiting_since: datetime | None
    taken_at: datetime | None
    owned_since: datetime | None
    heard_at: datetime
    spoke_at: datetime | None
    closed_at: datetime | None
    closed_by: ClosedBy | None
    changed_at: datetime

    @property
    def name(self) -> str:
        """As people read and type it."""
        return f"H{self.number}"

    @property
    def handled_by(self) -> str:
        """The team whose queue it stands in now: the one it is offered to, else its own."""
        return self.passed_to or self.team_id


@dataclass(frozen=True)
class Said:
    """One message of a case. shown: it went out, or was shown to whom it is for; files: ids of what came with it."""

    seq: int
    side: Side
    staff_id: str | None
    text: str
    files: Sequence[str]
    entry: str | None
    at: datetime
    shown: bool


@dataclass(frozen=True)
class Place:
    """Where somebody stands. place: 1 is next. wait_s: expected, out of real recent waits; None: too few to say."""

    place: int
    wait_s: int | None


@dataclass(frozen=True)
class PastWait:
    """How long a case waited that began at a place of the queue."""

    seconds: float
    place: int


def expected_wait_s(waits: Sequence[PastWait], place: int) -> int | None:
    """Seconds that somebody at a place waits, as recent ones did: the middle one of their waits for each place, times the place.

    None for fewer than WAITS_NEEDED: nothing is better than a guess.
    """
    if len(waits) < WAITS_NEEDED:
        return None
    return round(median(wait.seconds / max(1, wait.place) for wait in waits) * place)


def is_material(told: Place, now: Place) -> bool:
    """Whether a place has changed so much that the person is told: next in line, halved, behind others; or the wait by half."""
    if now.place != told.place and (now.place == 1 or now.place * 2 <= told.place or now.place > told.place):
        return True
    if told.wait_s is None or now.wait_s is None:
        return False
    change_s = abs(now.wait_s - told.wait_s)
    return change_s >= max(_WAIT_CHANGE_LEAST_S, told.wait_s / 2)
