"""What the rules on travellers' goods are made of, and what they decide. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

from knowledge.model import FactGrade, Localized
from knowledge.rules.said import Money


class Verdict(IntEnum):
    """What becomes of a good, the mildest first; of several findings the severest decides.

    NOTE: a remark that decides nothing. LIMIT: the quantity is not known; free up to an amount that is named. PART: some
    may cross, the rest not. PERMIT: only with a paper that others issue. UNSETTLED: sources disagree or none was found.
    GOODS: not as baggage, by the rules for goods.
    """

    NOTE = 0
    FREE = 1
    LIMIT = 2
    DECLARE = 3
    TAX = 4
    PART = 5
    PERMIT = 6
    UNSETTLED = 7
    GOODS = 8
    PROHIBITED = 9


class Side(StrEnum):
    """Whose rule it is."""

    MAINLAND = "mainland"
    HONG_KONG = "hong_kong"
    MACAO = "macao"


class Gate(StrEnum):
    """The three gates, in the order in which they are passed."""

    BANNED = "banned"
    PERMIT = "permit"
    QUANTITY = "quantity"


class Direction(StrEnum):
    """Seen from the mainland."""

    ENTER = "enter"
    LEAVE = "leave"


class Place(StrEnum):
    """The other end of the journey."""

    HONG_KONG = "hong_kong"
    MACAO = "macao"
    ELSEWHERE = "elsewhere"


class Resident(StrEnum):
    """Where the person ordinarily lives: `yes` in the mainland."""

    YES = "yes"
    NO = "no"


class Frequency(StrEnum):
    """How often the person has crossed in the last 15 days, this time counted."""

    FIRST = "first"
    REPEAT = "repeat"
    SAME_DAY = "same_day"


class Purpose(StrEnum):
    """What for. EVADE: the person asks how to get past the officers."""

    OWN = "own"
    TRADE = "trade"
    EVADE = "evade"


@dataclass(frozen=True, slots=True)
class Price:
    """A sum of money. each: whether it is the price of one piece."""

    money: Money
    each: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much. unit: a name of `units` in units.yaml; empty for a bare number."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Band:
    """Up to and with `up_to` of the row's measure (below it where `exclusive`) this verdict holds; None: without end.

    text: what is said in place of the row's text, None where that serves.
    """

    up_to: Decimal | None
    verdict: Verdict
    exclusive: bool = False
    text: Localized | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a rule.

    when: slot -> values for which the row holds; `age` is written as `<18`, `>=16`. group: of the rows of a side, gate and group
    the first that holds counts. measure: unit or currency of `bands`, None where there is one band without end.
    grade: of its weakest fact. verified_on: when the sources were last read. penalty: a name in penalties.yaml, None where
    nothing is threatened.
    """

    id: str
    side: Side
    gate: Gate
    group: str
    when: Mapping[str, tuple[str, ...]]
    measure: str | None
    bands: tuple[Band, ...]
    text: Localized
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: FactGrade
    effective_from: date | None
    effective_to: date | None
    verified_on: date
    penalty: str | None

    def in_force(self, on: date) -> bool:
        """Whether the row may be stated as a rule on a day; both of its dates belong to the time in force."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Rate:
    """The tax on one class. percent: of the duty-paid value. grade: of the facts that it rests on."""

    percent: Decimal
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: FactGrade


@dataclass(frozen=True, slots=True)
class TableValue:
    """A duty-paid value out of the table: so many yuan for `per` of the class's measure."""

    yuan: Decimal
    per: Decimal
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: FactGrade


@dataclass(frozen=True, slots=True)
class RuleClass:
    """Goods to which the same rules apply.

    measure: the unit in which quantities are counted. unit: what a bare number counts. units: further units -> how many of
    `measure`; those in `assumed_units` are our own assumption and are said to be.
    """

    id: str
    title: Localized
    topic: str
    entries: tuple[str, ...]
    measure: str
    unit: str
    units: Mapping[str, Decimal]
    assumed_units: tuple[str, ...]
    rate: Rate | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Good:
    """One thing that people carry. names: in any language, as typed; one of them may stand under several goods.

    one_of: ids of goods of which it may be any, for a word such as "mooncake"; then rule_class is empty. currency: of cash.
    """

    id: str
    title: Localized
    rule_class: str
    names: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    currency: str | None = None
    value: TableValue | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Free up to this amount of a measure."""

    amount: Decimal
    measure: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that applies, and what it says for the quantity: of `band`, None where the quantity is not known.

    unsure: whether a sum in another currency may lie in a milder band; the stricter is told.
    """

    row: Row
    verdict: Verdict
    band: int | None
    limit: Limit | None = None
    unsure: bool = False

    @property
    def text(self) -> Localized:
        """What is said."""
        if self.band is not None:
            return self.row.bands[self.band].text or self.row.text
        return self.row.text


@dataclass(frozen=True, slots=True)
class TaxEstimate:
    """A tax, at most. yuan: low and high, equal where no exchange rate entered. steps: the calculation, line by line."""

    low: Decimal
    high: Decimal
    steps: tuple[Localized, ...]
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: FactGrade


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say. findings: in the order of sides and gates, notes included. remarks: on how an amount was taken."""

    verdict: Verdict
    good: Good | None
    findings: tuple[Finding, ...]
    tax: TaxEstimate | None = None
    remarks: tuple[Localized, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)

    def deciding(self) -> tuple[Finding, ...]:
        """The findings that make the verdict."""
        return tuple(finding for finding in self.findings if finding.verdict is self.verdict)
