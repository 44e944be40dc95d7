"""The three gates: what the rules say for one good and what is known of the person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.bring.amounts import Measures, Span
from knowledge.rules.bring.classes import Penalty
from knowledge.rules.bring.model import (
    Band,
    Decision,
    Finding,
    Gate,
    Good,
    Limit,
    Row,
    RuleClass,
    Side,
    Verdict,
)
from knowledge.rules.bring.tax import estimate
from knowledge.rules.bring.vocabulary import Vocabulary

_AGE = re.compile(r"(<|>=)(\d+)")
_SIDES_PLACE = {Side.HONG_KONG: "hong_kong", Side.MACAO: "macao"}
# For whom nothing is said: own use, no look for a way around.
ASSUMED = {"purpose": "own"}


class UnknownSlotError(Exception):
    """The rules hang on a slot that is not known. `slot` names it."""

    def __init__(self, slot: str) -> None:
        self.slot = slot
        super().__init__(f"not known: {slot}")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All data of the rules."""

    classes: Mapping[str, RuleClass]
    vocabulary: Vocabulary
    measures: Measures
    penalties: Mapping[str, Penalty]

    def good(self, case: Mapping[str, str]) -> Good:
        """The one good of a case. Raises UnknownSlotError where there is none, or a choice of several."""
        good = self.vocabulary.goods.get(case.get("goods", ""))
        if good is None or good.one_of:
            raise UnknownSlotError("goods")
        return good


def evaluate(rules: Ruleset, case: Mapping[str, str], on: date) -> Decision:
    """What becomes of the good. case: slot -> value; wrong values must have been refused before.

    Raises UnknownSlotError for the first slot that the outcome hangs on and the case does not hold.
    """
    good = rules.good(case)
    rule_class = rules.classes[good.rule_class]
    quantity = rules.measures.parse_quantity(case.get("quantity"))
    price = rules.measures.parse_price(case.get("value"))
    findings: list[Finding] = []
    taxed: tuple[Row, Span] | None = None
    for row in _rows_that_hold(rule_class.rows, case, on):
        span = rules.measures.span(row.measure, rule_class, good, quantity, price) if row.measure else None
        finding = _finding(row, span)
        findings.append(finding)
        if row.side is Side.MAINLAND and span is not None and finding.verdict in (Verdict.TAX, Verdict.PART):
            taxed = (row, span)
    verdict = max((finding.verdict for finding in findings), default=Verdict.UNSETTLED)
    verdict = Verdict.FREE if verdict is Verdict.NOTE else verdict
    tax = None
    if taxed is not None and verdict in (Verdict.TAX, Verdict.PART) and case.get("direction") == "enter":
        tax = estimate(rules.measures, rule_class, good, taxed[0], taxed[1], quantity, price)
    return Decision(verdict, good, tuple(findings), tax, known=case)


def _rows_that_hold(rows: Iterable[Row], case: Mapping[str, str], on: date) -> list[Row]:
    """In the order of sides and gates; after a mainland ban the mainland's further gates are not looked at."""
    order = {gate: place for place, gate in enumerate(Gate)}
    holding: list[Row] = []
    settled: set[tuple[Side, Gate, str]] = set()
    banned = False
    for side in Side:
        for row in sorted((row for row in rows if row.side is side), key=lambda row: order[row.gate]):
            key = (row.side, row.gate, row.group)
            skipped = banned and side is Side.MAINLAND and not _is_note(row)
            if key in settled or skipped or not row.in_force(on) or not _holds(row, case):
                continue
            settled.add(key)
            holding.append(row)
            banned = banned or (side is Side.MAINLAND and row.bands[0].verdict is Verdict.PROHIBITED)
    return holding


def _is_note(row: Row) -> bool:
    return row.bands[0].verdict is Verdict.NOTE


def _holds(row: Row, case: Mapping[str, str]) -> bool:
    """Whether all conditions are met; those that can be answered are looked at first, so that none is asked in vain."""
    conditions = dict(row.when)
    if row.side in _SIDES_PLACE:
        conditions["place"] = (_SIDES_PLACE[row.side],)
    unknown = None
    for slot, allowed in conditions.items():
        value = case.get(slot, ASSUMED.get(slot))
        if value is None:
            unknown = unknown or slot
        elif not matches(slot, value, allowed):
            return False
    if unknown is not None:
        raise UnknownSlotError(unknown)
    return True


def matches(slot: str, value: str, allowed: tuple[str, ...]) -> bool:
    """Whether a value is among those allowed; for `age` the allowed are bounds (`<18`, `>=16`)."""
    if slot != "age":
        return value in allowed
    return all(_within(Decimal(value), bound) for bound in allowed)


def _within(age: Decimal, bound: str) -> bool:
    match = _AGE.fullmatch(bound)
    if match is None:
        raise ValueError(f"not a bound of age: {bound}")
    limit = Decimal(match[2])
    return age < limit if match[1] == "<" else age >= limit


def _finding(row: Row, span: Span | None) -> Finding:
    first = row.bands[0]
    limit = Limit(first.up_to, row.measure) if first.up_to is not None and row.measure else None
    if len(row.bands) == 1:
        return Finding(row, first.verdict, 0, limit)
    if span is None:
        return Finding(row, _open_verdict(row.bands), None, limit)
    low, high = band_of(row.bands, span.low), band_of(row.bands, span.high)
    return Finding(row, row.bands[high].verdict, high, limit, unsure=low != high)


def _open_verdict(bands: tuple[Band, ...]) -> Verdict:
    """Where the quantity is not known: free up to a limit, or the mildest band; the text names the limits."""
    if bands[0].verdict is Verdict.FREE:
        return bands[1].verdict if bands[0].up_to == 0 else Verdict.LIMIT
    return bands[0].verdict


def band_of(bands: tuple[Band, ...], amount: Decimal) -> int:
    """The place of the band in which an amount lies."""
    for place, band in enumerate(bands):
        if band.up_to is None or amount < band.up_to or (amount == band.up_to and not band.exclusive):
            return place
    return len(bands) - 1
