"""Two-step declaration (两步申报): until when the complete declaration must follow the summary.

Customs' reform text counts 14 days from the entry declaration of the conveyance (DCL-32); older pages count from release
(DCL-31). The first is used, the second is shown where it would give another day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.rules.calculators.limits import limit_steps, limits
from knowledge.rules.calculators.rules import CALENDAR_SOURCE, Rules, calendar_notes
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, Line, line


@dataclass(frozen=True, slots=True)
class TwoStep:
    """entered: the conveyance was declared for entry. released: the goods left after the summary; None where not known."""

    entered: date
    released: date | None = None


def explain_two_step(case: TwoStep, on: date, rules: Rules) -> Finding:
    """The day by which step two is due. Raises InputFaultsError."""
    row = rules.table.need("two_step_complete_limit", on)
    earliest = row.valid_from or date.min
    check = Check()
    check.day(case.entered, "entered", on, earliest=earliest)
    check.day(case.released, "released", on, earliest=earliest)
    early = case.released is not None and case.released < case.entered
    check.refuse(early, line("two_step.released_early"), "released", "entered")
    check.done()
    days = row.whole("days")
    found = limits(case.entered, days, rules.calendar)
    late = found.safe.days_late(on)
    name = "two_step.late" if late else "two_step.due" if found.agree else "two_step.due_safe"
    notes: tuple[Line, ...] = () if found.agree else (line("limit.unclear"),)
    if case.released is not None and case.released != case.entered:
        older = limits(case.released, days, rules.calendar).usual.ends
        notes = (line("two_step.older", older=older), *notes)
    moved = found.safe.moved or found.usual.moved
    notes += (line("limit.roll_over"),) if moved else ()
    return Finding(
        answer=line(name, safe=found.safe.ends, usual=found.usual.ends, days=Count(late, "day")),
        steps=(line("declaration.start", entered=case.entered), *limit_steps(found, days)),
        notes=notes + calendar_notes(rules.calendar, [found.safe.last, found.usual.last]),
        actions=(line("two_step.do_late") if late else line("two_step.do"),),
        details=(line("two_step.number"), line("two_step.readings")),
        founding=founded(
            [row],
            facts=["DCL-31", "DCL-12", "DCL-39", "BKG-16", *(["DCL-13"] if moved else [])],
            sources=["P5a", *(["P9b"] if moved else []), CALENDAR_SOURCE],
        ),
        entries=("two-step-time-limits", "late-declaration-fee"),
    )
