"""Time limits "within N days from": both ways of counting day 1, and how the last day moves over rest days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.rules.calendar.working_days import DAY, WorkingDays
from knowledge.rules.said import Line, line


@dataclass(frozen=True, slots=True)
class Limit:
    """One reading of a limit. day_one: what counts as day 1; last: day N; ends: day N, or the working day to which it moves."""

    day_one: date
    last: date
    ends: date

    @property
    def moved(self) -> bool:
        """Whether the last day was a rest day."""
        return self.ends != self.last

    def days_late(self, on: date) -> int:
        """Days from the day after the end to a day, that day included; 0 within the limit."""
        return max(0, (on - self.ends).days)


@dataclass(frozen=True, slots=True)
class Limits:
    """Both readings. safe: the day itself is day 1; usual: the day after is day 1, as practice counts (DCL-12, unverified)."""

    safe: Limit
    usual: Limit

    @property
    def agree(self) -> bool:
        """Whether both readings end on the same day, for example on the Monday after a weekend."""
        return self.safe.ends == self.usual.ends


def limits(start: date, days: int, calendar: WorkingDays | None) -> Limits:
    """The limits of `days` days from `start`. calendar: None where no source says that the last day moves."""

    def reading(day_one: date) -> Limit:
        last = day_one + timedelta(days=days - 1)
        return Limit(day_one, last, calendar.on_or_after(last) if calendar is not None else last)

    return Limits(safe=reading(start), usual=reading(start + DAY))


def limit_steps(found: Limits, days: int) -> tuple[Line, ...]:
    """How both readings come about."""
    return tuple(
        line(
            f"limit.{name}_moved" if limit.moved else f"limit.{name}",
            day_one=limit.day_one,
            last=limit.last,
            ends=limit.ends,
            days=days,
        )
        for name, limit in (("safe", found.safe), ("usual", found.usual))
    )
