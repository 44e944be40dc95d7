"""Time limits of complaints and how often they were kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.model import LANGUAGES
from bot.desks.complaints.html import fault_text, promises_html, report_form_html
from bot.desks.complaints.model import (
    MACHINE,
    Kind,
    State,
    is_estimate,
    last_day_for_review,
    limit,
    tally,
    working_day_after,
)
from bot.desks.complaints.service import Intake, faults_of
from bot.desks.complaints.words import load_complaint_words
from bot.errors import InvalidInputError
from bot.settings import REPOSITORY
from knowledge.load import load_knowledge
from knowledge.rules.calendar.working_days import read_working_days

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = read_working_days(REPOSITORY / "knowledge" / "rules" / "calendar" / "days.yaml")
WORDS = load_complaint_words(ZONE)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS, st.integers(1, 40))
def test_limit_is_the_end_of_a_working_day_with_so_many_before_it(begun_at: datetime, days: int) -> None:
    end = limit(CALENDAR, begun_at, days, ZONE).astimezone(ZONE)
    first = begun_at.astimezone(ZONE).date()
    between = [first + timedelta(days=step) for step in range(1, (end.date() - first).days + 1)]

    assert sum(CALENDAR.is_working(day) for day in between) == days
    assert CALENDAR.is_working(end.date())
    assert (end.hour, end.minute, end.second) == (23, 59, 59)


def test_days_of_a_weekend_and_a_holiday_do_not_count() -> None:
    assert working_day_after(CALENDAR, date(2026, 11, 20), 1) == date(2026, 11, 23)  # Friday
    assert working_day_after(CALENDAR, date(2026, 12, 31), 1) == date(2027, 1, 4)  # New Year's Day is a Friday
    assert is_estimate(CALENDAR, datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))


def test_review_is_counted_from_the_day_after_the_decision_became_known() -> None:
    assert last_day_for_review(date(2026, 11, 3)) == date(2027, 1, 2)


def test_withdrawn_states_are_left_by_nothing_and_reopening_comes_once_from_an_answer() -> None:
    assert MACHINE.final == {State.CLOSED, State.WITHDRAWN, State.REFERRED}
    assert MACHINE.before(State.REOPENED) == {State.ANSWERED}


@given(st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=30), MOMENTS)
def test_month_counts_each_limit_once_and_open_ones_only_when_overdue(
    pairs: list[tuple[datetime, datetime | None]], now: datetime
) -> None:
    found = tally(Kind.ENQUIRY, "answer", pairs, now, ZONE)

    assert sum(one.due for one in found) == sum(done is not None or due < now for due, done in pairs)
    assert sum(one.kept for one in found) == sum(done is not None and done <= due for due, done in pairs)
    assert [one.month for one in found] == sorted({one.month for one in found}, reverse=True)


def test_all_that_is_wrong_with_what_is_sent_is_said_at_once() -> None:
    intake = Intake(Kind.REVIEW, "  ", "en", "x" * 300, None, ["f"] * 9)

    assert {fault.where for fault in faults_of(intake, date(2026, 11, 22))} == {"text", "about", "files", "known_on"}
    future = Intake(Kind.REVIEW, "a", "en", known_on=date(2026, 11, 23))
    assert [fault.code for fault in faults_of(future, date(2026, 11, 22))] == ["future"]


def test_rules_name_sources_that_there_are_and_only_a_report_may_be_anonymous() -> None:
    knowledge = load_knowledge(REPOSITORY / "knowledge")
    named = [source for rule in WORDS.rules.values() for source in rule.sources if not source.startswith("SVC")]

    assert named
    assert set(named) <= set(knowledge.sources)
    assert [kind for kind, rule in WORDS.rules.items() if rule.anonymous] == [Kind.REPORT]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_show_what_was_typed_as_text_in_each_language(language: str) -> None:
    page = report_form_html(WORDS, language, "/report", "<script>x</script>", '"><b>', "wrong")  # type: ignore[arg-type]

    assert "<script>" not in page
    assert "<b>" not in page
    assert promises_html(WORDS, [], language).count("<h2>") == 10  # type: ignore[arg-type]
    faults = faults_of(Intake(Kind.REPORT, "", "en", "x" * 300), date(2026, 11, 22))
    assert len(fault_text(InvalidInputError(faults), language)) > 10  # type: ignore[arg-type]
