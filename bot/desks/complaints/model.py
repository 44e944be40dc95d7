"""Values of complaints: kinds, states, time limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.channels.model import FileRef, Language
from bot.states import Machine
from knowledge.model import Localized
from knowledge.rules.calendar.working_days import DAY, Known, WorkingDays

TEXT_MAX_CHARS = 4000
ABOUT_MAX_CHARS = 200
ANSWER_MAX_CHARS = 4000
FILES_MAX = 5
SILENCE_CLOSES = timedelta(days=30)
"""An answer that nobody objected to for so long closes the case."""
WARNING = timedelta(hours=24)
"""How long before a time limit staff are warned."""
REVIEW_WITHIN = timedelta(days=60)
"""Source: L15 (Administrative Reconsideration Law 2023), art. 20, as in the fact sheet SVC-14."""


class Kind(StrEnum):
    """What somebody wants. Each takes another way."""

    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    REPORT = "report"
    REVIEW = "review"


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    IN_HAND = "in_hand"
    ANSWERED = "answered"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"


MACHINE = Machine(
    name="complaint",
    table="complaints",
    start=frozenset({State.RECEIVED}),
    transitions={
        State.RECEIVED: frozenset({State.IN_HAND, State.WITHDRAWN, State.REFERRED}),
        State.IN_HAND: frozenset({State.ANSWERED, State.WITHDRAWN, State.REFERRED}),
        State.ANSWERED: frozenset({State.REOPENED, State.CLOSED}),
        State.REOPENED: frozenset({State.IN_HAND, State.WITHDRAWN, State.REFERRED}),
        State.CLOSED: frozenset(),
        State.WITHDRAWN: frozenset(),
        State.REFERRED: frozenset(),
    },
    meaning={
        State.RECEIVED: "It has a number and time limits; nobody has taken it yet.",
        State.IN_HAND: "A member of staff has it and answers for the time limit.",
        State.ANSWERED: "The answer went out; the person may be content, or have it looked at once more by another desk.",
        State.REOPENED: "The person was not satisfied; somebody else than before takes it.",
        State.CLOSED: "The person was content, or said nothing for 30 days.",
        State.WITHDRAWN: "The person took it back.",
        State.REFERRED: "Another authority decides; the person was told which, why and how to reach it.",
    },
)
OPEN = frozenset({State.RECEIVED, State.IN_HAND, State.REOPENED})


@dataclass(frozen=True)
class Rule:
    """How one kind is dealt with.

    acknowledge_days, answer_days: working days, the house's own promise. decides: who answers or decides. law: what the sources
    say of time limits, or that they say nothing. sources: keys of knowledge/sources. anonymous: whether the law lets it be.
    """

    kind: Kind
    title: Localized
    means: Localized
    acknowledge_days: int
    answer_days: int
    decides: Localized
    law: Localized
    sources: tuple[str, ...]
    anonymous: bool


@dataclass(frozen=True)
class Complaint:
    """One case. owner: the member of staff who has it; barred: names of those who may not. files: in the order sent."""

    id: str
    number: str
    kind: Kind
    state: State
    person_id: str | None
    language: Language
    about: str | None
    text: str
    known_on: date | None
    created_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    acknowledged_at: datetime | None
    answered_at: datetime | None
    answer: str | None
    owner: str | None
    barred: frozenset[str]
    reopened: bool
    changed_at: datetime
    files: tuple[FileRef, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """The next time limit; None when nothing is owed."""
        if self.state not in OPEN:
            return None
        return self.acknowledge_by if self.state is State.RECEIVED else self.answer_by

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known behind it."""
        return self.person_id is None

    def is_late(self, now: datetime) -> bool:
        """Whether a time limit has passed."""
        return self.due_at is not None and now > self.due_at


@dataclass(frozen=True)
class Promise:
    """How often one published promise was kept in a month. month: its first day; due: cases whose limit fell into it."""

    kind: Kind
    step: str
    month: date
    due: int
    kept: int


def working_day_after(calendar: WorkingDays, on: date, days: int) -> date:
    """The working day so many after a day, which itself does not count. days: at least 1."""
    for _ in range(days):
        on = calendar.on_or_after(on + DAY)
    return on


def limit(calendar: WorkingDays, begun_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the last of so many working days after a moment, by the clock of the zone."""
    last = working_day_after(calendar, begun_at.astimezone(zone).date(), days)
    return datetime.combine(last, time(23, 59, 59), zone)


def is_estimate(calendar: WorkingDays, begun_at: datetime, until: datetime) -> bool:
    """Whether the year's plan of rest days is not known, so that the limit may move by a day or more."""
    return any(calendar.known(year) is not Known.PLAN for year in {begun_at.year, until.year})


def last_day_for_review(known_on: date) -> date:
    """The last day to apply, by the plain count of 60 days after the day on which the decision became known."""
    return known_on + REVIEW_WITHIN


def tally(
    kind: Kind, step: str, pairs: list[tuple[datetime, datetime | None]], now: datetime, zone: ZoneInfo
) -> list[Promise]:
    """By month of the limit how many were kept. pairs: (limit, done at); what is open and not yet due does not count."""
    months: dict[date, list[bool]] = {}
    for due_at, done_at in pairs:
        if done_at is None and now <= due_at:
            continue
        months.setdefault(due_at.astimezone(zone).date().replace(day=1), []).append(
            done_at is not None and done_at <= due_at
        )
    return [Promise(kind, step, month, len(kept), sum(kept)) for month, kept in sorted(months.items(), reverse=True)]


Rules = Mapping[Kind, Rule]
