"""What a report says beside its stage: numbers of the shipment, where and when it is inspected, what is to be paid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from knowledge.rules.finding import InputFaultsError
from knowledge.rules.identifiers.numbers import container_number


class NumberKind(StrEnum):
    """Numbers of a shipment beside the declaration's; each may belong to several declarations."""

    BILL = "bill"
    CONTAINER = "container"


BILL_MAX_CHARS = 32
"""A bill of lading's number has at most 32 characters in one integration guide (fact NUM-05)."""


@dataclass(frozen=True)
class Inspection:
    """Where and when goods are examined; each None where the port did not say."""

    place: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Duty:
    """What is to be paid. noticed_on: day of the payment notice; pay_by: last day as the notice prints it."""

    amount: Decimal
    currency: str = "CNY"
    noticed_on: date | None = None
    pay_by: date | None = None


@dataclass(frozen=True)
class Details:
    """All that a report may say. port: customs office, 4 digits. reference: the firm's own. arrived_on: the conveyance was
    declared for entry.
    """

    bills: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    port: str | None = None
    reference: str | None = None
    arrived_on: date | None = None
    inspection: Inspection | None = None
    duty: Duty | None = None


NO_DETAILS = Details()


def spell_number(raw: str) -> str:
    """A number as it is kept and compared: upper case, without blanks and dashes."""
    return "".join(raw.upper().split()).replace("-", "")


def is_container(number: str) -> bool:
    """Whether this is a container number with the right check digit (ISO 6346)."""
    try:
        return len(number) == 11 and container_number(number).text == number
    except InputFaultsError:
        return False


def is_bill(number: str) -> bool:
    """Whether this may be a bill of lading's number: 4 to 32 letters and digits, a digit among them."""
    plain = number.isascii() and number.isalnum()
    return plain and 4 <= len(number) <= BILL_MAX_CHARS and any(character.isdigit() for character in number)


def as_json(note: str | None, details: Details) -> dict[str, Any]:
    """How it is stored; what is not said is left out."""
    found: dict[str, Any] = {
        "note": note,
        "bills": list(details.bills),
        "containers": list(details.containers),
        "port": details.port,
        "reference": details.reference,
        "arrived_on": _day(details.arrived_on),
    }
    if details.inspection is not None:
        at = details.inspection.at
        found["inspection"] = {"place": details.inspection.place, "at": at.isoformat() if at else None}
    if details.duty is not None:
        duty = details.duty
        found["duty"] = {
            "amount": str(duty.amount),
            "currency": duty.currency,
            "noticed_on": _day(duty.noticed_on),
            "pay_by": _day(duty.pay_by),
        }
    return {name: value for name, value in found.items() if value}


def from_json(raw: Mapping[str, Any]) -> Details:
    """What `as_json` made."""
    inspection, duty = raw.get("inspection"), raw.get("duty")
    return Details(
        bills=tuple(raw.get("bills", ())),
        containers=tuple(raw.get("containers", ())),
        port=raw.get("port"),
        reference=raw.get("reference"),
        arrived_on=_read_day(raw.get("arrived_on")),
        inspection=Inspection(
            inspection.get("place"), datetime.fromisoformat(inspection["at"]) if inspection.get("at") else None
        )
        if inspection
        else None,
        duty=Duty(
            Decimal(duty["amount"]), duty["currency"], _read_day(duty.get("noticed_on")), _read_day(duty.get("pay_by"))
        )
        if duty
        else None,
    )


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _read_day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
