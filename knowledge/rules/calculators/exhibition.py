"""Until when exhibits admitted temporarily must leave again (Tariff Law art. 37: six months; extensions by older text)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.rules.calculators.rules import CALENDAR_SOURCE, Rules, calendar_notes
from knowledge.rules.calendar.working_days import add_months
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, line


@dataclass(frozen=True, slots=True)
class Exhibit:
    """entered: the goods entered. extensions: granted so far. long_show: the show lasts 24 months or more."""

    entered: date
    extensions: int = 0
    long_show: bool = False


def explain_exhibition(case: Exhibit, on: date, rules: Rules) -> Finding:
    """The day by which the goods leave, and what may be asked for. Raises InputFaultsError."""
    term = rules.table.need("exhibition_term", on)
    extension = rules.table.need("exhibition_extension", on)
    times, each = extension.whole("times"), extension.whole("months")
    check = Check()
    check.day(case.entered, "exhibit_entered", on, earliest=term.valid_from or date.min)
    too_many = case.extensions > times and not case.long_show
    check.refuse(too_many, line("exhibition.too_many", times=times, count=case.extensions), "extensions")
    check.done()
    months = term.whole("months") + each * case.extensions
    due = add_months(case.entered, months)
    last = add_months(case.entered, term.whole("months") + each * times)
    left = (due - on).days
    steps = [line("exhibition.term", entered=case.entered, months=Count(term.whole("months"), "month"),
                  due=add_months(case.entered, term.whole("months")))]  # fmt: skip
    if case.extensions:
        count = Count(case.extensions, "time")
        steps.append(line("exhibition.extended", count=count, months=Count(each * case.extensions, "month"), due=due))
    more = case.extensions < times
    steps.append(
        line("exhibition.can_extend", left=Count(times - case.extensions, "time"), last=last)
        if more
        else line("exhibition.no_more")
    )
    notes = [line("exhibition.older_text"), line("exhibition.month_end")]
    if not rules.calendar.is_working(due):
        notes.insert(0, line("exhibition.rest_day", before=rules.calendar.on_or_before(due)))
    return Finding(
        answer=line("exhibition.due", due=due, left=Count(left, "day"))
        if left >= 0
        else line("exhibition.passed", due=due, days=Count(-left, "day")),
        founding=founded(
            [term, extension],
            facts=["EXP-03", "EXP-07", "EXP-09", "EXP-10", "BKG-16"],
            sources=["E6", "L23", CALENDAR_SOURCE],
        ),
        steps=tuple(steps),
        notes=(*notes, *calendar_notes(rules.calendar, [due])),
        actions=(line("exhibition.do"),) if left >= 0 else (line("exhibition.do_late"),),
        details=(line("exhibition.ata"), line("exhibition.shanghai"), line("exhibition.security")),
        entries=("expo-extension", "expo-after-show"),
    )
