"""The tax on what lies above the free amount, with each step of the calculation."""

from __future__ import annotations

from decimal import Decimal

from knowledge.model import FactGrade, Localized
from knowledge.rules.bring.amounts import Measures, Span, plain
from knowledge.rules.bring.classes import weakest
from knowledge.rules.bring.model import Good, Price, Quantity, Row, RuleClass, TaxEstimate, Verdict

_YUAN = "CNY"


def estimate(
    measures: Measures,
    rule_class: RuleClass,
    good: Good,
    row: Row,
    span: Span,
    quantity: Quantity | None,
    price: Price | None,
) -> TaxEstimate | None:
    """The tax in yuan, or None where the rate or the value is not known.

    span: the amount in the row's measure. A single thing that cannot be divided is taxed in full.
    """
    rate = rule_class.rate
    if rate is None or row.measure is None:
        return None
    free = row.bands[0].up_to if row.bands[0].verdict is Verdict.FREE and row.bands[0].up_to is not None else Decimal(0)
    if row.measure == _YUAN:
        base, steps = _by_value(span, free, quantity)
    else:
        found = _by_table(measures, rule_class, good, row, span, free, quantity, price)
        if found is None:
            return None
        base, steps = found
    low, high = base.low * rate.percent / 100, base.high * rate.percent / 100
    steps.append(
        Localized(
            f"税款：{_between(base)}元 × {plain(rate.percent)}% = {_between(Span(low, high))}元",
            None,
            f"Tax: {_between(base)} yuan × {plain(rate.percent)}% = {_between(Span(low, high))} yuan",
        )
    )
    uses_table = good.value is not None and (row.measure != _YUAN or price is None)
    table = good.value if uses_table else None
    return TaxEstimate(
        low=low,
        high=high,
        steps=tuple(steps),
        facts=(*rate.facts, *(table.facts if table else ())),
        sources=(*rate.sources, *(table.sources if table else ())),
        grade=weakest([rate.grade, *([table.grade] if table else []), FactGrade.REPORTED]),
    )


def _by_value(span: Span, free: Decimal, quantity: Quantity | None) -> tuple[Span, list[Localized]]:
    pieces = quantity.amount if quantity is not None and quantity.unit in ("", "piece") else None
    if pieces == 1 and free > 0:
        step = Localized(
            f"单件不可分割，超过{plain(free)}元的全额计税：{_between(span)}元",
            None,
            f"One thing that cannot be divided: above {plain(free)} yuan it is taxed in full: {_between(span)} yuan",
        )
        return span, [step]
    base = Span(max(span.low - free, Decimal(0)), max(span.high - free, Decimal(0)))
    step = Localized(
        f"应税部分：{_between(span)}元 − 免税{plain(free)}元 = {_between(base)}元",
        None,
        f"Taxed part: {_between(span)} yuan − {plain(free)} yuan free = {_between(base)} yuan",
    )
    return base, [step]


def _by_table(
    measures: Measures,
    rule_class: RuleClass,
    good: Good,
    row: Row,
    span: Span,
    free: Decimal,
    quantity: Quantity | None,
    price: Price | None,
) -> tuple[Span, list[Localized]] | None:
    """By the table's value of a unit, or by the price paid in proportion."""
    cap = max(
        (band.up_to for band in row.bands if band.verdict is Verdict.TAX and band.up_to is not None), default=None
    )
    taxable = (min(span.high, cap) if cap is not None else span.high) - free
    unit = measures.units[row.measure or ""]
    excess = Localized(
        f"应税数量：{plain(taxable + free)} − 免税{plain(free)} = {unit.count(taxable).zh_hans}",
        None,
        f"Taxed quantity: {plain(taxable + free)} − {plain(free)} free = {unit.count(taxable).en}",
    )
    if good.value is not None:
        value = taxable * good.value.yuan / good.value.per
        per, yuan = unit.count(good.value.per), plain(good.value.yuan)
        step = Localized(
            f"完税价格：{plain(taxable)} × {yuan}元/{per.zh_hans} = {plain(value)}元",
            None,
            f"Duty-paid value: {plain(taxable)} × {yuan} yuan per {per.en} = {plain(value)} yuan",
        )
        return Span(value, value), [excess, step]
    if price is None:
        return None
    whole = measures.span(_YUAN, rule_class, good, quantity, price)
    if whole is None or span.high == 0:
        return None
    value_span = Span(whole.low * taxable / span.high, whole.high * taxable / span.high)
    step = Localized(
        f"按价格折算应税部分：{_between(value_span)}元",
        None,
        f"Taxed part of the price paid: {_between(value_span)} yuan",
    )
    return value_span, [excess, step]


def _between(span: Span) -> str:
    return plain(span.low) if plain(span.low) == plain(span.high) else f"{plain(span.low)}–{plain(span.high)}"
