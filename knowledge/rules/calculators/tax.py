"""Until when tax is paid, and what paying late costs (滞纳金).

The Tariff Law counts 15 days from the completed declaration (TAX-01, since 2024-12-01); the Customs Law still says from the
payment notice (TAX-02). Declarations from before that day are counted by the older words. No source that was read says
whether the last day moves over rest days, so it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.calculators.limits import Limits, limit_steps, limits
from knowledge.rules.calculators.rules import CALENDAR_SOURCE, Rules, calendar_notes
from knowledge.rules.calendar.working_days import add_months
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, Line, Money, PlainDay, line
from knowledge.rules.tables import Row

EARLIEST = date(2001, 1, 1)


@dataclass(frozen=True, slots=True)
class TaxPayment:
    """completed: the declaration was completed. notice: the payment notice was issued, only for declarations before the

    Tariff Law. paid: None while unpaid. tax: yuan, None where it is not known.
    """

    completed: date
    notice: date | None = None
    paid: date | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LatePayment:
    """until: payment, else today. surcharge_…: yuan to the cent, None where tax or rate are not known."""

    limits: Limits
    start: date
    until: date
    days_safe: int
    days_usual: int
    surcharge_safe: Decimal | None
    surcharge_usual: Decimal | None


def starts_at_notice(completed: date, rules: Rules) -> bool:
    """Whether a declaration is so old that its limit counts from the payment notice."""
    return rules.table.need("tax_payment_limit", completed).values["start"] == "notice"


def late_payment(case: TaxPayment, on: date, rules: Rules) -> LatePayment:
    """Work out limit and surcharge. Raises InputFaultsError."""
    check = Check()
    check.day(case.completed, "completed", on, earliest=EARLIEST)
    check.day(case.paid, "paid", on, earliest=EARLIEST)
    check.day(case.notice, "notice", on, earliest=EARLIEST)
    check.refuse(case.tax is not None and case.tax <= 0, line("fault.zero"), "tax")
    early = case.notice is not None and case.notice < case.completed
    check.refuse(early, line("tax.notice_early"), "notice", "completed")
    check.done()
    row = rules.table.need("tax_payment_limit", case.completed)
    start = case.notice if row.values["start"] == "notice" and case.notice is not None else case.completed
    found = limits(start, row.whole("days"), None)
    until = case.paid or on
    days_safe, days_usual = found.safe.days_late(until), found.usual.days_late(until)
    rate = rules.table.find("late_payment_surcharge", case.completed)
    return LatePayment(
        limits=found,
        start=start,
        until=until,
        days_safe=days_safe,
        days_usual=days_usual,
        surcharge_safe=_surcharge(case.tax, days_safe, rate),
        surcharge_usual=_surcharge(case.tax, days_usual, rate),
    )


def _surcharge(tax: Decimal | None, days: int, row: Row | None) -> Decimal | None:
    """unpaid tax × rate × days (TAX-05); how customs rounds it no source says, so it stays exact."""
    return None if tax is None or row is None else tax * row.number("rate") * days


def explain_tax(case: TaxPayment, on: date, rules: Rules) -> Finding:
    """Limit and surcharge with every step. Raises InputFaultsError."""
    found = late_payment(case, on, rules)
    row = rules.table.need("tax_payment_limit", case.completed)
    rate = rules.table.find("late_payment_surcharge", case.completed)
    old = row.values["start"] == "notice"
    late = found.days_safe > 0
    safe = found.limits.safe.last
    steps = (
        line("tax.start_notice" if old else "tax.start", start=found.start),
        *limit_steps(found.limits, row.whole("days")),
    )
    late_steps = _surcharge_steps(case, found, rate) if rate is not None else ()
    notes = [line("limit.unclear"), line("tax.two_laws_old" if old else "tax.two_laws")]
    if not rules.calendar.is_working(safe):
        notes.insert(0, line("tax.rest_day", before=rules.calendar.on_or_before(safe)))
    if late and rate is None:
        notes.insert(0, line("tax.rate_unknown"))
    return Finding(
        answer=_answer(case, found, on, known=rate is not None),
        steps=steps + late_steps[:2],
        notes=(*notes, *calendar_notes(rules.calendar, [safe])),
        actions=(line("tax.do_now"),) if late and case.paid is None else (line("tax.do_early"),) if not late else (),
        details=(*late_steps[2:], line("tax.not_fee"), line("tax.rounding"), line("tax.deferred")),
        founding=founded(
            [row, *([rate] if rate is not None else [])],
            facts=["TAX-02", "TAX-04", "BKG-16"],
            sources=[CALENDAR_SOURCE],
        ),
        effective_from=row.valid_from,
        effective_to=row.valid_to,
        entries=("late-payment-surcharge", "tax-deferred-payment") if late else ("tax-payment-deadline",),
    )


def _answer(case: TaxPayment, found: LatePayment, on: date, *, known: bool) -> Line:
    safe, usual = found.limits.safe.ends, found.limits.usual.ends
    if not found.days_safe:
        if case.paid is not None:
            return line("tax.in_time", paid=case.paid, safe=safe)
        return line("tax.due", safe=safe, usual=usual, left=Count((safe - on).days, "day"))
    days = Count(found.days_safe, "day")
    if found.surcharge_safe is None or found.surcharge_usual is None:
        per_day = Money(Decimal(50))
        return line("tax.late" if known else "tax.late_unknown_rate", days=days, until=found.until, per_day=per_day)
    amounts = {"surcharge": Money(found.surcharge_safe), "surcharge_usual": Money(found.surcharge_usual)}
    return line("tax.surcharge", days=days, until=found.until, days_usual=found.days_usual, **amounts)


def _surcharge_steps(case: TaxPayment, found: LatePayment, row: Row) -> tuple[Line, ...]:
    steps = []
    readings = (
        (found.limits.safe, found.days_safe, found.surcharge_safe),
        (found.limits.usual, found.days_usual, found.surcharge_usual),
    )
    for limit, days, surcharge in readings:
        if not days:
            continue
        steps.append(line("tax.days_late", ends=limit.ends, until=found.until, days=Count(days, "day")))
        if case.tax is not None and surcharge is not None:
            rate = row.number("rate")
            steps.append(line("tax.product", tax=Money(case.tax), rate=rate, days=days, surcharge=Money(surcharge)))
    return tuple(steps)


def explain_periodic(completed: date, on: date, rules: Rules) -> Finding:
    """The end of the 5th working day of the month after (汇总征税, TAX-03). Raises InputFaultsError."""
    row = rules.table.find("periodic_payment", completed)
    check = Check()
    check.day(completed, "completed", on, earliest=date(2024, 12, 1))
    check.done()
    if row is None:
        raise LookupError(completed)
    following = add_months(completed.replace(day=1), 1)
    due = rules.calendar.nth_of_month(following.year, following.month, row.whole("working_day"))
    return Finding(
        answer=line("periodic.due" if on <= due else "periodic.passed", due=due),
        steps=(
            line("periodic.month", completed=completed, month=PlainDay(following)),
            line("periodic.first", first=rules.calendar.on_or_after(following)),
            line("periodic.fifth", due=due),
        ),
        notes=(line("periodic.who"), *calendar_notes(rules.calendar, [due])),
        actions=(line("periodic.do"),),
        founding=founded([row], facts=["TAX-18", "BKG-16"], sources=[CALENDAR_SOURCE]),
        effective_from=row.valid_from,
        entries=("tax-periodic-payment", "customs-guarantee"),
    )
