"""Values of the expo labels: events, goods lines, the balance. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.desks.labels.lives_model import ApplicationState, EventState, LabelState

MILLI = 1000
"""Quantities are whole thousandths of their unit: 1.5 kg is 1500."""
SERIAL_DIGITS = 6
EXTENSION_REMINDERS_DAYS = (60, 30, 7)


QUESTIONS = ("plant", "animal", "food_tasting", "for_sale", "ata_carnet", "biological", "wood_packing")
"""What is asked of every line, since permits and papers hang on it."""
PAPERS = (
    *("quarantine_permit", "foreign_certificate", "health_approval"),
    *("carnet", "carnet_until", "best_before", "wood_treatment"),
)
"""Papers of a line, by the names of the list's columns. Those that end in _until and best_before are days."""
DAYS = frozenset({"carnet_until", "best_before"})


@dataclass(frozen=True)
class GoodsLine:
    """One line of a goods list. quantity: thousandths of the unit. yes: the QUESTIONS answered with yes."""

    name: str
    hs: str
    quantity: int
    unit: str
    packages: int
    origin: str
    yes: frozenset[str] = frozenset()
    papers: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> bytes:
        """Eight bytes that stand for what is printed on the label: name, code, quantity, unit, packages, origin.

        Anybody who has the label can work it out again: SHA-256 of these, in NFC, each on a line of its own, the first 8 bytes.
        """
        printed = (self.name, self.hs, quantity_text(self.quantity), self.unit, str(self.packages), self.origin)
        return hashlib.sha256("\n".join(unicodedata.normalize("NFC", part) for part in printed).encode()).digest()[:8]

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return {
            **{name: getattr(self, name) for name in ("name", "hs", "quantity", "unit", "packages", "origin")},
            "yes": sorted(self.yes),
            "papers": dict(self.papers),
        }


def line_of(values: Mapping[str, Any]) -> GoodsLine:
    """A line from what `as_json` made, or from a row of the table."""
    return GoodsLine(
        **{name: values[name] for name in ("name", "hs", "quantity", "unit", "packages", "origin")},
        yes=frozenset(values["yes"]),
        papers=dict(values["papers"]),
    )


def quantity_text(milli: int) -> str:
    """1500 → `1.5`, 2000 → `2`."""
    whole, rest = divmod(milli, MILLI)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


@dataclass(frozen=True)
class Balance:
    """What became of the goods of a line, in thousandths of its unit: entered is the sum of the rest, and none is negative."""

    entered: int
    re_exported: int = 0
    consumed: int = 0
    destroyed: int = 0
    sold: int = 0

    @property
    def remaining(self) -> int:
        """What is still in the country and to be accounted for."""
        return self.entered - self.re_exported - self.consumed - self.destroyed - self.sold


@dataclass(frozen=True)
class Demand:
    """What the law asks for a line. rule: id in rules.yaml; lines: their numbers, in order."""

    rule: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Event:
    """An exhibition. code: 2 to 8 of A-Z 0-9, on every label of it. colour: of the label's band, `#rrggbb`."""

    id: str
    code: str
    enterprise_id: str
    organiser: str
    name: str
    venue: str
    opens_on: date
    closes_on: date
    guarantee_no: str | None
    title: str
    colour: str
    note: str
    state: EventState
    created_by: str
    created_at: datetime
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exhibitor:
    """A firm that registered for an event. name: as on its stand; guarantee_no: its own, where not the organiser's holds."""

    id: str
    event_id: str
    enterprise_id: str
    firm: str
    name: str
    stand: str
    guarantee_no: str | None
    person_id: str | None


@dataclass(frozen=True)
class Application:
    """A goods list. lines: how many it has; loading: rows of an upload that are still being written; reasons: what was told."""

    id: str
    event_id: str
    exhibitor_id: str
    enterprise_id: str
    person_id: str | None
    state: ApplicationState
    lines: int
    loading: int
    reasons: tuple[Mapping[str, Any], ...]
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Label:
    """A goods line with its label. line_no: in its list, from 1; serial: None until it is issued; term_on: its last day here."""

    id: str
    application_id: str
    event_id: str
    enterprise_id: str
    line_no: int
    line: GoodsLine
    balance: Balance
    state: LabelState
    serial_no: int | None
    key_id: str | None
    valid_from: date | None
    valid_until: date | None
    released_on: date | None
    term_on: date | None
    extensions: int


@dataclass(frozen=True)
class Upload:
    """An accepted file. done: rows written so far of total."""

    id: str
    application_id: str
    total: int
    done: int

    @property
    def finished(self) -> bool:
        """Whether every row is in the list."""
        return self.done >= self.total


def serial_text(code: str, number: int) -> str:
    """`EXPO26-000123-7`: event, running number, check digit (ISO 7064 modulo 11-2 over the digits, X for ten)."""
    digits = f"{number:0{SERIAL_DIGITS}d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    check = (12 - total) % 11
    return f"{code}-{digits}-{'X' if check == 10 else check}"
