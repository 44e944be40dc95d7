"""Values of booking. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.channels.model import Language
from bot.errors import Fault, InvalidInputError
from bot.states import Machine


class BookingState(StrEnum):
    """Where a booking stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"


_S = BookingState

HOLDING = frozenset({_S.REQUESTED, _S.CONFIRMED, _S.OFFERED})
"""These hold a place; once the time has come, also who was served or did not come."""
OPEN = HOLDING | {_S.WAITING}

BOOKINGS: Machine[BookingState] = Machine(
    name="booking",
    table="bookings",
    start=frozenset({_S.REQUESTED, _S.CONFIRMED, _S.WAITING}),
    transitions={
        # A state that leads to itself: another slot.
        _S.REQUESTED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.REFUSED, _S.CANCELLED, _S.EXPIRED}),
        _S.CONFIRMED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.SERVED, _S.NO_SHOW, _S.CANCELLED}),
        _S.WAITING: frozenset({_S.OFFERED, _S.CANCELLED, _S.EXPIRED}),
        _S.OFFERED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.CANCELLED, _S.EXPIRED}),
        _S.SERVED: frozenset({_S.NO_SHOW}),
        _S.NO_SHOW: frozenset({_S.SERVED}),
        _S.CANCELLED: frozenset(),
        _S.REFUSED: frozenset(),
        _S.EXPIRED: frozenset(),
    },
    meaning={
        _S.REQUESTED: "A place is kept; staff decide.",
        _S.CONFIRMED: "The place is the firm's.",
        _S.WAITING: "On the waiting list, in the order of coming.",
        _S.OFFERED: "A place came free and is kept until the firm accepts, or the time to do so has passed.",
        _S.SERVED: "They came.",
        _S.NO_SHOW: "They did not come, as staff noted; a mistake is corrected to served.",
        _S.CANCELLED: "Given up by the firm, or the slot was closed; the reason stands beside it.",
        _S.REFUSED: "Staff refused it; the reason stands beside it.",
        _S.EXPIRED: "Not accepted, not decided or no place came free in time.",
    },
)


class GoodsClass(StrEnum):
    """Kinds of goods, as BKG-03 divides them and `knowledge.rules.calculators.booking` names them."""

    EMERGENCY = "emergency"
    PERISHABLE = "perishable"
    URGENT = "urgent"
    OTHER = "other"


class Transport(StrEnum):
    """How the goods travel."""

    SEA = "sea"
    AIR = "air"
    ROAD = "road"
    RAIL = "rail"
    POST = "post"
    OTHER = "other"


class Rating(StrEnum):
    """Customs' credit rating of a firm, as staff looked it up."""

    AEO = "aeo"
    GENERAL = "general"
    UNTRUSTWORTHY = "untrustworthy"


@dataclass(frozen=True)
class Site:
    """Where slots are. office: 4-digit customs code. opens, closes: minutes of a working day, by the clock there."""

    id: str
    office: str
    name: Mapping[Language, str]
    address: str
    opens: int
    closes: int


@dataclass(frozen=True)
class Slot:
    """A time at a site. free: places that nobody holds; has_officer: somebody is on duty for the whole of it."""

    id: str
    site: Site
    kind: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    free: int
    waiting: int
    has_officer: bool
    closed_why: str | None = None
    is_closed: bool = False


@dataclass(frozen=True)
class Application:
    """What a firm fills in, as typed. Field names are those of the form that BKG-07 lists; empty: not filled in."""

    slot_id: str
    reference: str = ""
    contact: str = ""
    mobile: str = ""
    goods: str = ""
    hs_code: str = ""
    goods_class: str = ""
    transport: str = ""
    declaration_port: str = ""
    entry_port: str = ""
    reason: str = ""
    is_aeo: bool = False

    def details(self) -> dict[str, str]:
        """What is kept beside the columns of its own."""
        names = ("contact", "mobile", "goods", "hs_code", "transport", "declaration_port", "entry_port", "reason")
        return {name: value for name in names if (value := getattr(self, name).strip())}


@dataclass(frozen=True)
class Booking:
    """One booking. place_in_line: 1 for the next, None when it does not wait. slot.free and slot.waiting are not filled."""

    id: str
    number: str
    state: BookingState
    slot: Slot
    firm_id: str
    firm_name: str
    person_id: str | None
    reference: str
    goods_class: str | None
    is_aeo: bool
    details: Mapping[str, str]
    revision: int
    counts_from: datetime
    offer_until: datetime | None
    why: str | None
    created_at: datetime
    changed_at: datetime
    place_in_line: int | None = None
    rating: Rating | None = None


@dataclass(frozen=True)
class Duty:
    """An officer is on duty for a site. Both ends aware."""

    id: str
    site: Site
    staff_name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reason:
    """One reason against a booking. code: of texts.yaml (`refused_<code>`). where: the field. values: fill the sentence."""

    code: str
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)


class BookingRefusedError(InvalidInputError):
    """A booking that cannot be made. reasons: all of them. next_slots: the way forward, those that could be had."""

    code = "booking-refused"

    def __init__(self, reasons: Sequence[Reason], english: Sequence[str], next_slots: Sequence[Slot] = ()) -> None:
        super().__init__([Fault(r.where, r.code, said) for r, said in zip(reasons, english, strict=True)])
        self.reasons = tuple(reasons)
        self.next_slots = tuple(next_slots)
        self.forward = {
            "next_slots": [{"slot_id": slot.id, "starts_at": slot.starts_at.isoformat()} for slot in next_slots]
        }
