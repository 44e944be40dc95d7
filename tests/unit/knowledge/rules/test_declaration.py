"""Declaration deadline and late-declaration fee against cases worked by hand. 1 November 2026 is a Sunday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules.calculators.declaration import (
    ImportDeclaration,
    explain_declaration,
    late_declaration,
    late_declaration_fee,
)
from knowledge.rules.calculators.rules import Rules
from knowledge.rules.calculators.two_step import TwoStep, explain_two_step
from knowledge.rules.calendar.working_days import WorkingDays
from knowledge.rules.finding import InputFaultsError
from tests.unit.knowledge.rules.conftest import TODAY

days = st.dates(date(2006, 1, 1), date(2027, 6, 1))


def day(written: str) -> date:
    return date.fromisoformat(written)


@pytest.mark.parametrize(
    ("entered", "safe", "usual"),
    [
        ("2026-11-03", "2026-11-16", "2026-11-17"),  # both weekdays
        ("2026-11-01", "2026-11-16", "2026-11-16"),  # day 14 is Saturday or Sunday: both move to Monday
        ("2026-11-07", "2026-11-20", "2026-11-23"),  # Friday; Saturday moves to Monday
        ("2026-09-17", "2026-09-30", "2026-10-05"),  # day after is National Day: 1 to 3 October, then Sunday
        ("2027-12-18", "2027-12-31", "2028-01-03"),  # over New Year (Saturday) into Monday
        ("2028-02-15", "2028-02-28", "2028-02-29"),  # a leap day
        ("2027-02-15", "2027-03-01", "2027-03-01"),  # no leap day: 28 February is a Sunday
    ],
)
def test_limit_by_both_readings(rules: Rules, entered: str, safe: str, usual: str) -> None:
    found = late_declaration(ImportDeclaration(day(entered)), day(entered), rules)

    assert (found.limits.safe.ends, found.limits.usual.ends) == (day(safe), day(usual))


@pytest.mark.parametrize(
    ("value", "days_late", "fee"),
    [
        ("300000", 8, "1200"),
        ("300000", 0, "0"),
        ("99999", 1, "0"),  # 49.9995: below 50
        ("100000", 1, "50"),  # exactly the threshold is charged
        ("123456", 3, "185"),  # 185.184: parts of a yuan dropped
        ("0.01", 30, "0"),
        ("1000000000", 60, "30000000"),
    ],
)
def test_fee_by_hand(rules: Rules, value: str, days_late: int, fee: str) -> None:
    row = rules.table.need("late_declaration_fee", TODAY)

    assert late_declaration_fee(Decimal(value), days_late, row) == Decimal(fee)


def test_days_late_run_from_the_day_after_the_limit_to_acceptance(rules: Rules) -> None:
    case = ImportDeclaration(day("2026-11-03"), day("2026-11-20"), Decimal(300_000))

    found = late_declaration(case, TODAY, rules)

    assert (found.days_safe, found.fee_safe) == (4, Decimal(600))
    assert (found.days_usual, found.fee_usual) == (3, Decimal(450))


def test_goods_not_declared_are_counted_to_today(rules: Rules) -> None:
    found = late_declaration(ImportDeclaration(day("2026-11-03"), None, Decimal(300_000)), TODAY, rules)

    assert (found.until, found.days_usual) == (TODAY, 5)


@pytest.mark.parametrize(
    ("entered", "accepted", "value", "says"),
    [
        ("2026-11-20", None, None, "还有11天"),
        ("2026-11-01", "2026-11-16", None, "没有逾期"),
        ("2026-11-20", "2026-11-18", None, "提前申报"),
        ("2026-11-03", "2026-11-17", None, "刚好在分界上"),
        ("2026-11-03", "2026-11-17", "1000000", "滞报金500元"),
        ("2026-11-03", "2026-11-20", None, "每10万元完税价格每天收50元"),
        ("2026-11-03", "2026-11-20", "300000", "滞报金最多600元"),
        ("2026-11-03", "2026-11-20", "1000", "不足50元"),
        ("2026-11-01", "2026-11-20", "300000", "滞报金600元"),
    ],
)
def test_the_first_line_answers(rules: Rules, entered: str, accepted: str | None, value: str | None, says: str) -> None:
    case = ImportDeclaration(day(entered), day(accepted) if accepted else None, Decimal(value) if value else None)

    assert says in rules.texts.say(explain_declaration(case, TODAY, rules).answer, "zh-Hans")


def test_after_three_months_the_sale_is_named_first(rules: Rules) -> None:
    finding = explain_declaration(ImportDeclaration(day("2026-08-21")), TODAY, rules)

    assert rules.texts.say(finding.notes[0], "en").startswith("Three months were up on Sat 21 November 2026")


def test_all_faults_are_told_at_once(rules: Rules) -> None:
    case = ImportDeclaration(day("1999-01-01"), day("2031-01-01"), Decimal(0))

    with pytest.raises(InputFaultsError) as raised:
        explain_declaration(case, TODAY, rules)

    assert [slots for _, slots in raised.value.faults] == [("entered",), ("accepted",), ("goods_value",)]


def test_a_known_plan_moves_the_limit_and_silences_the_note(rules: Rules, calendar: WorkingDays) -> None:
    planned = replace(rules, calendar=calendar)

    finding = explain_declaration(ImportDeclaration(day("2030-04-18")), day("2030-04-18"), planned)

    assert "2030-05-06" in str(finding.answer.values["safe"])  # 1 May; 2 to 5 May are free
    assert not any(note.name.startswith("calendar.") for note in finding.notes)


@given(days, st.integers(0, 200), st.integers(1, 10**9))
def test_the_fee_never_falls_as_days_pass(rules: Rules, entered: date, later: int, value: int) -> None:
    def fee(until: date) -> Decimal:
        found = late_declaration(ImportDeclaration(entered, until, Decimal(value)), until, rules)
        assert found.fee_safe is not None
        assert found.fee_usual is not None
        assert found.fee_safe >= found.fee_usual
        return found.fee_safe

    until = entered + timedelta(days=later)
    assert fee(until) <= fee(until + timedelta(days=1))


@given(days)
def test_a_limit_that_moves_never_ends_on_a_rest_day(rules: Rules, entered: date) -> None:
    found = late_declaration(ImportDeclaration(entered), entered, rules).limits

    assert rules.calendar.is_working(found.safe.ends)
    assert rules.calendar.is_working(found.usual.ends)
    assert entered + timedelta(days=13) <= found.safe.ends <= found.usual.ends


def test_two_step_counts_from_entry_and_corrects_the_older_reading(rules: Rules) -> None:
    finding = explain_two_step(TwoStep(day("2026-11-16"), day("2026-11-18")), TODAY, rules)

    assert finding.answer.values["safe"] == day("2026-11-30")  # 29 November is a Sunday
    assert "2 December 2026" in rules.texts.say(finding.notes[0], "en")


def test_two_step_refuses_a_release_before_entry(rules: Rules) -> None:
    with pytest.raises(InputFaultsError) as raised:
        explain_two_step(TwoStep(day("2026-11-16"), day("2026-11-10")), TODAY, rules)

    assert raised.value.faults[0][1] == ("released", "entered")
