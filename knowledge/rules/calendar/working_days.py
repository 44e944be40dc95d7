"""Which days are worked, as far as is known, and how time limits move over rest days.

The law fixes 13 statutory holidays a year (全国年节及纪念日放假办法, source L17); which weekends are worked instead, and on
which days the festivals of the lunar calendar fall, the State Council publishes for each year. For a year whose plan is
not in days.yaml the calendar counts with weekends and the holidays of fixed date, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import KnowledgeError
from knowledge.model import Localized

DAY = timedelta(days=1)
_PLAN_KEYS = frozenset({"year", "rest", "working", "sources"})
_FIXED_KEYS = frozenset({"day", "from", "to", "name"})


class Known(StrEnum):
    """How much is known of a year, the most first."""

    PLAN = "plan"
    FIXED_HOLIDAYS = "fixed_holidays"
    WEEKENDS = "weekends"


@dataclass(frozen=True, slots=True)
class FixedHoliday:
    """A statutory holiday that falls on the same day of each year. valid_to: None while the rule stands."""

    month: int
    day: int
    valid_from: date
    valid_to: date | None
    name: Localized

    def falls_on(self, on: date) -> bool:
        """Whether a day is this holiday by the rule then in force."""
        in_force = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        return in_force and (on.month, on.day) == (self.month, self.day)


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The State Council's plan for one year: weekdays that are free, weekend days that are worked."""

    year: int
    rest: frozenset[date]
    working: frozenset[date]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar. plans: by year."""

    fixed: tuple[FixedHoliday, ...]
    plans: Mapping[int, YearPlan]

    def known(self, year: int) -> Known:
        """How much is known of a year."""
        if year in self.plans:
            return Known.PLAN
        if any(h.falls_on(date(year, h.month, h.day)) for h in self.fixed):
            return Known.FIXED_HOLIDAYS
        return Known.WEEKENDS

    def is_working(self, on: date) -> bool:
        """Whether a day is worked, by what is known of its year."""
        plan = self.plans.get(on.year)
        if plan is not None:
            return on in plan.working or (on.weekday() < 5 and on not in plan.rest)
        return on.weekday() < 5 and self.holiday(on) is None

    def holiday(self, on: date) -> Localized | None:
        """The name of the holiday of fixed date that a day is, None for all others."""
        return next((h.name for h in self.fixed if h.falls_on(on)), None)

    def on_or_after(self, on: date) -> date:
        """The day itself where it is worked, else the first working day after it."""
        while not self.is_working(on):
            on += DAY
        return on

    def on_or_before(self, on: date) -> date:
        """The day itself where it is worked, else the last working day before it."""
        while not self.is_working(on):
            on -= DAY
        return on

    def nth_of_month(self, year: int, month: int, nth: int) -> date:
        """The nth working day of a month; nth counts from 1."""
        on = self.on_or_after(date(year, month, 1))
        for _ in range(nth - 1):
            on = self.on_or_after(on + DAY)
        return on


def add_months(start: date, months: int) -> date:
    """The same day so many months later; the last of the month where that is shorter (31 January + 1: 28 or 29 February)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(start.day, (following - DAY).day))


def read_working_days(path: Path) -> WorkingDays:
    """Read days.yaml. Raises KnowledgeError with all faults at once: a rest day that is a weekend, a day of another year …"""
    faults: list[Fault] = []
    name = "/".join(path.parts[-3:])
    reader = Reader(name, None, read_yaml(path, name, faults), faults)
    fixed = [_fixed(part) for part in reader.parts("fixed")]
    plans = [_plan(part) for part in reader.parts("years")]
    if len({plan.year for plan in plans}) < len(plans):
        reader.fault("years: a year stands twice")
    if faults:
        raise KnowledgeError(tuple(faults))
    return WorkingDays(tuple(fixed), MappingProxyType({plan.year: plan for plan in plans}))


def _fixed(reader: Reader) -> FixedHoliday:
    reader.refuse_unknown_keys(_FIXED_KEYS)
    written = reader.text("day")
    try:
        parsed = date.fromisoformat(f"2000-{written}")
    except ValueError:
        reader.fault(f"day: must be MM-DD, not {written}")
        parsed = date(2000, 1, 1)
    return FixedHoliday(
        parsed.month, parsed.day, reader.date("from"), reader.optional_date("to"), reader.localized("name")
    )


def _plan(reader: Reader) -> YearPlan:
    reader.refuse_unknown_keys(_PLAN_KEYS)
    written = reader.text("year")
    year = int(written) if written.isdecimal() else 0
    rest, working = (frozenset(_days(reader, key, year)) for key in ("rest", "working"))
    for on in rest:
        if on.weekday() >= 5:
            reader.fault(f"rest: {on} is a weekend day and free anyway")
    for on in working:
        if on.weekday() < 5:
            reader.fault(f"working: {on} is a weekday and worked anyway")
    return YearPlan(year, rest, working)


def _days(reader: Reader, key: str, year: int) -> list[date]:
    days = []
    for written in reader.texts(key, required=False):
        try:
            on = date.fromisoformat(written)
        except ValueError:
            reader.fault(f"{key}: must be a day as YYYY-MM-DD in quotes, not {written}")
            continue
        if on.year != year:
            reader.fault(f"{key}: {on} is not in {year}")
        days.append(on)
    return days
