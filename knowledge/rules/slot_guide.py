"""A guide (`knowledge.rules.guide.Guide`) made of fields and one function that decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from knowledge.load import Knowledge
from knowledge.model import Localized
from knowledge.rules.fields import UNKNOWN, BadValueError, Heard, Kind, ParsedValue, WholeKind, hear, nearest_cue
from knowledge.rules.finding import Finding, InputFaultsError, RuleOutcome, guide_faults
from knowledge.rules.guide import Case, Choice, Family, Fault, Faults, Question, Slot, Step
from knowledge.rules.reading.dates import find_times
from knowledge.rules.reading.found import fold
from knowledge.rules.said import Money, Texts, line


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a case, typed. A slot that the person does not know (`unknown`) is in `known` and has the value None."""

    parsed: Mapping[str, ParsedValue]

    def has(self, slot: str) -> bool:
        """Whether the slot was answered, be it with "I do not know"."""
        return slot in self.parsed

    def word(self, slot: str) -> str | None:
        """A choice or text."""
        return cast(str | None, self.parsed.get(slot))

    def day(self, slot: str) -> date | None:
        """A day."""
        return cast(date | None, self.parsed.get(slot))

    def moment(self, slot: str) -> datetime | None:
        """A day and time."""
        return cast(datetime | None, self.parsed.get(slot))

    def money(self, slot: str) -> Money | None:
        """An amount."""
        return cast(Money | None, self.parsed.get(slot))

    def whole(self, slot: str) -> int | None:
        """A whole number."""
        return cast(int | None, self.parsed.get(slot))


def _always(_values: Values, _on: date) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """One slot. Its sentences are `<name>.title`, `<name>.ask` and, where typed text answers, `<name>.hint`.

    cues: patterns of words that stand beside its value (到港, entered). choices: values shown as buttons, in order.
    cues_before: the cues are prepositions, and stand before the value. needed: whether its value changes the outcome,
    given the others. narrow: which of the choices the other values leave.
    """

    name: str
    kind: Kind
    cues: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    needed: Callable[[Values, date], bool] = _always
    only_with_cue: bool = False
    cues_before: bool = False
    narrow: Callable[[Values], tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class SlotGuide:
    """A guided rule. `decide` gets the values that are known and today; it may raise InputFaultsError."""

    knowledge: Knowledge
    texts: Texts
    name: str
    family: Family
    topic: str
    keywords: tuple[str, ...]
    offered_by: tuple[str, ...]
    fields: tuple[Field, ...]
    decide: Callable[[Values, date], Finding]
    verified_on: date

    @property
    def title(self) -> Localized:
        """As on its button."""
        return self.texts.localized(line(f"{self.name}.title"))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All that may be asked."""
        return tuple(Slot(f.name, self.texts.localized(line(f"{f.name}.title"))) for f in self.fields)

    def read(self, text: str, *, on: date, asked: str | None) -> dict[str, str]:
        """Values by slot: such as stand beside a cue of the slot, then what the asked slot may take, then the only one."""
        folded = fold(text)
        # A weekday with a time of day is a moment; a bare weekday alone is only an answer.
        moment = any(f.kind.pool == "moment" for f in self.fields) and bool(find_times(folded))
        bare = moment or any(f.name == asked and f.kind.pool in ("day", "moment") for f in self.fields)
        heard = hear(folded, on, bare_days=bare)
        values: dict[str, str] = {}
        for pool in dict.fromkeys(f.kind.pool for f in self.fields):
            members = [f for f in self.fields if f.kind.pool == pool]
            values |= _read_choices(members, heard, asked) if pool == "choice" else _read_pool(members, heard, asked)
        if asked is not None and asked not in values:
            values |= self._read_unknown(asked, folded)
        return values

    def _read_unknown(self, asked: str, folded: str) -> dict[str, str]:
        askable = next((f for f in self.fields if f.name == asked and UNKNOWN in f.choices), None)
        says = askable is not None and any(word in folded for word in _UNKNOWN_WORDS)
        return {asked: UNKNOWN} if says else {}

    def describe(self, slot: str, value: str) -> Localized:
        """A value as people read it. Raises KeyError for an unknown slot."""
        found = {f.name: f for f in self.fields}[slot]
        if value in found.choices and (value == UNKNOWN or isinstance(found.kind, WholeKind)):
            return self.texts.localized(line(f"{found.name}.{value}"))
        return found.kind.describe(value)

    def step(self, case: Case, on: date) -> Step:
        """All faults of form, else the first question that matters, else the outcome or the faults that it found."""
        parsed: dict[str, ParsedValue] = {}
        faults: list[Fault] = []
        for f in self.fields:
            if f.name not in case:
                continue
            value = case[f.name]
            if value == UNKNOWN and UNKNOWN in f.choices:
                parsed[f.name] = None
                continue
            try:
                parsed[f.name] = f.kind.parse(value)
            except BadValueError as error:
                faults.append(Fault(self.texts.localized(error.said), (f.name,)))
        if faults:
            return Faults(tuple(faults))
        values = Values(parsed)
        for f in self.fields:
            if not values.has(f.name) and f.needed(values, on):
                return self._question(f, values)
        try:
            finding = self.decide(values, on)
        except InputFaultsError as error:
            return Faults(guide_faults(error, self.texts))
        return RuleOutcome(self.knowledge, self.texts, finding, self.topic, self.verified_on)

    def _question(self, f: Field, values: Values) -> Question:
        hint = f"{f.name}.hint"
        return Question(
            slot=f.name,
            text=self.texts.localized(line(f"{f.name}.ask")),
            choices=tuple(
                Choice(value, self.describe(f.name, value))
                for value in (f.narrow(values) if f.narrow is not None else f.choices)
            ),
            hint=self.texts.localized(line(hint)) if hint in self.texts.sentences else None,
        )


_UNKNOWN_WORDS = (
    *("不知道", "不清楚", "不确定", "没有", "还没", "未", "不用", "跳过", "唔知", "先不"),
    *("don't know", "dont know", "do not know", "not sure", "no idea", "not yet", "skip", "none", "unknown"),
)


def _read_choices(fields: list[Field], heard: Heard, asked: str | None) -> dict[str, str]:
    """Choices do not compete: each has words of its own."""
    found: dict[str, str] = {}
    for f in fields:
        candidates = f.kind.candidates(heard, asked=f.name == asked)
        if candidates:
            found[f.name] = candidates[0][0]
    return found


def _read_pool(fields: list[Field], heard: Heard, asked: str | None) -> dict[str, str]:
    """Give each value to the field whose cue stands nearest, then to the asked one, then a single one to the first field."""
    candidates = {f.name: f.kind.candidates(heard, asked=f.name == asked) for f in fields}
    pairs = sorted(
        (distance, start, f.name, value, end)
        for f in fields
        for value, start, end in candidates[f.name]
        if (distance := nearest_cue(heard, start, end, f.cues, before_only=f.cues_before)) is not None
    )
    found: dict[str, str] = {}
    taken: list[tuple[int, int]] = []
    for _, start, name, value, end in pairs:
        if name not in found and not _overlaps(taken, start, end):
            found[name] = value
            taken.append((start, end))
    order = sorted(fields, key=lambda f: f.name != asked)
    for f in order:
        left = [c for c in candidates[f.name] if not _overlaps(taken, c[1], c[2])]
        if f.name in found or not left or (f.only_with_cue and f.name != asked):
            continue
        if f.name == asked or (asked is None and len({value for value, _, _ in left}) == 1):
            found[f.name] = left[0][0]
            taken.append(left[0][1:])
    return found


def _overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
