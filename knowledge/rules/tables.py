"""Rules as dated rows: what holds, from which day to which, by which sources. Read from YAML, asked by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge, KnowledgeError

ROW_KEYS = frozenset({"id", "rule", "where", "values", "from", "to", "facts", "sources"})


@dataclass(frozen=True, slots=True)
class Row:
    """One rule for one time.

    where: what the rule is for (direction: in, place: hk_macao …). values: its numbers and words, as written.
    valid_from, valid_to: first and last day, None where not known or open. facts, sources: ids as in an entry.
    """

    id: str
    rule: str
    where: Mapping[str, str]
    values: Mapping[str, str]
    valid_from: date | None
    valid_to: date | None
    facts: tuple[str, ...]
    sources: tuple[str, ...]

    def number(self, name: str) -> Decimal:
        """A value as a number. Raises KeyError where the row has none of that name."""
        return Decimal(self.values[name])

    def whole(self, name: str) -> int:
        """A value as a whole number. Raises KeyError where the row has none of that name."""
        return int(self.values[name])

    def holds(self, on: date) -> bool:
        """Whether the row is in force on a day; both of its dates belong to the time in force."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order written. verified_on: the day on which the rows were last read against their sources."""

    rows: tuple[Row, ...]
    verified_on: date

    def find(self, rule: str, on: date, **where: str) -> Row | None:
        """The row of a rule that holds on a day for just these circumstances; None where no source covers the day."""
        for row in self.rows:
            if row.rule == rule and row.where == where and row.holds(on):
                return row
        return None

    def need(self, rule: str, on: date, **where: str) -> Row:
        """As `find`, for rules that are open at both ends. Raises LookupError where there is none."""
        row = self.find(rule, on, **where)
        if row is None:
            raise LookupError(f"no row for {rule} {where} on {on}")
        return row


def read_table(path: Path, knowledge: Knowledge | None) -> Table:
    """Read a table. Raises KnowledgeError with all faults at once: form, unknown facts and sources, rows that overlap.

    knowledge: None for who needs the rows alone; whether the facts and sources are known is then not looked at.
    """
    faults: list[Fault] = []
    name = "/".join(path.parts[-3:])
    top = Reader(name, None, read_yaml(path, name, faults), faults)
    rows = tuple(_row(part, knowledge) for part in top.parts("rows"))
    verified_on = top.date("verified_on")
    if not rows:
        top.fault("rows: missing")
    for place, row in enumerate(rows):
        for other in rows[:place]:
            if row.id == other.id:
                top.fault(f"{row.id}: this id stands twice")
            if (row.rule, row.where) == (other.rule, other.where) and _overlap(row, other):
                top.fault(f"{row.id}: is in force together with {other.id}")
    if faults:
        raise KnowledgeError(tuple(faults))
    return Table(rows, verified_on)


def _row(reader: Reader, knowledge: Knowledge | None) -> Row:
    reader.refuse_unknown_keys(ROW_KEYS)
    facts, sources = reader.texts("facts"), reader.texts("sources")
    if knowledge is not None:
        reader.refuse_unknown("facts", facts, knowledge.facts)
        reader.refuse_unknown("sources", sources, knowledge.sources)
    return Row(
        id=reader.text("id"),
        rule=reader.text("rule"),
        where=_words(reader, "where"),
        values=_words(reader, "values"),
        valid_from=reader.optional_date("from"),
        valid_to=reader.optional_date("to"),
        facts=facts,
        sources=sources,
    )


def _words(reader: Reader, key: str) -> Mapping[str, str]:
    """A mapping of names to texts; numbers are written in quotes so that 0.0005 stays what it is."""
    return MappingProxyType(
        {name: value for name, value in reader.mapping(key).items() if _is_text(reader, name, value)}
    )


def _is_text(reader: Reader, name: str, value: Any) -> bool:
    if isinstance(value, str):
        return True
    reader.fault(f"{name}: must be text in quotes, not {value!r}")
    return False


def _overlap(one: Row, other: Row) -> bool:
    starts = max(row.valid_from or date.min for row in (one, other))
    ends = min(row.valid_to or date.max for row in (one, other))
    return starts <= ends


def as_decimal(text: str) -> Decimal | None:
    """A number as written in a case; None where it is none (also for NaN and infinity)."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
