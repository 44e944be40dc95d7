"""What baggage is free of tax by its value on entering the mainland, and the tax on the rest.

The allowance depends on where one comes from, residency, age and entries in 15 days (DF-01 to DF-16, FC-01). Above it the
excess is taxed, and one indivisible article that passes it in full (DF-03, DF-04). Tobacco and alcohol have limits of their
own and are not worked out here. The three rates are commonly stated and unverified (TX-02).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.calculators.parcel import RATES
from knowledge.rules.calculators.rules import Rules
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Line, Money, line
from knowledge.rules.tables import Row

EARLIEST = date(2016, 2, 18)
HENGQIN = "hengqin_first_line"


@dataclass(frozen=True, slots=True)
class Baggage:
    """origin: hk, macao, elsewhere, hengqin_first_line. adult: 18 or over, None where it does not matter.

    value: yuan, of goods obtained abroad without those of the port's duty-free shop; shop: those; article: of the dearest
    article that cannot be divided, None where there is none or it is not known. rate: as a share, None where not known.
    """

    origin: str
    resident: bool
    frequent: bool
    value: Decimal
    adult: bool | None = None
    shop: Decimal = Decimal(0)
    article: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BaggageTax:
    """allowance, shop_allowance: yuan. taxable: the value on which tax is paid. who: the row's key."""

    who: str
    row: Row
    allowance: Decimal
    shop_allowance: Decimal
    taxable: Decimal
    article_in_full: bool


def traveller_class(case: Baggage, on: date) -> str:
    """Which row of the allowances is meant: frequent, non_resident, resident_hk_macao, resident."""
    if case.frequent:
        return "frequent"
    if not case.resident:
        return "non_resident"
    special = case.origin in ("hk", "macao") and case.adult is not False and on >= date(2024, 7, 1)
    return "resident_hk_macao" if special else "resident"


def baggage_tax(case: Baggage, on: date, rules: Rules) -> BaggageTax:
    """Work out allowance and taxable value. Raises InputFaultsError."""
    who = traveller_class(case, on)
    row = rules.table.find("value_allowance", on, who=who)
    check = Check()
    check.day(on, "travel_day", on, earliest=EARLIEST)
    # The rule on frequent crossers was read in its wording of 2024 only.
    check.refuse(row is None and on >= EARLIEST, line("allowance.not_known_then", day=on), "travel_day")
    too_dear = case.article is not None and case.article > case.value
    check.refuse(too_dear, line("allowance.article_above_total"), "article", "baggage_value")
    check.done()
    if row is None:
        raise LookupError(who)
    allowance = row.number("amount")
    shop_allowance = Decimal(row.values.get("shop", "0"))
    excess = max(Decimal(0), case.value - allowance)
    in_full = excess > 0 and case.article is not None
    if in_full and case.article is not None:
        # The other articles use the allowance first; what it leaves cannot be set against the indivisible one.
        excess = case.article + max(Decimal(0), case.value - case.article - allowance)
    return BaggageTax(
        who, row, allowance, shop_allowance, excess + max(Decimal(0), case.shop - shop_allowance), in_full
    )


def explain_allowance(case: Baggage, on: date, rules: Rules) -> Finding:
    """Allowance, taxable value and tax with their steps. Raises InputFaultsError."""
    if case.origin == HENGQIN:
        return _hengqin(rules)
    found = baggage_tax(case, on, rules)
    allowance, taxable = Money(found.allowance), Money(found.taxable)
    if found.taxable == 0:
        answer = line("allowance.free", value=Money(case.value), allowance=allowance)
    elif found.who == "frequent":
        answer = line("allowance.frequent", value=Money(case.value))
    elif case.rate is not None:
        answer = line(
            "allowance.tax", taxable=taxable, tax=Money(found.taxable * case.rate), percent=int(case.rate * 100)
        )
    else:
        answer = line("allowance.taxable", taxable=taxable, allowance=allowance)
    facts = ["DF-12", "TX-01", "TX-12"] + (["TX-02"] if found.taxable else []) + (["FC-06"] if case.frequent else [])
    facts += ["DF-10"] if not case.resident else ["DF-15"] if case.adult is False else []
    return Finding(
        answer=answer,
        founding=founded([found.row], facts=facts, sources=["TL"] if found.taxable else []),
        steps=tuple(_steps(case, found)),
        notes=tuple(_notes(case, found)),
        actions=(line("allowance.do_declare") if found.taxable else line("allowance.do_free"),),
        details=(
            line("allowance.tobacco"),
            line("allowance.own_use"),
            line("allowance.twenty"),
            line("allowance.waiver"),
            line("allowance.stale"),
        ),
        effective_from=found.row.valid_from if found.who in ("resident_hk_macao", "frequent") else None,
        effective_to=found.row.valid_to,
        entries=("baggage-tax-computation", "frequent-crosser-15-days")
        if case.frequent
        else ("baggage-tax-computation", "baggage-tax-rates"),
    )


def _steps(case: Baggage, found: BaggageTax) -> list[Line]:
    allowance = Money(found.allowance)
    steps = [line(f"allowance.who_{found.who}", allowance=allowance)]
    if case.shop:
        steps.append(line("allowance.shop", shop=Money(case.shop), allowance=Money(found.shop_allowance)))
    if not found.taxable:
        return steps
    if found.article_in_full and case.article is not None:
        rest = Money(max(Decimal(0), case.value - case.article - found.allowance))
        steps.append(line("allowance.in_full", article=Money(case.article), rest=rest, taxable=Money(found.taxable)))
    else:
        steps.append(
            line("allowance.excess", value=Money(case.value), allowance=allowance, taxable=Money(found.taxable))
        )
    for rate in (case.rate,) if case.rate is not None else RATES:
        tax = Money(found.taxable * rate)
        steps.append(line("allowance.product", taxable=Money(found.taxable), percent=int(rate * 100), tax=tax))
    return steps


def _notes(case: Baggage, found: BaggageTax) -> list[Line]:
    notes = []
    if found.taxable:
        notes.append(line("allowance.rates"))
    if not case.resident:
        notes.append(line("allowance.resident_means"))
    if case.adult is False and case.resident:
        notes.append(line("allowance.minor"))
    if found.who == "frequent":
        notes.append(line("allowance.frequent_sources"))
    if found.row.values.get("ports") == "six":
        notes.append(line("allowance.six_ports"))
    if found.taxable and not found.article_in_full:
        notes.append(line("allowance.indivisible"))
    return notes


def _hengqin(rules: Rules) -> Finding:
    """Macao to Hengqin, the first line: its rule is not in the sources."""
    row = rules.table.need("value_allowance", date(2024, 8, 1), who="resident_hk_macao")
    return Finding(
        answer=line("allowance.hengqin"),
        founding=founded([row], facts=["DF-09"]),
        steps=(line("allowance.hengqin_second"),),
        entries=("hengqin-first-line-allowance",),
    )
