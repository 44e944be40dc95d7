"""What is still to be asked: the outcome for every value of what is not known, and the question that tells most."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from knowledge.rules.bring.evaluate import Ruleset, UnknownSlotError, evaluate
from knowledge.rules.bring.model import Decision, Direction, Frequency, Place, Resident, Verdict

# How likely each answer is, by our own guess. It shapes only the order of the questions.
_LIKELY: Mapping[str, Mapping[str, float]] = {
    "age": {"18": 0.9},
    "resident": {"yes": 0.6, "no": 0.4},
    "frequency": {"first": 0.6, "repeat": 0.3, "same_day": 0.1},
}
# Between questions that tell equally much.
ORDER = ("goods", "direction", "place", "contains", "frequency", "resident", "age")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One way in which things may lie. supposed: slot -> value that was tried; weight: how likely, all leaves together 1."""

    supposed: Mapping[str, str]
    weight: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class Ask:
    """A slot to be asked, and its values that make a difference."""

    slot: str
    values: tuple[str, ...]


def explore(rules: Ruleset, case: Mapping[str, str], on: date) -> Decision | Ask:
    """The decision where all that is not known changes nothing, else the slot to ask next."""
    if not candidates(rules, case):
        return Ask("goods", ())
    leaves = list(_leaves(rules, case, {}, 1.0, on))
    if len({_signature(leaf.decision) for leaf in leaves}) == 1:
        return _common(leaves, case)
    slots = {slot for leaf in leaves for slot in leaf.supposed}
    slot = min(slots, key=lambda s: (round(_left_open(leaves, s), 6), ORDER.index(s)))
    return Ask(slot, tuple(dict.fromkeys(leaf.supposed[slot] for leaf in leaves if slot in leaf.supposed)))


def candidates(rules: Ruleset, case: Mapping[str, str]) -> tuple[str, ...]:
    """Ids of the goods that are meant: members of a family, several named; those in another currency than named left out."""
    goods = rules.vocabulary.goods
    named = [good for good in case.get("goods", "").split(",") if good in goods]
    members = tuple(dict.fromkeys(m for good in named for m in (goods[good].one_of or (good,))))
    price = rules.measures.parse_price(case.get("value"))
    if price is None or not all(goods[member].currency for member in members):
        return members
    wanted = "CNY" if price.money.currency == "CNY" else "foreign"
    fitting = tuple(m for m in members if goods[m].currency == wanted)
    return fitting or members


def _leaves(
    rules: Ruleset, case: Mapping[str, str], supposed: Mapping[str, str], weight: float, on: date
) -> Iterator[Leaf]:
    tried = {**case, **supposed}
    try:
        yield Leaf(supposed, weight, evaluate(rules, tried, on))
    except UnknownSlotError as unknown:
        values = domain(rules, tried, unknown.slot)
        likely = _LIKELY.get(unknown.slot, {})
        rest = (1 - sum(likely.get(v, 0) for v in values)) / max(1, sum(v not in likely for v in values))
        for value in values:
            share = likely.get(value, max(rest, 0.01))
            yield from _leaves(rules, case, {**supposed, unknown.slot: value}, weight * share, on)


def domain(rules: Ruleset, case: Mapping[str, str], slot: str) -> tuple[str, ...]:
    """The values to try for a slot: for ages one on each side of every bound of the class, the grown-up first."""
    if slot == "goods":
        return candidates(rules, case)
    if slot == "age":
        return _ages(rules, case)
    return {
        "direction": tuple(Direction),
        "place": tuple(Place),
        "frequency": tuple(Frequency),
        "resident": tuple(Resident),
        "contains": ("no", "yes"),
    }[slot]


def _ages(rules: Ruleset, case: Mapping[str, str]) -> tuple[str, ...]:
    rows = rules.classes[rules.good(case).rule_class].rows
    bounds = {int(bound.lstrip("<>=")) for row in rows for bound in row.when.get("age", ())}
    return tuple(str(age) for age in (*sorted(bounds, reverse=True), min(bounds) - 1))


def _signature(decision: Decision) -> tuple[object, ...]:
    """What a person would notice: the verdict with its rows, the tax, and the other findings' verdicts and limits."""
    deciding = tuple((f.row.id, f.band) for f in decision.findings if f.verdict is decision.verdict)
    tax = (decision.tax.low, decision.tax.high) if decision.tax else None
    if decision.verdict is Verdict.PROHIBITED:
        return (decision.verdict, frozenset(f.row.side for f in decision.deciding()))
    if decision.verdict > Verdict.PART:
        return (decision.verdict, deciding)
    others = tuple(
        (f.row.side, f.verdict, f.limit)
        for f in decision.findings
        if f.verdict not in (Verdict.NOTE, Verdict.FREE, decision.verdict)
    )
    return (decision.verdict, deciding, tax, others)


def _left_open(leaves: list[Leaf], slot: str) -> float:
    """How much remains open, in bits, after the slot was asked; a leaf that does not hang on it counts for every value."""
    values = {leaf.supposed[slot] for leaf in leaves if slot in leaf.supposed}
    total = 0.0
    for value in values:
        weights: dict[tuple[object, ...], float] = {}
        for leaf in leaves:
            if leaf.supposed.get(slot, value) == value:
                share = leaf.weight if slot in leaf.supposed else leaf.weight / len(values)
                signature = _signature(leaf.decision)
                weights[signature] = weights.get(signature, 0.0) + share
        whole = sum(weights.values())
        total -= sum(w * math.log2(w / whole) for w in weights.values() if w > 0)
    return total


def _common(leaves: list[Leaf], case: Mapping[str, str]) -> Decision:
    """One decision for all leaves: the findings that hold in each; where no ban does, that of the likeliest leaf."""
    likeliest = max(leaves, key=lambda leaf: leaf.weight).decision
    held = set.intersection(*({(f.row.id, f.band) for f in leaf.decision.findings} for leaf in leaves))
    if not any((f.row.id, f.band) in held for f in likeliest.deciding()):
        held |= {(f.row.id, f.band) for f in likeliest.deciding()}
    findings = tuple(f for f in likeliest.findings if (f.row.id, f.band) in held)
    good = likeliest.good if all(leaf.decision.good == likeliest.good for leaf in leaves) else None
    return replace(likeliest, findings=findings, good=good, known=dict(case))
