"""When a desk is open: by working days and rest days of the dated calendar, with single days of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge.rules.calendar.working_days import Known, WorkingDays

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60
_LOOK_AHEAD_DAYS = 40


@dataclass(frozen=True)
class Span:
    """A part of a day, minutes since midnight; until: excluded, at most 1440."""

    start: int
    until: int


@dataclass(frozen=True)
class Hours:
    """working, rest: the spans of working and of rest days; none: closed. special: of single days, in their place."""

    working: tuple[Span, ...]
    rest: tuple[Span, ...]
    special: Mapping[date, tuple[Span, ...]]

    @property
    def never_closes(self) -> bool:
        """Round the clock, each day."""
        whole = (Span(0, _DAY_MINUTES),)
        return self.working == whole and self.rest == whole and not self.special


def read_spans(text: str) -> tuple[Span, ...]:
    """`09:00-12:00, 14:00-17:00`; empty: closed. Raises ValueError with what is wrong."""
    spans: list[Span] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,，;；]", text))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(f"“{part}” is no span such as 09:00-17:00")
        start, until = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not start < until <= _DAY_MINUTES:
            raise ValueError(f"“{part}” must end after it begins, at 24:00 at the latest")
        if spans and start < spans[-1].until:
            raise ValueError(f"“{part}” begins before the one before it has ended")
        spans.append(Span(start, until))
    return tuple(spans)


def spans_text(spans: Sequence[Span]) -> str:
    """The opposite of `read_spans`."""
    return ", ".join(f"{_clock(span.start)}-{_clock(span.until)}" for span in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class OpenHours:
    """Answers for any team. zone: in which all hours are meant."""

    def __init__(self, days: WorkingDays, zone: ZoneInfo) -> None:
        self._days = days
        self._zone = zone

    def is_open(self, hours: Hours, at: datetime) -> bool:
        """Whether the desk is open at a moment."""
        return self.open_since(hours, at) is not None

    def open_since(self, hours: Hours, at: datetime) -> datetime | None:
        """Since when it is open without a break today; None while it is closed."""
        local = at.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        for span in self._spans(hours, local.date()):
            if span.start <= minute < span.until:
                return datetime.combine(local.date(), time(span.start // 60, span.start % 60), self._zone)
        return None

    def next_open(self, hours: Hours, at: datetime) -> datetime | None:
        """The next moment at which it opens; the moment itself when it is open; None when that is not in sight."""
        if self.is_open(hours, at):
            return at
        local = at.astimezone(self._zone)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            for span in self._spans(hours, day):
                begins = datetime.combine(day, time(span.start // 60 % 24, span.start % 60), self._zone)
                if begins > at:
                    return begins
        return None

    def plan_is_known(self, on: datetime) -> bool:
        """Whether the State Council's plan of that year's holidays is in the calendar; else a holiday may still come between."""
        return self._days.known(on.astimezone(self._zone).year) is Known.PLAN

    def local(self, at: datetime) -> datetime:
        """The moment by the desk's clock."""
        return at.astimezone(self._zone)

    def _spans(self, hours: Hours, day: date) -> tuple[Span, ...]:
        if day in hours.special:
            return hours.special[day]
        return hours.working if self._days.is_working(day) else hours.rest
