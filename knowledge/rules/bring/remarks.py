"""How an amount was taken: what we assumed, what could not be counted, where the day's exchange rate decides."""

from __future__ import annotations

from decimal import Decimal

from knowledge.model import Localized
from knowledge.rules.bring.evaluate import Ruleset
from knowledge.rules.bring.model import Decision
from knowledge.rules.said import Texts, line


def remarks(rules: Ruleset, texts: Texts, decision: Decision) -> tuple[Localized, ...]:
    """The remarks on a decision, none where nothing was assumed."""
    found: list[Localized] = []
    if any(finding.unsure for finding in decision.findings):
        found.append(texts.localized(line("note.rate_of_day")))
    quantity = rules.measures.parse_quantity(decision.known.get("quantity"))
    if quantity is None or decision.good is None:
        return tuple(found)
    rule_class = rules.classes[decision.good.rule_class]
    measures = {finding.row.measure for finding in decision.findings if finding.row.measure in rules.measures.units}
    unit = quantity.unit or rule_class.unit
    counted = rules.measures.in_unit(rule_class.measure, rule_class, quantity)
    printed = rules.measures.units[rule_class.measure].printed if rule_class.measure in rules.measures.units else None
    if printed is None or not (measures or decision.tax):
        return tuple(found)
    if counted is None:
        found.append(texts.localized(line("note.not_converted", unit=printed)))
    elif unit in rule_class.assumed_units:
        amount = rules.measures.units[rule_class.measure].count(rule_class.units[unit])
        one = rules.measures.units[unit].count(Decimal(1))
        found.append(texts.localized(line("note.assumed", unit=one, amount=amount)))
    return tuple(found)
