"""Values of permits. Pure. Quantities are exact: `Decimal` with at most six places, kept as millionths of the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from bot.errors import Fault, InvalidInputError
from bot.states import Machine

SCALE = 1_000_000
QUANTITY_MOST = Decimal(10) ** 12
LINES_MOST = 50


class PermitKind(StrEnum):
    """Which permit."""

    ENTRY_QUARANTINE = "entry_quarantine"
    """进境动植物检疫许可证: its quantity is written off batch by batch."""
    HYGIENE = "hygiene"
    """国境口岸卫生许可证: it has dates and no quantity."""


class PermitState(StrEnum):
    """Where a permit stands."""

    VALID = "valid"
    USED_UP = "used_up"
    EXPIRED = "expired"
    CLOSED = "closed"


_S = PermitState

PERMITS: Machine[PermitState] = Machine(
    name="permit",
    table="permits",
    start=frozenset({_S.VALID}),
    transitions={
        # A state that leads to itself: its dates were corrected.
        _S.VALID: frozenset({_S.VALID, _S.USED_UP, _S.EXPIRED, _S.CLOSED}),
        _S.USED_UP: frozenset({_S.VALID, _S.USED_UP, _S.EXPIRED, _S.CLOSED}),
        _S.EXPIRED: frozenset({_S.VALID, _S.USED_UP, _S.EXPIRED, _S.CLOSED}),
        _S.CLOSED: frozenset(),
    },
    meaning={
        _S.VALID: "Its last day has not passed, and something of its quantity is left where it has one.",
        _S.USED_UP: "All of its quantity is written off; a correction can make it valid again.",
        _S.EXPIRED: "Its last day has passed; dates that were entered wrongly can be corrected.",
        _S.CLOSED: "The firm needs it no more: returned, replaced or entered by mistake.",
    },
)


class Unit(StrEnum):
    """What quantities are counted in. They are never converted into each other."""

    KG = "kg"
    TONNE = "t"
    HEAD = "head"
    PIECE = "pc"
    BOX = "box"
    LITRE = "l"
    CUBIC_METRE = "m3"
    PLANT = "plant"


@dataclass(frozen=True)
class Line:
    """Goods that a permit allows. All three numbers in `unit`."""

    id: str
    line: int
    goods: str
    unit: Unit
    quantity: Decimal
    used: Decimal

    @property
    def balance(self) -> Decimal:
        """What is left."""
        return self.quantity - self.used


@dataclass(frozen=True)
class WriteOff:
    """A batch written off. amount: 0 where it was taken back. corrects: the one it took the place of. counts: not corrected."""

    id: str
    line: int
    reference: str
    day: date
    amount: Decimal
    unit: Unit
    corrects: str | None
    why: str | None
    counts: bool
    at: datetime


@dataclass(frozen=True)
class Permit:
    """One permit. valid_from, valid_until: as printed, both days belong to its validity."""

    id: str
    kind: PermitKind
    number: str
    firm_id: str
    firm_name: str
    valid_from: date
    valid_until: date
    state: PermitState
    created_at: datetime
    changed_at: datetime
    lines: tuple[Line, ...] = ()
    write_offs: tuple[WriteOff, ...] = ()


@dataclass(frozen=True)
class NewLine:
    """As typed."""

    goods: str
    quantity: str
    unit: str


@dataclass(frozen=True)
class NewPermit:
    """As typed from the paper."""

    kind: str
    number: str
    valid_from: date
    valid_until: date
    lines: Sequence[NewLine] = ()


@dataclass(frozen=True)
class NewWriteOff:
    """As typed. line: number of the permit's line."""

    line: int
    reference: str
    amount: str
    unit: str
    day: date


@dataclass(frozen=True)
class Reason:
    """One reason why something cannot be done. code: of texts.yaml (`refused_<code>`). where: the field."""

    code: str
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)


class PermitRefusedError(InvalidInputError):
    """What was sent cannot be done. reasons: all of them."""

    code = "permit-refused"

    def __init__(self, reasons: Sequence[Reason], english: Sequence[str]) -> None:
        super().__init__([Fault(r.where, r.code, said) for r, said in zip(reasons, english, strict=True)])
        self.reasons = tuple(reasons)


def read_quantity(text: str) -> Decimal | None:
    """A quantity as typed, with a point and at most six places; None for what is none, is negative or too large."""
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or value < 0 or value > QUANTITY_MOST or value != value.quantize(Decimal(1) / SCALE):
        return None
    return value


def millionths(value: Decimal) -> int:
    """As it is kept."""
    return int(value * SCALE)


def from_millionths(kept: int) -> Decimal:
    """As it is shown: without noughts behind the point."""
    value = (Decimal(kept) / SCALE).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
