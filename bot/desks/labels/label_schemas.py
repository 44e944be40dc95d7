"""Bodies of the labels' HTTP API: labels, steps, movements, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from bot.desks.labels.columns import PAPER_MAX
from bot.desks.labels.lives_model import LabelState
from bot.desks.labels.model import (
    MILLI,
    Label,
    quantity_text,
    serial_text,
)
from bot.desks.labels.schemas import Strict
from bot.desks.labels.service import REF_MAX, Movement


class BalancePublic(BaseModel):
    """What became of the goods: entered = re_exported + consumed + destroyed + sold + remaining, in the line's unit."""

    unit: str
    entered: str
    re_exported: str
    consumed: str
    destroyed: str
    sold: str
    remaining: str


class LabelPublic(BaseModel):
    """A goods line with its label."""

    id: str
    list_id: str
    line_no: int
    serial: str | None
    name: str
    hs: str
    packages: int
    origin: str
    yes: list[str]
    papers: Mapping[str, str]
    state: LabelState
    balance: BalancePublic
    released_on: date | None
    term_on: date | None
    extensions: int

    @classmethod
    def of(cls, label: Label, event_code: str) -> LabelPublic:
        """From the label."""
        line, balance = label.line, label.balance
        amounts = {
            name: quantity_text(getattr(balance, name))
            for name in ("entered", "re_exported", "consumed", "destroyed", "sold", "remaining")
        }
        return cls(
            id=label.id,
            list_id=label.application_id,
            line_no=label.line_no,
            serial=serial_text(event_code, label.serial_no) if label.serial_no else None,
            name=line.name,
            hs=line.hs,
            packages=line.packages,
            origin=line.origin,
            yes=sorted(line.yes),
            papers=line.papers,
            state=label.state,
            balance=BalancePublic(unit=line.unit, **amounts),
            released_on=label.released_on,
            term_on=label.term_on,
            extensions=label.extensions,
        )


class StepTake(Strict):
    """Labels of one list, by id, and the state they go to."""

    labels: list[str] = Field(min_length=1, max_length=10_000)
    to: LabelState


class MovementCreate(Strict):
    """What became of a part of a line. ref: your own name for it; the same again is booked once."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fate": "consumed", "quantity": "2.5", "ref": "day-1"}]}
    )

    fate: LabelState
    quantity: Decimal = Field(gt=0, max_digits=15, decimal_places=3)
    ref: str = Field(min_length=1, max_length=REF_MAX)
    document: str = Field("", max_length=PAPER_MAX, description="for a sale the declaration's 18 digits")

    def movement(self) -> Movement:
        """For the service."""
        return Movement(self.fate, int(self.quantity * MILLI), self.ref, self.document)


class ReasonsGiven(Strict):
    """All reasons, told at one time."""

    reasons: list[str] = Field(max_length=50, examples=[["请补展品照片", "展位号与展会登记不符"]])


class LabelsRevoke(Strict):
    """Labels to be taken out of use, and why."""

    labels: list[str] = Field(min_length=1, max_length=10_000)
    why: str = Field(max_length=1000)


class TermExtend(Strict):
    """Goods of a list that were released on a day may stay six months more."""

    released_on: date
    why: str = Field(max_length=1000)


class TermPublic(BaseModel):
    """The new last day."""

    term_on: date


class Issued(BaseModel):
    """The serial numbers that were issued."""

    first: str
    last: str
