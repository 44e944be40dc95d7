"""The latest moment to ask for clearance outside office hours (预约通关).

Announcement in force since 2018-10-30 (BKG-04): 24 hours ahead, 8 for AEO, and customs takes requests in office hours only.
So the last moment is the wanted time less the lead, or the end of the last office period before that (BKG-09).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from knowledge.rules.calculators.rules import Rules, calendar_notes
from knowledge.rules.calendar.working_days import DAY, WorkingDays
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, Line, line


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When a customs office is open on working days, by the clock in China. Offices differ; no national hours are known."""

    opens: time
    closes: time


ASSUMED_HOURS = OfficeHours(time(9), time(17))


@dataclass(frozen=True, slots=True)
class Booking:
    """wanted: when the goods are to be cleared, by the clock in China. goods: emergency, perishable, urgent, other."""

    wanted: datetime
    aeo: bool
    goods: str
    hours: OfficeHours = ASSUMED_HOURS


def latest_filing(wanted: datetime, lead: timedelta, hours: OfficeHours, calendar: WorkingDays) -> datetime:
    """The last moment in office hours that lies at least `lead` before the wanted time."""
    latest = wanted - lead
    day = latest.date()
    if calendar.is_working(day):
        if hours.opens <= latest.time() <= hours.closes:
            return latest
        if latest.time() > hours.closes:
            return datetime.combine(day, hours.closes)
    return datetime.combine(calendar.on_or_before(day - DAY), hours.closes)


def in_office_hours(moment: datetime, hours: OfficeHours, calendar: WorkingDays) -> bool:
    """Whether the office is open at a moment."""
    return calendar.is_working(moment.date()) and hours.opens <= moment.time() <= hours.closes


def explain_booking(case: Booking, on: date, rules: Rules) -> Finding:
    """The latest filing time with its steps. Raises InputFaultsError."""
    row = rules.table.need("booking_lead", on)
    check = Check()
    check.day(case.wanted.date(), "wanted", on, earliest=row.valid_from or date.min)
    check.refuse(case.hours.opens >= case.hours.closes, line("booking.hours_reversed"), "office_hours")
    check.done()
    hours = row.whole("hours_aeo" if case.aeo else "hours")
    lead = timedelta(hours=hours)
    latest = latest_filing(case.wanted, lead, case.hours, rules.calendar)
    open_then = in_office_hours(case.wanted, case.hours, rules.calendar)
    steps = [
        line("booking.wanted", wanted=case.wanted),
        line("booking.lead_aeo" if case.aeo else "booking.lead", lead=Count(hours, "hour"), moment=case.wanted - lead),
    ]
    if latest != case.wanted - lead:
        steps.append(line("booking.closed", moment=case.wanted - lead, latest=latest))
    notes: list[Line] = [line("booking.goods_other")] if case.goods == "other" else []
    notes.append(line("booking.hours", opens=f"{case.hours.opens:%H:%M}", closes=f"{case.hours.closes:%H:%M}"))
    answer = "booking.in_hours" if open_then else "booking.too_late" if latest.date() < on else "booking.latest"
    return Finding(
        answer=line(answer, latest=latest, wanted=case.wanted),
        founding=founded([row], facts=["BKG-05", "BKG-06", "BKG-16", "BKG-17"]),
        steps=tuple(steps),
        notes=(*notes, *calendar_notes(rules.calendar, [latest.date(), case.wanted.date()])),
        actions=(line("booking.do_call") if answer == "booking.too_late" else line("booking.do"),),
        details=(line("booking.who"), line("booking.cancel"), line("booking.form"), line("booking.not_24h")),
        effective_from=row.valid_from,
        entries=("booking-how", "booking-urgent-now"),
    )
