"""What is read, and what becomes of each offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reminders.model import ReminderState, plan
from bot.reminders.reading import Deadline, OwnReminder, read_reminder

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "提醒我14天内申报, 船11月20日到",
        "提醒我14天內申報，船11月20日到",
        "remind me to declare within 14 days, the ship arrived 2026-11-20",
        "remind me to declare, the vessel arrived on 20 November",
    ],
)
def test_a_deadline_is_counted_the_safe_way(text: str) -> None:
    asked = read_reminder(text, NOW, SHANGHAI)

    # 20 November is day 1, so 3 December is day 14 and ends at midnight.
    assert asked == Deadline(date(2026, 11, 20), datetime(2026, 12, 4, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("text", "at", "name"),
    [
        ("提醒我12月1日9点交证书", datetime(2026, 12, 1, 9, tzinfo=SHANGHAI), "交证书"),
        ("12月1日下午3点半提醒我交证书", datetime(2026, 12, 1, 15, 30, tzinfo=SHANGHAI), "交证书"),
        (
            "remind me on 2026-12-01 at 9am to renew the permit",
            datetime(2026, 12, 1, 9, tzinfo=SHANGHAI),
            "renew the permit",
        ),
        ("remind me on Jan 5 to renew the permit", datetime(2027, 1, 5, 9, tzinfo=SHANGHAI), "renew the permit"),
    ],
)
def test_an_own_reminder_has_a_moment_and_a_name(text: str, at: datetime, name: str) -> None:
    assert read_reminder(text, NOW, SHANGHAI) == OwnReminder(at, name)


@pytest.mark.parametrize(
    "text",
    ["提醒我", "进口申报期限是几天", "remind me later", "提醒我2月30日交证书", "提醒设置", "船11月20日到，几天内申报"],
)
def test_a_question_is_no_reminder(text: str) -> None:
    assert read_reminder(text, NOW, SHANGHAI) is None


def test_what_has_gone_by_is_made_up_for_by_the_last_one_alone() -> None:
    days = [timedelta(days=30), timedelta(days=7), timedelta(days=1)]

    states = [part.state for part in plan(NOW + timedelta(days=3), days, NOW)]
    assert states == [ReminderState.DROPPED, ReminderState.WAITING, ReminderState.WAITING]


@given(st.lists(st.integers(0, 100), max_size=6), st.integers(-100, 200))
def test_a_plan_names_each_offset_once_and_reminds_of_no_past_date(days: list[int], ahead: int) -> None:
    at = NOW + timedelta(days=ahead)
    planned = plan(at, [timedelta(days=number) for number in days], NOW)
    waiting = [part for part in planned if part.state is ReminderState.WAITING]

    assert sorted(part.offset.days for part in planned) == sorted(set(days))
    assert sum(part.due_at <= NOW for part in waiting) <= 1
    assert not waiting or at > NOW
    assert ahead <= 0 or not days or waiting
