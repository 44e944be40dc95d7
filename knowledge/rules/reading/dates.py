"""Days and times of day as people write them: 2026-03-01, 3月1日, 上月28号, last Tuesday, 三天前, Sunday 10:00."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from knowledge.rules.calendar.working_days import add_months
from knowledge.rules.reading.found import CHINESE_NUMBER, Found, chinese_number

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_EN = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAYS_EN = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAY_EN = r"(?P<weekday>mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
_WEEKDAY_ZH = r"(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
_NUMBER = rf"(?:\d{{1,3}}|{CHINESE_NUMBER})"
_EN_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
               "nine": 9, "ten": 10, "fourteen": 14, "fifteen": 15}  # fmt: skip
_EN_NUMBER = r"(?:\d{1,3}|" + "|".join(_EN_NUMBERS) + ")"
_WORDS = {
    "今天": 0, "今日": 0, "today": 0, "昨天": -1, "昨日": -1, "琴日": -1, "寻日": -1, "yesterday": -1, "明天": 1, "明日": 1,
    "听日": 1, "tomorrow": 1, "大前天": -3, "前天": -2, "前日": -2, "大后天": 3, "后天": 2, "后日": 2,
    "the day before yesterday": -2, "the day after tomorrow": 2,
}  # fmt: skip

AHEAD_DAYS = 60

# A day that cannot be (30 February) keeps its written form, so that it can be told what is wrong with it.
Day = date | str
_Maker = Callable[[re.Match[str], date], Day | None]


def find_days(text: str, on: date, *, bare: bool = False) -> list[Found[Day]]:
    """The days in a folded text, in order, none inside another.

    on: today. A day without a year is the latest that is past or at most `AHEAD_DAYS` ahead. bare: also take 28号 and a
    weekday without "last" or "next" (the nearest), which are too little unless a day was asked for.
    """
    taken: list[Found[Day]] = []
    for pattern, make in _PATTERNS + (_BARE_PATTERNS if bare else []):
        for match in pattern.finditer(text):
            value = make(match, on)
            if value is None:
                continue
            found: Found[Day] = Found(value, match.start(), match.end())
            if not any(found.overlaps(other) for other in taken):
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)


def iso(found: Day) -> str:
    """A day as it stands in a case."""
    return found if isinstance(found, str) else found.isoformat()


def _whole(written: str) -> int:
    if written.isdecimal():
        return int(written)
    if written in _EN_NUMBERS:
        return _EN_NUMBERS[written]
    return chinese_number(written) or 0


def _made(year: int, month: int, day: int) -> Day | None:
    try:
        return date(year, month, day)
    except ValueError:
        return f"{year:04}-{month:02}-{day:02}" if month and day and month < 100 and day < 100 else None


def _likeliest(month: int, day: int, on: date) -> Day | None:
    made = [_made(on.year + shift, month, day) for shift in (-1, 0, 1)]
    real = [found for found in made if isinstance(found, date)]
    return max((found for found in real if (found - on).days <= AHEAD_DAYS), default=made[1])


def _full(match: re.Match[str], _on: date) -> Day | None:
    year, month, day = (_whole(part) for part in match.group("year", "month", "day"))
    return _made(year if year > 99 else 2000 + year, month, day)


def _month_day(match: re.Match[str], on: date) -> Day | None:
    month, day = _whole(match["month"]), _whole(match["day"])
    shift = {"去年": -1, "今年": 0, "明年": 1}.get(match["relative"] or "")
    return _likeliest(month, day, on) if shift is None else _made(on.year + shift, month, day)


def _in_month(match: re.Match[str], on: date) -> Day | None:
    shift = {"上": -1, "下": 1}.get(match["relative"], 0)
    first = add_months(on.replace(day=1), shift)
    return _made(first.year, first.month, _whole(match["day"]))


def _english(match: re.Match[str], on: date) -> Day | None:
    month, day = _MONTHS.index(match["month"][:3]) + 1, int(match["day"])
    return _made(int(match["year"]), month, day) if match["year"] else _likeliest(month, day, on)


def _word(match: re.Match[str], on: date) -> Day:
    return on + timedelta(days=_WORDS[match.group()])


def _distance(match: re.Match[str], on: date) -> Day:
    days = _whole(match["number"]) * (7 if match["unit"] in ("周", "个星期", "星期", "week") else 1)
    return on + timedelta(days=-days if match["past"] else days)


def _weekday_zh(match: re.Match[str], on: date) -> Day | None:
    if match["weekday"] == "末":
        return None
    weekday = "一二三四五六日天".index(match["weekday"]) % 8
    weeks = {"上": -1, "下": 1}.get(match["relative"][0], 0)
    return on - timedelta(days=on.weekday()) + timedelta(days=min(weekday, 6), weeks=weeks)


def _weekday_en(match: re.Match[str], on: date) -> Day:
    ahead = (_WEEKDAYS_EN.index(match["weekday"][:3]) - on.weekday()) % 7
    if match["relative"] in ("last", "past"):
        return on + timedelta(days=ahead - 7)
    if match["relative"] in ("next", "coming"):
        return on + timedelta(days=ahead or 7)
    return on - timedelta(days=on.weekday()) + timedelta(days=_WEEKDAYS_EN.index(match["weekday"][:3]))


def _bare_weekday(match: re.Match[str], on: date) -> Day | None:
    if match["weekday"][:3] in _WEEKDAYS_EN:
        weekday = _WEEKDAYS_EN.index(match["weekday"][:3])
    elif match["weekday"] in "一二三四五六日天":
        weekday = min("一二三四五六日天".index(match["weekday"]), 6)
    else:
        return None
    return min((on + timedelta(days=d) for d in range(-3, 4)), key=lambda d: d.weekday() != weekday)


def _bare_day(match: re.Match[str], on: date) -> Day | None:
    day = _whole(match["day"])
    made = (_made(first.year, first.month, day) for first in (add_months(on.replace(day=1), n) for n in (-1, 0, 1)))
    real = [found for found in made if isinstance(found, date)]
    return min(real, key=lambda d: abs((d - on).days)) if real else None


def _patterns(*pairs: tuple[str, _Maker]) -> list[tuple[re.Pattern[str], _Maker]]:
    return [(re.compile(pattern), make) for pattern, make in pairs]


_DAY_EN = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_EN = r"(?:,?\s*(?P<year>(?:19|20)\d\d)\b)?"
_PATTERNS = _patterns(
    (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)(?:\s*[日号])?",
        _full,
    ),
    (r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?!\d)", _full),
    (rf"(?P<relative>上|下|本|这)个?月\s*(?P<day>{_NUMBER})\s*[日号]?", _in_month),
    (rf"(?P<relative>去年|今年|明年)?\s*(?P<month>{_NUMBER})\s*月\s*(?P<day>{_NUMBER})\s*[日号]?", _month_day),
    (rf"(?<![\d,.]){_DAY_EN}\s*(?:of\s+)?{_MONTH_EN}{_YEAR_EN}", _english),
    (rf"\b{_MONTH_EN}\s*(?:the\s+)?{_DAY_EN}(?![\d,]\d){_YEAR_EN}", _english),
    ("|".join(sorted(_WORDS, key=len, reverse=True)), _word),
    (rf"(?P<number>{_NUMBER})\s*(?P<unit>天|日|周|个星期|星期)\s*(?:(?P<past>之?前|以前)|之?后|以后)", _distance),
    (rf"\b(?P<number>{_EN_NUMBER})\s*(?P<unit>day|week)s?\s*(?P<past>ago)", _distance),
    (rf"\bin\s+(?P<number>{_EN_NUMBER})\s*(?P<unit>day|week)s?(?P<past>)", _distance),
    (rf"(?P<relative>上个?|下个?|本|这个?){_WEEKDAY_ZH}", _weekday_zh),
    (rf"\b(?P<relative>last|past|next|coming|this)\s+{_WEEKDAY_EN}", _weekday_en),
)
_BARE_PATTERNS = _patterns(
    (rf"(?<![月\d]){_WEEKDAY_ZH}", _bare_weekday),
    (rf"\b{_WEEKDAY_EN}", _bare_weekday),
    (rf"(?<![月\d])(?P<day>{_NUMBER})\s*[日号](?!线)", _bare_day),
)

_CLOCK = re.compile(
    rf"(?P<half>上午|下午|晚上|早上|中午|凌晨)?\s*(?:(?<![\d:])(?P<hour>\d{{1,2}})\s*(?:[:点时]\s*(?P<minute>[0-5]\d)?分?(?P<to_half>半)?)"
    rf"|(?P<hour_zh>{CHINESE_NUMBER})点(?P<to_half_zh>半)?)|\b(?P<hour_en>\d{{1,2}})(?::(?P<minute_en>[0-5]\d))?\s*(?P<half_en>am|pm)\b"
)


def find_times(text: str) -> list[Found[time]]:
    """Times of day in a folded text: 10:00, 下午3点半, 3 pm. A time that cannot be (25:00) is left out."""
    return [found for match in _CLOCK.finditer(text) for found in _time(match)]


def _time(match: re.Match[str]) -> Iterator[Found[time]]:
    hour = _whole(match["hour"] or match["hour_en"] or match["hour_zh"])
    minute = int(match["minute"] or match["minute_en"] or (30 if match["to_half"] or match["to_half_zh"] else 0))
    if (match["half"] in ("下午", "晚上") or match["half_en"] == "pm") and hour < 12:
        hour += 12
    if match["half_en"] == "am" and hour == 12:
        hour = 0
    if hour < 24:
        yield Found(time(hour, minute), match.start(), match.end())


def moment(day: Day, at: time) -> str:
    """A day and a time of day as they stand in a case."""
    return f"{iso(day)} {at:%H:%M}" if isinstance(day, str) else f"{datetime.combine(day, at):%Y-%m-%d %H:%M}"
