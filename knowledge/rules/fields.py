"""Kinds of slots: how a value is read out of a text, checked, and shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

from knowledge.model import LANGUAGES, Localized
from knowledge.rules.reading.amounts import find_amounts
from knowledge.rules.reading.dates import Day, find_days, find_times, iso, moment
from knowledge.rules.reading.found import Found, clause_around
from knowledge.rules.said import CURRENCIES, Line, Money, line, show
from knowledge.rules.tables import as_decimal

UNKNOWN = "unknown"
YES = (r"^(?:是|是的|有|对|会|要|嗯|好)", r"\b(?:yes|yeah|yep|y|i do|it has|it is)\b")
NO = (r"^(?:不是|否|没有|没|无|不|冇|唔系)", r"\b(?:no|nope|not|none|n|without)\b")
ParsedValue = date | datetime | Money | int | str | None


class BadValueError(ValueError):
    """A value of a case that cannot be. said: the sentence that tells it."""

    def __init__(self, said: Line) -> None:
        self.said = said
        super().__init__(said.name)


@dataclass(frozen=True, slots=True)
class Heard:
    """A person's text as the fields read it. text: folded. days, amounts: what stood in it, each for one field only."""

    text: str
    on: date
    days: tuple[Found[Day], ...]
    times: tuple[Found[time], ...]
    amounts: tuple[Found[Money | Decimal], ...]


def hear(text: str, on: date, *, bare_days: bool) -> Heard:
    """Find all days, times and amounts in a folded text; numbers that belong to a day or time are no amounts."""
    days, times = tuple(find_days(text, on, bare=bare_days)), tuple(find_times(text))
    dated: list[Found[Any]] = [*days, *times]
    amounts = [a for a in find_amounts(text) if not any(a.overlaps(other) for other in dated)]
    return Heard(text, on, days, times, tuple(amounts))


class Kind(Protocol):
    """What sort of values a field takes."""

    @property
    def pool(self) -> str:
        """Fields of one pool share the values found: a day that is the entry's is not also the declaration's."""
        ...

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Values for a case with where they stood; where `asked`, also such as are too little by themselves."""
        ...

    def parse(self, value: str) -> ParsedValue:
        """The value of a case as a typed one. Raises BadValueError."""
        ...

    def describe(self, value: str) -> Localized:
        """The value as people read it; an unreadable one as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class DayKind:
    """A day, YYYY-MM-DD."""

    pool: str = "day"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Days."""
        return [(iso(day.value), day.start, day.end) for day in heard.days]

    def parse(self, value: str) -> date:
        """A day of the calendar."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadValueError(line("fault.no_such_day", value=value)) from None

    def describe(self, value: str) -> Localized:
        """With its weekday."""
        try:
            return _shown(date.fromisoformat(value))
        except ValueError:
            return _as_it_stands(value)


@dataclass(frozen=True, slots=True)
class MomentKind:
    """A day and a time of day in China, YYYY-MM-DD HH:MM."""

    pool: str = "moment"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """A day with the time of day beside it."""
        found = []
        for day in heard.days:
            at = min(heard.times, key=lambda t: abs(t.start - day.end), default=None)
            if at is not None:
                found.append((moment(day.value, at.value), min(day.start, at.start), max(day.end, at.end)))
        return found

    def parse(self, value: str) -> datetime:
        """A moment by the clock in China; no zone is attached, since all of the rule happens there."""
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M")  # noqa: DTZ007
        except ValueError:
            raise BadValueError(line("fault.no_such_moment", value=value)) from None

    def describe(self, value: str) -> Localized:
        """With its weekday."""
        try:
            return _shown(self.parse(value))
        except BadValueError:
            return _as_it_stands(value)


@dataclass(frozen=True, slots=True)
class MoneyKind:
    """An amount with its currency, `30000 CNY`. currency: of a bare number; None where it has to be said with the amount."""

    currency: str | None = "CNY"
    only: frozenset[str] = frozenset(CURRENCIES)
    pool: str = "money"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Amounts with a currency that is taken here; bare numbers where they are asked for or large enough to be money."""
        found = []
        for amount in heard.amounts:
            value = amount.value
            if isinstance(value, Decimal):
                if self.currency is None or not (asked or value >= 100):
                    continue
                value = Money(value, self.currency)
            if value.currency in self.only:
                found.append((f"{value.amount:f} {value.currency}", amount.start, amount.end))
        return found

    def parse(self, value: str) -> Money:
        """The amount, not below zero."""
        number, _, currency = value.partition(" ")
        amount = as_decimal(number)
        if amount is None or currency not in self.only:
            raise BadValueError(line("fault.no_amount", value=value))
        if amount < 0:
            raise BadValueError(line("fault.negative", value=value))
        if amount > 10**12:
            raise BadValueError(line("fault.too_large", value=value))
        return Money(amount, currency)

    def describe(self, value: str) -> Localized:
        """As money."""
        try:
            return _shown(self.parse(value))
        except BadValueError:
            return _as_it_stands(value)


@dataclass(frozen=True, slots=True)
class WholeKind:
    """A whole number. after: what follows the number where it is this one (次, times); a bare number only answers a question."""

    after: tuple[str, ...]
    maximum: int
    pool: str = "whole"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Whole numbers."""
        found = []
        for amount in heard.amounts:
            value = amount.value
            if isinstance(value, Money) or value != value.to_integral_value():
                continue
            named = any(heard.text[amount.end :].lstrip().startswith(word) for word in self.after)
            if named or asked:
                found.append((str(int(value)), amount.start, amount.end))
        if asked and not found:
            found = [("0", m.start(), m.end()) for pattern in NO for m in re.finditer(pattern, heard.text)][:1]
        return found

    def parse(self, value: str) -> int:
        """Between 0 and the maximum."""
        if not re.fullmatch(r"-?\d{1,9}", value) or not 0 <= int(value) <= self.maximum:
            raise BadValueError(line("fault.not_whole", value=value, maximum=self.maximum))
        return int(value)

    def describe(self, value: str) -> Localized:
        """As it stands."""
        return _as_it_stands(value)


_HOURS = re.compile(r"(?<!\d)(\d{1,2})[:点](\d\d)?\s*(?:-|–|~|到|至|to)\s*(\d{1,2})[:点](\d\d)?(?!\d)")


@dataclass(frozen=True, slots=True)
class OfficeHoursKind:
    """From when to when an office is open, `09:00-17:00`."""

    pool: str = "hours"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Two times with "to" between them."""
        return [
            (f"{int(m[1]):02}:{m[2] or '00'}-{int(m[3]):02}:{m[4] or '00'}", m.start(), m.end())
            for m in _HOURS.finditer(heard.text)
        ]

    def parse(self, value: str) -> str:
        """Two times of day."""
        opens, _, closes = value.partition("-")
        try:
            time.fromisoformat(opens)
            time.fromisoformat(closes)
        except ValueError:
            raise BadValueError(line("fault.no_such_moment", value=value)) from None
        return value

    def describe(self, value: str) -> Localized:
        """As it stands."""
        return _as_it_stands(value)


@dataclass(frozen=True, slots=True)
class ChoiceKind:
    """One of a few words. words: value -> patterns (regular expressions on folded text); titles: value -> as shown.

    answers: patterns that say the value only when it was asked for (yes, no).
    """

    words: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, Localized]
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pool: str = "choice"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """The value whose pattern matches the longest part of the text."""
        found = _matches(self.words, heard.text)
        if asked and not found:
            found = _matches(self.answers, heard.text)
        return sorted(found, key=lambda match: match[1] - match[2])[:1]

    def parse(self, value: str) -> str:
        """One of the values."""
        if value not in self.titles:
            raise BadValueError(line("fault.not_a_choice", value=value))
        return value

    def describe(self, value: str) -> Localized:
        """Its title."""
        return self.titles.get(value) or _as_it_stands(value)


def _matches(words: Mapping[str, tuple[str, ...]], text: str) -> list[tuple[str, int, int]]:
    return [
        (value, match.start(), match.end())
        for value, patterns in words.items()
        for pattern in patterns
        for match in re.finditer(pattern, text)
    ]


def nearest_cue(heard: Heard, start: int, end: int, cues: tuple[str, ...], *, before_only: bool) -> int | None:
    """How far (characters) the nearest cue word stands from a value within its clause; None where there is none.

    before_only: cues are words such as "from" and "to", which belong to what follows.
    """
    begin, finish = clause_around(heard.text, start, end)
    distances = []
    for cue in cues:
        for match in re.finditer(cue, heard.text[begin:finish]):
            before, after = start - (begin + match.end()), begin + match.start() - end
            if not before_only:
                distances.append(max(before, after, 0))
            elif before >= 0:
                distances.append(before)
    return min(distances, default=None)


def _shown(value: date | datetime | Money) -> Localized:
    hans, hant, en = (show(value, language) for language in LANGUAGES)
    return Localized(zh_hans=hans, zh_hant=hant, en=en)


def _as_it_stands(value: str) -> Localized:
    return Localized(zh_hans=value, zh_hant=value, en=value)
