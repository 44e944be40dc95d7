"""Parcels for own use and cross-border e-commerce: limits of value, what is above them, when tax is waived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.calculators.rules import Rules
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Line, Money, line

EARLIEST = date(2010, 9, 1)
EARLIEST_ECOMMERCE = date(2019, 1, 1)
# Combined rates on personal articles as commonly stated (TX-02, unverified): shown as such.
RATES = (Decimal("0.13"), Decimal("0.20"), Decimal("0.50"))


@dataclass(frozen=True, slots=True)
class Parcel:
    """direction: in, out. place: near (Hong Kong, Macao, Taiwan), far; None where it does not matter.

    value: yuan. single: one indivisible article.
    """

    direction: str
    place: str | None
    value: Decimal
    single: bool = False


def explain_parcel(case: Parcel, on: date, rules: Rules) -> Finding:
    """Whether a posted parcel of one's own is within the limit. Raises InputFaultsError."""
    check = Check()
    check.day(on, "travel_day", on, earliest=EARLIEST)
    check.refuse(case.value <= 0, line("fault.zero"), "parcel_value")
    check.done()
    row = rules.table.need(f"parcel_{case.direction}", on)
    waiver = rules.table.need("parcel_tax_waiver", on)
    limit = Money(row.number(case.place or "near"))
    value = Money(case.value)
    steps = [line(f"parcel.limit_{case.direction}", limit=limit)]
    facts: list[str] = []
    if case.value <= limit.amount:
        answer = line(f"parcel.within_{case.direction}", value=value, limit=limit)
        if case.direction == "in":
            steps += _tax_steps(case.value, waiver.number("tax"))
            facts.append("TX-02")
    elif case.single:
        answer = line("parcel.single", value=value, limit=limit)
    else:
        answer = line("parcel.over", value=value, limit=limit, excess=Money(case.value - limit.amount))
    notes: tuple[Line, ...] = ()
    if case.direction == "in":
        current = row.valid_to is None
        notes = (line("parcel.stale"),) if current else (line("parcel.old_limit", day=on),)
    return Finding(
        answer=answer,
        founding=founded([row, waiver] if case.direction == "in" else [row], facts=[*facts, "PO-06", "PO-07"]),
        steps=tuple(steps),
        notes=notes,
        actions=(line("parcel.do_over"),) if case.value > limit.amount else (line("parcel.do"),),
        details=(line("parcel.prohibited"), line("parcel.no_money"), line("parcel.channels")),
        effective_from=row.valid_from,
        effective_to=row.valid_to,
        entries=("parcel-over-limit", "parcel-tax-threshold"),
    )


def _tax_steps(value: Decimal, waived: Decimal) -> list[Line]:
    steps = []
    for rate in RATES:
        tax = value * rate
        name = "parcel.tax_waived" if tax <= waived else "parcel.tax"
        steps.append(line(name, value=Money(value), percent=int(rate * 100), tax=Money(tax), waived=Money(waived)))
    return steps


@dataclass(frozen=True, slots=True)
class Order:
    """One order of cross-border e-commerce. value: yuan. spent: of this year's amount before it, None where not known."""

    value: Decimal
    spent: Decimal | None = None
    single: bool = False


def explain_ecommerce(case: Order, on: date, rules: Rules) -> Finding:
    """Whether an order fits the limits of an order and of the year. Raises InputFaultsError."""
    check = Check()
    check.day(on, "travel_day", on, earliest=EARLIEST_ECOMMERCE)
    check.refuse(case.value <= 0, line("fault.zero"), "parcel_value")
    check.done()
    row = rules.table.need("ecommerce", on)
    single, year = Money(row.number("single")), Money(row.number("year"))
    spent = case.spent or Decimal(0)
    left = year.amount - spent
    steps = [line("ecommerce.limits", single=single, year=year)]
    if case.spent is not None:
        steps.append(line("ecommerce.left", year=year, spent=Money(spent), left=Money(max(left, Decimal(0)))))
    if case.value > left:
        name = "ecommerce.over_year"
    elif case.value <= single.amount:
        name = "ecommerce.within" if case.spent is not None else "ecommerce.within_single"
    else:
        name = "ecommerce.single_full_tax" if case.single else "ecommerce.over_single"
    return Finding(
        answer=line(name, value=Money(case.value), single=single, year=year, left=Money(max(left, Decimal(0)))),
        founding=founded([row], facts=["PO-13", "PO-14"]),
        steps=(*steps, line("ecommerce.tax", share=row.whole("share"))),
        notes=(line("ecommerce.stale"),),
        actions=(line("ecommerce.do"),),
        details=(line("ecommerce.own_use"), line("ecommerce.list")),
        effective_from=row.valid_from,
        entries=("cbec-purchase-limits", "cbec-quota-lookup"),
    )
