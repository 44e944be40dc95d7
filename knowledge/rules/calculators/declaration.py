"""Until when imports must be declared, and what declaring late costs (滞报金).

Customs Law art. 24 (DCL-10), customs' own explanation of the fee (FEE-02 to FEE-05), and the older text on rest days
(DCL-13). Which day is day 1 no source says (DCL-12): both readings are worked out, and the earlier is called safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from knowledge.rules.calculators.limits import Limits, limit_steps, limits
from knowledge.rules.calculators.rules import CALENDAR_SOURCE, Rules, calendar_notes
from knowledge.rules.calendar.working_days import add_months
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, Line, Money, line
from knowledge.rules.tables import Row

ROLL_OVER_SOURCE = "P9b"


@dataclass(frozen=True, slots=True)
class ImportDeclaration:
    """entered: the conveyance was declared for entry. accepted: customs accepted the declaration, None while it has not.

    value: duty-paid value, yuan; None where it is not known.
    """

    entered: date
    accepted: date | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LateDeclaration:
    """What follows. until: the day up to which lateness is counted (acceptance, else today).

    days_safe, days_usual: days late by both readings. fee_safe, fee_usual: whole yuan, None where the value is not known.
    sold_after: from the day after it customs may take and sell the goods if they are still undeclared.
    """

    limits: Limits
    until: date
    days_safe: int
    days_usual: int
    fee_safe: Decimal | None
    fee_usual: Decimal | None
    sold_after: date


def late_declaration(case: ImportDeclaration, on: date, rules: Rules) -> LateDeclaration:
    """Work out limit and fee. Raises InputFaultsError for days and values that cannot be."""
    fee_row = rules.table.need("late_declaration_fee", on)
    limit_row = rules.table.need("import_declaration_limit", on)
    check = Check()
    check.day(case.entered, "entered", on, earliest=fee_row.valid_from or date.min)
    check.day(case.accepted, "accepted", on, earliest=fee_row.valid_from or date.min)
    check.refuse(case.value is not None and case.value <= 0, line("fault.zero"), "goods_value")
    check.done()
    found = limits(case.entered, limit_row.whole("days"), rules.calendar)
    until = case.accepted or on
    days_safe, days_usual = found.safe.days_late(until), found.usual.days_late(until)
    return LateDeclaration(
        limits=found,
        until=until,
        days_safe=days_safe,
        days_usual=days_usual,
        fee_safe=late_declaration_fee(case.value, days_safe, fee_row),
        fee_usual=late_declaration_fee(case.value, days_usual, fee_row),
        sold_after=add_months(case.entered, limit_row.whole("sale_months")),
    )


def late_declaration_fee(value: Decimal | None, days: int, row: Row) -> Decimal | None:
    """value × rate × days in whole yuan, fractions dropped (FEE-04); nothing below the threshold (FEE-05)."""
    if value is None:
        return None
    fee = (value * row.number("rate") * days).quantize(Decimal(1), ROUND_DOWN)
    return fee if fee >= row.number("minimum") else Decimal(0)


def explain_declaration(case: ImportDeclaration, on: date, rules: Rules) -> Finding:
    """Limit and fee with every step. Raises InputFaultsError."""
    found = late_declaration(case, on, rules)
    fee_row = rules.table.need("late_declaration_fee", on)
    limit_row = rules.table.need("import_declaration_limit", on)
    late = found.days_safe > 0
    ends = (found.limits.safe, found.limits.usual)
    moved = any(limit.moved for limit in ends)
    steps = (line("declaration.start", entered=case.entered), *limit_steps(found.limits, limit_row.whole("days")))
    notes: tuple[Line, ...] = () if found.limits.agree else (line("limit.unclear"),)
    notes += (line("limit.roll_over"),) if moved else ()
    notes += calendar_notes(rules.calendar, [limit.last for limit in ends])
    if found.until > found.sold_after:
        notes = (line("declaration.sold", sold_after=found.sold_after), *notes)
    return Finding(
        answer=_answer(case, found, on, fee_row),
        steps=steps + _fee_steps(case, found, fee_row)[:2],
        notes=notes,
        actions=_actions(case, found),
        details=(
            *_fee_steps(case, found, fee_row)[2:],
            line("declaration.sale", sold_after=found.sold_after),
            line("declaration.exempt"),
            line("declaration.stale"),
            line("declaration.amended"),
        ),
        founding=founded(
            [fee_row, limit_row] if late else [limit_row, fee_row],
            facts=["DCL-12", "DCL-13", "BKG-16", "FEE-06", "FEE-07"] if moved else ["DCL-12", "BKG-16", "FEE-07"],
            sources=[ROLL_OVER_SOURCE, CALENDAR_SOURCE] if moved else [CALENDAR_SOURCE],
        ),
        entries=("late-declaration-fee-exempt", "unclaimed-goods-sold") if late else ("import-declaration-deadline",),
    )


def _answer(case: ImportDeclaration, found: LateDeclaration, on: date, fee_row: Row) -> Line:
    safe, usual = found.limits.safe.ends, found.limits.usual.ends
    if case.accepted is not None and case.accepted < case.entered:
        return line("declaration.in_advance", accepted=case.accepted, entered=case.entered)
    if found.days_safe == 0:
        if case.accepted is not None:
            return line("declaration.in_time", accepted=case.accepted, safe=safe)
        left = Count((safe - on).days, "day")
        name = "declaration.due" if found.limits.agree else "declaration.due_safe"
        return line(name, safe=safe, usual=usual, left=left)
    days = Count(found.days_safe, "day")
    if found.days_usual == 0:
        if found.fee_safe is None:
            return line("declaration.late_by_one_reading", days=days, usual=usual)
        return line("declaration.late_by_one_reading_fee", days=days, usual=usual, fee=Money(found.fee_safe))
    if found.fee_safe is None or found.fee_usual is None:
        per_day = Money(Decimal(100_000) * fee_row.number("rate"))
        name = "declaration.late" if found.limits.agree else "declaration.late_range"
        return line(name, days=days, days_usual=found.days_usual, per_day=per_day, until=found.until)
    values = {"fee": Money(found.fee_safe), "fee_usual": Money(found.fee_usual)}
    name = "declaration.fee" if found.fee_safe == found.fee_usual else "declaration.fee_range"
    if found.fee_safe == 0:
        name = "declaration.fee_none"
    return line(name, days=days, days_usual=found.days_usual, until=found.until, **values)


def _fee_steps(case: ImportDeclaration, found: LateDeclaration, row: Row) -> tuple[Line, ...]:
    """Two steps for each reading by which it is late, the safe one first; without the value one."""
    readings = [(found.limits.safe, found.days_safe, found.fee_safe)]
    if not found.limits.agree:
        readings.append((found.limits.usual, found.days_usual, found.fee_usual))
    steps = []
    for limit, days, fee in readings:
        if not days:
            continue
        steps.append(line("declaration.days_late", ends=limit.ends, until=found.until, days=Count(days, "day")))
        if case.value is not None and fee is not None:
            steps.append(
                line(
                    "declaration.product" if fee else "declaration.product_below",
                    value=Money(case.value),
                    rate=row.number("rate"),
                    days=days,
                    product=Money(case.value * row.number("rate") * days),
                    fee=Money(fee),
                    minimum=Money(row.number("minimum")),
                )
            )
    return tuple(steps)


def _actions(case: ImportDeclaration, found: LateDeclaration) -> tuple[Line, ...]:
    if case.accepted is not None:
        return (line("declaration.do_confirm"),) if found.days_safe else ()
    if found.days_safe == 0:
        return (line("declaration.do_early"),)
    return (line("declaration.do_now"),)
