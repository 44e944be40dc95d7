from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.load import KnowledgeError
from knowledge.rules.calendar.working_days import Known, WorkingDays, add_months, read_working_days
from tests.unit.knowledge.conftest import PACKAGE

SHIPPED = read_working_days(PACKAGE / "rules" / "calendar" / "days.yaml")


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2030-04-28", True),  # a Sunday that is worked
        ("2030-05-01", False),
        ("2030-05-03", False),  # a Friday off by the plan
        ("2030-05-04", False),
        ("2030-05-06", True),
        ("2030-05-11", True),  # a Saturday that is worked
        ("2029-01-01", False),
        ("2029-05-01", True),  # the made-up calendar knows only New Year outside 2030
        ("2024-01-01", True),  # before the rule: a Monday like any other, as far as is known
    ],
)
def test_a_day_is_worked_by_the_plan_else_by_week_and_fixed_holidays(
    calendar: WorkingDays, day: str, working: bool
) -> None:
    assert calendar.is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize("day", ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"])
def test_each_fixed_holiday_is_free_since_2025(day: str) -> None:
    assert not SHIPPED.is_working(date.fromisoformat(f"2026-{day}"))
    assert SHIPPED.holiday(date.fromisoformat(f"2031-{day}")) is not None
    assert SHIPPED.holiday(date.fromisoformat(f"2024-{day}")) is None


def test_six_holidays_have_a_fixed_day() -> None:
    assert len(SHIPPED.fixed) == 6


def test_how_much_is_known_of_a_year_is_told(calendar: WorkingDays) -> None:
    assert [calendar.known(year) for year in (2024, 2026, 2030)] == [
        Known.WEEKENDS,
        Known.FIXED_HOLIDAYS,
        Known.PLAN,
    ]


def test_a_limit_moves_over_a_long_holiday(calendar: WorkingDays) -> None:
    assert calendar.on_or_after(date(2030, 5, 1)) == date(2030, 5, 6)
    assert calendar.on_or_before(date(2030, 5, 5)) == date(2030, 4, 30)
    assert calendar.nth_of_month(2030, 5, 1) == date(2030, 5, 6)
    assert calendar.nth_of_month(2030, 5, 6) == date(2030, 5, 11)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_the_next_working_day_is_worked_and_nothing_between_is(day: date) -> None:
    found = SHIPPED.on_or_after(day)

    assert SHIPPED.is_working(found)
    assert not any(SHIPPED.is_working(day + timedelta(days=n)) for n in range((found - day).days))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
    ],
)
def test_months_are_added_up_to_the_end_of_the_month(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_all_faults_of_a_plan_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "days.yaml"
    path.write_text(
        'fixed: [{day: "13-40", from: 2025-01-01, to: null, name: {zh-Hans: 甲, en: A}}]\n'
        'years: [{year: "2026", rest: ["2026-10-04", "2027-01-01"], working: ["2026-10-05", "soon"], sources: [L17]}]\n',
        encoding="utf-8",
    )

    with pytest.raises(KnowledgeError) as raised:
        read_working_days(path)

    text = str(raised.value)
    for fault in (
        "MM-DD",
        "2026-10-04 is a weekend day",
        "2027-01-01 is not in 2026",
        "2026-10-05 is a weekday",
        "soon",
    ):
        assert fault in text
