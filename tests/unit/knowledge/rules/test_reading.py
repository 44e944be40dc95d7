from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules.fields import hear
from knowledge.rules.reading.amounts import find_amounts
from knowledge.rules.reading.dates import find_days, find_times
from knowledge.rules.reading.found import chinese_number, fold
from knowledge.rules.said import Money

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-03-01", ["2026-03-01"]),
        ("２０２６年３月１日", ["2026-03-01"]),
        ("2026/3/1 and 2026.3.2", ["2026-03-01", "2026-03-02"]),
        ("20261103到港", ["2026-11-03"]),
        ("船3月1日到，3月20日報關", ["2026-03-01", "2026-03-20"]),
        ("12月5日", ["2026-12-05"]),
        ("二月三日", ["2026-02-03"]),
        ("去年12月1日", ["2025-12-01"]),
        ("上月28日", ["2026-10-28"]),
        ("上個月28號", ["2026-10-28"]),
        ("下月1号", ["2026-12-01"]),
        ("last Tuesday", ["2026-11-17"]),
        ("next Tuesday", ["2026-11-24"]),
        ("上周二", ["2026-11-10"]),
        ("下星期日", ["2026-11-29"]),
        ("三天前", ["2026-11-19"]),
        ("3 days ago", ["2026-11-19"]),
        ("two weeks ago", ["2026-11-08"]),
        ("10天后", ["2026-12-02"]),
        ("in 3 days", ["2026-11-25"]),
        ("尋日到港", ["2026-11-21"]),
        ("昨天", ["2026-11-21"]),
        ("the day after tomorrow", ["2026-11-24"]),
        ("1 March", ["2026-03-01"]),
        ("March 1st, 2025", ["2025-03-01"]),
        ("the 2nd of October 2025", ["2025-10-02"]),
        ("30 February 2026", ["2026-02-30"]),
        ("2月30日", ["2026-02-30"]),
        ("29 Feb 2028", ["2028-02-29"]),
        ("28号", []),
        ("sunday", []),
        ("may I bring it", []),
        ("3/5", []),
        ("HS 8471300000", []),
        ("14天内", []),
    ],
)
def test_days(text: str, days: list[str]) -> None:
    assert [str(found.value) for found in find_days(fold(text), TODAY)] == days


@pytest.mark.parametrize(
    ("text", "day"), [("28号", "2026-11-28"), ("2号", "2026-12-02"), ("周五", "2026-11-20"), ("Monday", "2026-11-23")]
)
def test_bare_days_answer_a_question(text: str, day: str) -> None:
    assert [str(found.value) for found in find_days(fold(text), TODAY, bare=True)] == [day]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("周日10:00", [time(10)]),
        ("下午3点半", [time(15, 30)]),
        ("3 pm", [time(15)]),
        ("12 am", [time(0)]),
        ("12:30 pm", [time(12, 30)]),
        ("晚上八点", [time(20)]),
        ("25:00", []),
        ("三天", []),
    ],
)
def test_times(text: str, times: list[time]) -> None:
    assert [found.value for found in find_times(fold(text))] == times


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("货值30万", [Decimal(300_000)]),
        ("三万五人民幣", [Money(Decimal(35_000), "CNY")]),
        ("US$8,000", [Money(Decimal(8000), "USD")]),
        ("８０００美金", [Money(Decimal(8000), "USD")]),
        ("港幣800元", [Money(Decimal(800), "HKD")]),
        ("HK$150,000", [Money(Decimal(150_000), "HKD")]),
        ("1.5 million yuan", [Money(Decimal(1_500_000), "CNY")]),
        ("two thousand dollars", [Money(Decimal(2000), "USD")]),
        ("15万蚊", [Money(Decimal(150_000), "HKD")]),
        ("12萬澳門元", [Money(Decimal(120_000), "MOP")]),
        ("20k rmb", [Money(Decimal(20_000), "CNY")]),
        ("-5 yuan", [Money(Decimal(-5), "CNY")]),
        ("20%", []),
        ("18岁", []),
        ("一起去", []),
    ],
)
def test_amounts(text: str, amounts: list[Money | Decimal]) -> None:
    assert [found.value for found in find_amounts(fold(text)) if found.value != 1] == amounts


def test_the_number_of_a_day_is_no_amount() -> None:
    heard = hear(fold("3月1日到港，货值30万"), TODAY, bare_days=False)

    assert [found.value for found in heard.amounts] == [Decimal(300_000)]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("十", 10),
        ("二十八", 28),
        ("两千五", 2500),
        ("三万五", 35_000),
        ("二百零五", 205),
        ("一百一十", 110),
        ("二〇二六", 2026),
    ],
)
def test_chinese_numbers(written: str, number: int) -> None:
    assert chinese_number(written) == number


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_full_day_is_read_back_in_every_form(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day.day} {day:%B} {day.year}",
    ):
        assert [found.value for found in find_days(fold(text), TODAY)] == [day]


@given(st.text(max_size=80))
def test_any_text_can_be_heard(text: str) -> None:
    hear(fold(text), TODAY, bare_days=True)
