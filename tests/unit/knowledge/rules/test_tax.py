"""Tax payment deadline and surcharge against cases worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules.calculators.rules import Rules
from knowledge.rules.calculators.tax import TaxPayment, explain_periodic, explain_tax, late_payment, starts_at_notice
from knowledge.rules.finding import InputFaultsError
from tests.unit.knowledge.rules.conftest import TODAY


def day(written: str) -> date:
    return date.fromisoformat(written)


def test_the_limit_is_fifteen_days_from_the_completed_declaration(rules: Rules) -> None:
    found = late_payment(TaxPayment(day("2026-11-03")), TODAY, rules)

    assert (found.limits.safe.ends, found.limits.usual.ends) == (day("2026-11-17"), day("2026-11-18"))


def test_a_declaration_before_the_tariff_law_counts_from_the_notice(rules: Rules) -> None:
    found = late_payment(TaxPayment(day("2024-11-20"), notice=day("2024-12-02")), TODAY, rules)

    assert found.limits.safe.ends == day("2024-12-16")
    assert found.surcharge_safe is None
    assert [starts_at_notice(day(d), rules) for d in ("2024-11-30", "2024-12-01")] == [True, False]


@pytest.mark.parametrize(
    ("completed", "paid", "tax", "safe", "usual"),
    [
        ("2026-11-03", "2026-11-17", "100000", "0", "0"),
        ("2026-11-03", "2026-11-18", "100000", "50", "0"),
        ("2026-11-03", "2026-11-24", "100000", "350", "300"),
        ("2026-11-03", "2026-11-19", "333.33", "0.33333", "0.166665"),
        ("2028-02-14", "2028-03-01", "20000", "20", "10"),  # day 15 is 28 February, then the leap day
    ],
)
def test_surcharge_by_hand(rules: Rules, completed: str, paid: str, tax: str, safe: str, usual: str) -> None:
    found = late_payment(TaxPayment(day(completed), None, day(paid), Decimal(tax)), day(paid), rules)

    assert (found.surcharge_safe, found.surcharge_usual) == (Decimal(safe), Decimal(usual))


def test_a_last_day_at_the_weekend_is_not_moved_but_told(rules: Rules) -> None:
    finding = explain_tax(TaxPayment(day("2026-11-15")), TODAY, rules)  # day 15 is Sunday 29 November

    assert finding.answer.values["safe"] == day("2026-11-29")
    assert finding.notes[0].name == "tax.rest_day"
    assert finding.notes[0].values["before"] == day("2026-11-27")


def test_both_laws_are_named(rules: Rules) -> None:
    finding = explain_tax(TaxPayment(day("2026-11-15")), TODAY, rules)

    assert any("海关法" in rules.texts.say(note, "zh-Hans") for note in finding.notes)
    assert finding.effective_from == day("2024-12-01")


def test_all_faults_are_told_at_once(rules: Rules) -> None:
    case = TaxPayment(day("1990-01-01"), day("1989-01-01"), day("2040-01-01"), Decimal(0))

    with pytest.raises(InputFaultsError) as raised:
        explain_tax(case, TODAY, rules)

    assert [slots[0] for _, slots in raised.value.faults] == ["completed", "paid", "notice", "tax", "notice"]


@given(st.integers(0, 400), st.decimals(Decimal("0.01"), 10**9, places=2))
def test_the_surcharge_never_falls_as_days_pass(rules: Rules, later: int, tax: Decimal) -> None:
    completed = day("2025-03-01")

    def surcharge(paid: date) -> Decimal:
        found = late_payment(TaxPayment(completed, None, paid, tax), paid, rules)
        assert found.surcharge_safe is not None
        return found.surcharge_safe

    paid = completed + timedelta(days=later)
    assert surcharge(paid) <= surcharge(paid + timedelta(days=1))


@pytest.mark.parametrize(
    ("completed", "due"),
    [
        ("2026-09-28", "2026-10-09"),  # 1 and 2 October are holidays: 5, 6, 7, 8, 9
        ("2026-10-31", "2026-11-06"),
        ("2026-12-01", "2027-01-08"),  # New Year is a Friday: 4 to 8 January
    ],
)
def test_periodic_payment_ends_on_the_fifth_working_day(rules: Rules, completed: str, due: str) -> None:
    assert explain_periodic(day(completed), TODAY, rules).answer.values["due"] == day(due)


def test_periodic_payment_before_the_tariff_law_is_not_known(rules: Rules) -> None:
    with pytest.raises(InputFaultsError):
        explain_periodic(day("2024-11-30"), TODAY, rules)
