"""Cash over the border: what the mainland asks on the way in and out, and what Hong Kong and Macao ask on arrival.

RMB 20,000 each crossing (CA-01); foreign cash by its worth in US dollars (CA-03 to CA-09), where Hong Kong dollars and
patacas count as foreign (CA-10, unverified). No exchange rates are held: the person gives the worth in US dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.calculators.rules import Rules
from knowledge.rules.finding import Finding, founded
from knowledge.rules.said import Line, Money, line
from knowledge.rules.tables import Row


@dataclass(frozen=True, slots=True)
class Cash:
    """direction: in, out (of the mainland). other_side: hk, macao, elsewhere. amount: what is carried, one currency.

    usd: its worth in US dollars, None where it is not known. exits: first, again_15_days, again_same_day (only matters on
    the way out). brought_in: US dollars declared at the last entry, None where nothing was.
    """

    direction: str
    other_side: str
    amount: Money
    usd: Decimal | None = None
    exits: str = "first"
    brought_in: Decimal | None = None


def explain_cash(case: Cash, on: date, rules: Rules) -> Finding:
    """What is allowed, what is declared, on both sides."""
    rows: list[Row] = []
    if case.amount.currency == "CNY":
        rows.append(rules.table.need("cash_rmb", on))
        answer, steps = _rmb(case, rows[0])
    elif case.direction == "in":
        rows.append(rules.table.need("cash_foreign_in", on))
        answer, steps = _foreign_in(case, rows[0])
    else:
        rows.append(rules.table.need("cash_foreign_out", on))
        answer, steps = _foreign_out(case, rows[0])
    side, side_rows = _other_side(case, on, rules)
    local = case.amount.currency in ("HKD", "MOP")
    return Finding(
        answer=answer,
        founding=founded(
            [*rows, *side_rows], facts=[*(["CA-10"] if local else []), *(["HK-17"] if side_rows else []), "CA-12"]
        ),
        steps=(*steps, *side),
        notes=((line("cash.local_is_foreign"),) if local else ()) + (line("cash.truth"),),
        actions=(line("cash.do"),),
        details=(line("cash.stale"), line("cash.not_cash"), line("cash.split")),
        entries=("cash-both-sides", "cash-undeclared-penalty"),
    )


def _rmb(case: Cash, row: Row) -> tuple[Line, list[Line]]:
    limit = Money(row.number("limit"))
    over = case.amount.amount > limit.amount
    name = "cash.rmb_over" if over else "cash.rmb_within"
    excess = Money(max(Decimal(0), case.amount.amount - limit.amount))
    return line(name, amount=case.amount, limit=limit, excess=excess), [line("cash.rmb_step", limit=limit)]


def _foreign_in(case: Cash, row: Row) -> tuple[Line, list[Line]]:
    limit = Money(row.number("declare_above"), "USD")
    usd = _usd(case)
    step = [line("cash.in_step", limit=limit)]
    if usd is None:
        return line("cash.in_unknown", amount=case.amount, limit=limit), step
    name = "cash.in_declare" if usd > limit.amount else "cash.in_free"
    return line(name, amount=case.amount, limit=limit), step


def _foreign_out(case: Cash, row: Row) -> tuple[Line, list[Line]]:
    free = Money(row.number("free" if case.exits == "first" else case.exits), "USD")
    permit = Money(row.number("permit"), "USD")
    usd = _usd(case)
    steps = [line(f"cash.out_step_{case.exits}", free=free, permit=permit)]
    values = {"amount": case.amount, "free": free, "permit": permit}
    if usd is None:
        return line("cash.out_unknown", **values), steps
    if usd <= free.amount:
        return line("cash.out_free", **values), steps
    if case.brought_in is not None and usd <= case.brought_in:
        steps.append(line("cash.out_declared_step", brought=Money(case.brought_in, "USD")))
        return line("cash.out_declared", **values), steps
    if case.exits != "first":
        return line("cash.out_again_over", **values), steps
    return line("cash.out_permit" if usd <= permit.amount else "cash.out_special", **values), steps


def _usd(case: Cash) -> Decimal | None:
    return case.amount.amount if case.amount.currency == "USD" else case.usd


def _other_side(case: Cash, on: date, rules: Rules) -> tuple[list[Line], list[Row]]:
    """What the other side asks of somebody who arrives there; who leaves it discloses when asked."""
    if case.other_side not in ("hk", "macao"):
        return [], []
    hong_kong = case.other_side == "hk"
    row = rules.table.need("cash_hong_kong" if hong_kong else "cash_macao", on)
    currency = "HKD" if hong_kong else "MOP"
    limit = Money(row.number("declare_above" if hong_kong else "declare_from"), currency)
    if case.direction == "in":
        return [line(f"cash.{case.other_side}_leaving", limit=limit)], [row]
    if case.amount.currency != currency:
        return [line(f"cash.{case.other_side}_arriving", limit=limit)], [row]
    above = case.amount.amount > limit.amount if hong_kong else case.amount.amount >= limit.amount
    return [line(f"cash.{case.other_side}_{'declare' if above else 'free'}", limit=limit)], [row]
