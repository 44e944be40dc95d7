"""What people say to be reminded: read exactly or not at all. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge.rules.calculators.limits import limits
from knowledge.text import normalise

DECLARE_WITHIN_DAYS = 14
"""Customs Law art. 24: within 14 days from the day the conveyance was declared for entry."""
DEADLINE_OFFSETS = (timedelta(hours=87), timedelta(hours=39), timedelta(hours=15))
"""Before the end of the last day: at 09:00 three days before, the day before, and on the day itself."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ASKED = re.compile(r"提醒我|记得叫我|到时候叫我|\bremind me\b")
_DECLARE = re.compile(r"申报|报关|\bdeclare\b|\bdeclaration\b")
_ARRIVED = re.compile(r"[船到抵]|进境|\barriv|\bvessel\b|\bship\b|\bentered\b")
_DATE = re.compile(
    r"(?:(?P<year>20\d{2})[-年/.])?(?P<month>\d{1,2})[-月/.](?P<day>\d{1,2})[日号]?"
    rf"|(?P<day2>\d{{1,2}}) (?P<name2>{'|'.join(_MONTHS)})[a-z]*(?: (?P<year2>20\d{{2}}))?"
    rf"|(?P<name3>{'|'.join(_MONTHS)})[a-z]* (?P<day3>\d{{1,2}})(?: (?P<year3>20\d{{2}}))?"
)
_TIME = re.compile(
    r"\s*(?:at )?(?P<part>早上|上午|中午|下午|晚上)?(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{2})|点(?P<half>半)?)?\s*(?P<noon>am|pm)?(?=\D|$)"
)
_JOIN = re.compile(r"^(?:提醒我|请|要|去|to|about|that|that i|for|[\s,，。])+")


@dataclass(frozen=True)
class OwnReminder:
    """at: when, aware; name: of what, in the person's words."""

    at: datetime
    name: str


@dataclass(frozen=True)
class Deadline:
    """entered: the day on which the conveyance was declared for entry; ends_at: the end of the last day, the safe reading."""

    entered: date
    ends_at: datetime


def read_reminder(text: str, now: datetime, zone: ZoneInfo) -> OwnReminder | Deadline | None:
    """What a text asks to be reminded of; None where it asks for nothing of this kind, or names no day."""
    said = normalise(text)
    if len(text) > 300 or not _ASKED.search(said):
        return None
    found = _DATE.search(said)
    if found is None:
        return None
    today = now.astimezone(zone).date()
    if _DECLARE.search(said) and _ARRIVED.search(said):
        entered = _day(found, today, timedelta(days=-183))
        return None if entered is None else deadline(entered, zone)
    day = _day(found, today, timedelta())
    clock = _TIME.match(said, found.end())
    hour, minute = _clock(clock) if clock else (9, 0)
    if day is None or hour > 23 or minute > 59:
        return None
    rest = said[: found.start()] + " " + said[clock.end() if clock else found.end() :]
    name = _JOIN.sub("", _ASKED.sub(" ", rest).strip()).strip()
    name = re.sub(r"^(?:on|at)\b\s*", "", name)
    name = re.sub(r"^(?:to|about|that)\b\s*", "", name).strip()
    return OwnReminder(datetime.combine(day, time(hour, minute), zone), name) if name else None


def deadline(entered: date, zone: ZoneInfo) -> Deadline:
    """Until when to declare, counting the day of entry as day 1 and moving over no rest day: the earliest reading."""
    last = limits(entered, DECLARE_WITHIN_DAYS, None).safe.last
    return Deadline(entered, datetime.combine(last + timedelta(days=1), time(), zone))


def _day(found: re.Match[str], today: date, earliest: timedelta) -> date | None:
    """The day that is meant; without a year the first one that is not earlier than so long from today."""
    year = found["year"] or found["year2"] or found["year3"]
    name = found["name2"] or found["name3"]
    month = _MONTHS.index(name) + 1 if name else int(found["month"])
    number = int(found["day"] or found["day2"] or found["day3"])
    for candidate in (int(year),) if year else (today.year - 1, today.year, today.year + 1):
        try:
            day = date(candidate, month, number)
        except ValueError:
            continue
        if year or day >= today + earliest:
            return day
    return None


def _clock(found: re.Match[str]) -> tuple[int, int]:
    hour, minute = int(found["hour"]), 30 if found["half"] else int(found["minute"] or 0)
    if (found["noon"] == "pm" or found["part"] in {"下午", "晚上"}) and hour < 12:
        hour += 12
    return (0 if found["noon"] == "am" and hour == 12 else hour), minute
