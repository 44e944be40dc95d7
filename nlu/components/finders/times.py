"""Days and times of day in Chinese and English, absolute or relative to a day of reference; local to the port, no zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from components.finders.found import Found

_RELATIVE_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0, "当天": 0, "明天": 1, "明日": 1,
    "明早": 1, "明晚": 1, "听日": 1, "大后天": 3, "后天": 2, "day before yesterday": -2, "yesterday": -1, "today": 0, "tonight": 0,
    "day after tomorrow": 2, "tomorrow": 1,
}  # fmt: skip
_DAY_PARTS_INSIDE = {"今晚": "晚", "明晚": "晚", "今早": "早", "明早": "早", "tonight": "pm"}
_HAN_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六")} | {"日": 6, "天": 6}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HAN_NUMBERS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"


class _Day(NamedTuple):
    start: int
    end: int
    day: date
    part: str


class _Clock(NamedTuple):
    start: int
    end: int
    hour: int
    minute: int
    sure: bool
    part: str


def find_times(text: str, today: date) -> Iterator[Found]:
    """`date` (YYYY-MM-DD), `time_of_day` (HH:MM) and `datetime` (YYYY-MM-DDTHH:MM) in a folded text.

    today: the day that "tomorrow" is counted from. A day and a time that stand beside each other make one datetime.
    """
    days = _longest(list(_days(text, today)))
    for day in days:
        clock = _clock_beside(text, day)
        if clock is None:
            yield Found("date", day.start, day.end, day.day.isoformat())
        else:
            hour = _hour_of_day(clock.hour, clock.part or day.part)
            value = f"{day.day.isoformat()}T{hour:02d}:{clock.minute:02d}"
            yield Found("datetime", min(day.start, clock.start), max(day.end, clock.end), value)
    for clock in _clocks(text):
        # A time inside a datetime is dropped by the caller, which keeps the longest of what overlaps.
        if clock.sure:
            value = f"{_hour_of_day(clock.hour, clock.part):02d}:{clock.minute:02d}"
            yield Found("time_of_day", clock.start, clock.end, value)


def _days(text: str, today: date) -> Iterator[_Day]:
    for pattern, resolve in _DAY_RULES:
        for match in pattern.finditer(text):
            day = resolve(match, today)
            if day is not None:
                yield _Day(match.start(), match.end(), day, _DAY_PARTS_INSIDE.get(match.group(), ""))


def _longest(days: list[_Day]) -> list[_Day]:
    kept: list[_Day] = []
    for day in sorted(days, key=lambda d: (d.start - d.end, d.start)):
        if all(day.end <= other.start or other.end <= day.start for other in kept):
            kept.append(day)
    return sorted(kept)


def _named(match: re.Match[str], today: date) -> date | None:
    return today + timedelta(days=_RELATIVE_DAYS[match.group()])


def _full(match: re.Match[str], today: date) -> date | None:
    return _valid(int(match["year"]), int(match["month"]), int(match["day"]))


def _month_and_day(match: re.Match[str], today: date) -> date | None:
    return _nearest(today, int(match["month"]), int(match["day"]))


def _english_month(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS.index(match["month"]) + 1
    year = match["year"]
    return _valid(int(year), month, int(match["day"])) if year else _nearest(today, month, int(match["day"]))


def _han_weekday(match: re.Match[str], today: date) -> date | None:
    weeks = match["which"].count("下") - match["which"].count("上")
    return _weekday(today, _HAN_WEEKDAYS[match["weekday"]], weeks, bare=not match["which"])


def _english_weekday(match: re.Match[str], today: date) -> date | None:
    which = match["which"] or ""
    weeks = {"next": 1, "last": -1}.get(which, 0)
    return _weekday(today, _WEEKDAYS.index(match["weekday"]), weeks, bare=which in ("", "on", "coming"))


def _in_days(match: re.Match[str], today: date) -> date | None:
    number = match["number"]
    count = _HAN_NUMBERS[number] if number in _HAN_NUMBERS else int(number)
    days = count * (7 if match["unit"] in ("周", "星期", "礼拜", "week") else 1)
    return today + timedelta(days=-days if match["back"] else days) if days <= 3660 else None


_DAY_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (re.compile("|".join(sorted(_RELATIVE_DAYS, key=len, reverse=True))), _named),
    (
        re.compile(r"(?<!\d)(?P<year>20\d\d)(?:年|[-/.])(?P<month>\d{1,2})(?:月|[-/.])(?P<day>\d{1,2})(?!\d)[日号]?"),
        _full,
    ),
    (re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<day>\d{1,2})(?!\d)[日号]?"), _month_and_day),
    (
        re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?P<year>20\d\d))?(?![a-z0-9])"),
        _english_month,
    ),
    (
        re.compile(rf"(?<![a-z]){_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<year>20\d\d))?(?![a-z0-9])"),
        _english_month,
    ),
    (
        re.compile(r"(?P<which>下下|上上|下|上|这|本|)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])(?![年月])"),
        _han_weekday,
    ),
    (
        re.compile(rf"(?<![a-z])(?:(?P<which>next|this|last|coming|on) )?(?P<weekday>{'|'.join(_WEEKDAYS)})(?![a-z])"),
        _english_weekday,
    ),
    (
        re.compile(
            r"(?P<number>\d{1,3}|[一二两三四五六七八九十])(?:个)?(?P<unit>天|日|周|星期|礼拜)(?:以?后|之后)(?P<back>)"
        ),
        _in_days,
    ),
    (
        re.compile(
            r"(?P<number>\d{1,3}|[一二两三四五六七八九十])(?:个)?(?P<unit>天|日|周|星期|礼拜)(?P<back>以?前|之前)"
        ),
        _in_days,
    ),
    (re.compile(r"(?<![a-z])in (?P<number>\d{1,3}) (?P<unit>day|week)s?(?![a-z])(?P<back>)"), _in_days),
    (re.compile(r"(?<!\d)(?P<number>\d{1,3}) (?P<unit>day|week)s? (?P<back>ago)(?![a-z])"), _in_days),
)


def _weekday(today: date, weekday: int, weeks: int, *, bare: bool) -> date:
    day = today + timedelta(days=weekday - today.weekday() + 7 * weeks)
    # "Monday" said on a Tuesday means the coming one.
    return day + timedelta(days=7) if bare and day < today else day


def _nearest(today: date, month: int, day: int) -> date | None:
    """The date without a year that lies nearest; people speak of last month's and of next month's."""
    candidates = [_valid(today.year + offset, month, day) for offset in (-1, 0, 1)]
    return min((c for c in candidates if c), key=lambda c: abs((c - today).days), default=None)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_HAN_CLOCK = re.compile(
    r"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|(?<![今明])[晚早])?的?"
    r"(?P<hour>\d{1,2}|十[一二]?|二十[一二三四]?|[一二两三四五六七八九])(?:点(?P<oclock>钟|整)?|时(?!间|候|效|限|段|长|内|以|预|通|服|营|开)|:(?=\d\d))"
    r"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>[0-5]\d|\d(?=分))(?!\d)分?)?"
)
_ENGLISH_CLOCK = re.compile(
    r"(?<![\d:.,a-z])(?:at )?(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))?\s?(?P<part>a\.?m\b|p\.?m\b|o'?clock\b)|"
    r"(?<![\d:.,a-z])(?:at )?(?P<hour24>[01]?\d|2[0-4]):(?P<minute24>[0-5]\d)(?![\d:])|(?<![a-z])(?:at )?(?P<word>noon|midnight)(?![a-z])"
)


def _clocks(text: str) -> list[_Clock]:
    """Times of day, none overlapping another: of "9:30 pm" and "9:30" the longer stands."""
    kept: list[_Clock] = []
    for clock in sorted(_all_clocks(text), key=lambda c: (c.start - c.end, c.start)):
        if all(clock.end <= other.start or other.end <= clock.start for other in kept):
            kept.append(clock)
    return sorted(kept)


def _all_clocks(text: str) -> Iterator[_Clock]:
    for match in _HAN_CLOCK.finditer(text):
        clock = _han_clock(match)
        if clock is not None:
            yield clock
    for match in _ENGLISH_CLOCK.finditer(text):
        hour = 12 if match["word"] == "noon" else 0 if match["word"] else int(match["hour"] or match["hour24"])
        minute = int(match["minute"] or match["minute24"] or 0)
        part = (match["part"] or "").replace(".", "")
        if hour <= 24:
            yield _Clock(match.start(), match.end(), hour, minute, sure=True, part=part if part in ("am", "pm") else "")


def _han_clock(match: re.Match[str]) -> _Clock | None:
    hour = int(match["hour"]) if match["hour"].isdigit() else _han_number(match["hour"])
    if hour > 24:
        return None
    minute = (
        30 if match["half"] else 15 * _HAN_NUMBERS[match["quarter"]] if match["quarter"] else int(match["minute"] or 0)
    )
    # 一点 is also "a little", 三点 "three points": one Han numeral counts only with a part of the day, a half or 点钟 beside it.
    certain = match["hour"].isdigit() or match["hour"].startswith(("十", "二十"))
    sure = certain or bool(match["part"] or match["half"] or match["oclock"] or match["quarter"])
    return _Clock(match.start(), match.end(), hour, minute, sure, match["part"] or "")


def _han_number(word: str) -> int:
    tens, ten, ones = word.rpartition("十")
    return (_HAN_NUMBERS.get(tens, 1) * 10 if ten else 0) + _HAN_NUMBERS.get(ones, 0)


def _clock_beside(text: str, day: _Day) -> _Clock | None:
    for clock in _clocks(text):
        between = text[day.end : clock.start] if clock.start >= day.end else text[clock.end : day.start]
        if (clock.start >= day.end or clock.end <= day.start) and between.strip(" ,的") in ("", "on", "at", "the"):
            return clock
    return None


def _hour_of_day(hour: int, part: str) -> int:
    afternoon = part in ("pm", "下午", "傍晚", "晚上", "晚", "夜里") or (part == "中午" and hour < 11)
    if afternoon and hour < 12:
        return hour + 12
    if hour == 12 and part in ("am", "凌晨", "半夜", "晚上", "晚"):
        return 0
    return 0 if hour == 24 else hour
