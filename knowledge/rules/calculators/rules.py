"""What every calculator works from: the dated rules, the calendar and the sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.load import Knowledge
from knowledge.rules.calendar.working_days import Known, WorkingDays, read_working_days
from knowledge.rules.said import Line, Texts, line, read_texts
from knowledge.rules.tables import Table, read_table

ROOT = Path(__file__).parents[1]
CALENDAR_SOURCE = "L17"


@dataclass(frozen=True, slots=True)
class Rules:
    """Loaded once, before the first question."""

    knowledge: Knowledge
    table: Table
    calendar: WorkingDays
    texts: Texts


def load_rules(knowledge: Knowledge) -> Rules:
    """Read the calculators' data. Raises KnowledgeError with the faults of the first file that has some."""
    here = Path(__file__).parent
    return Rules(
        knowledge=knowledge,
        table=read_table(here / "rules.yaml", knowledge),
        calendar=read_working_days(ROOT / "calendar" / "days.yaml"),
        texts=read_texts(ROOT / "texts.yaml")
        .merged(read_texts(here / "texts.yaml"))
        .merged(read_texts(here / "traveller_texts.yaml")),
    )


def calendar_notes(calendar: WorkingDays, days: Iterable[date]) -> tuple[Line, ...]:
    """What to say where the year's holiday plan is not known: one sentence for each such year among the days."""
    notes = []
    for year in sorted({day.year for day in days}):
        known = calendar.known(year)
        if known is not Known.PLAN:
            name = "calendar.partial" if known is Known.FIXED_HOLIDAYS else "calendar.weekends"
            notes.append(line(name, year=str(year)))
    return tuple(notes)
