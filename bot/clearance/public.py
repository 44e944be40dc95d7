"""Statuses and results as callers read them."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from bot.clearance.details import NumberKind
from bot.clearance.model import Clearance, Stage
from bot.clearance.texts import StageTexts


class EventResultPublic(BaseModel):
    """What became of one event. faults: only when rejected; a rejected event was not stored."""

    id: str | None
    result: str = Field(description="accepted | duplicate | rejected")
    faults: list[dict[str, str]] = Field(default_factory=list)


class StageChangePublic(BaseModel):
    """One reported stage."""

    stage: Stage
    name: str = Field(description="The stage in Simplified Chinese and English")
    occurred_at: datetime
    note: str | None


class TakenBackPublic(BaseModel):
    """A stage that was reported and does not hold. instead: the stage that holds in its place; null: it was withdrawn."""

    stage: Stage
    occurred_at: datetime
    instead: Stage | None
    reason: str | None
    heard_at: datetime


class NumberPublic(BaseModel):
    """A bill of lading or a container that belongs to the declaration."""

    kind: NumberKind
    number: str


class ClearancePublic(BaseModel):
    """A declaration's status. stage: null until the port reported; history: stages that hold, by time, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "declaration_no": "531620261000123456",
                    "stage": "released",
                    "stage_at": "2026-11-22T01:30:00Z",
                    "history": [
                        {
                            "stage": "released",
                            "name": "放行 / released (放行)",
                            "occurred_at": "2026-11-22T01:30:00Z",
                            "note": None,
                        }
                    ],
                    "port": "5316",
                    "reference": "PO-2026-118",
                    "arrived_on": "2026-11-18",
                    "numbers": [{"kind": "container", "number": "CSQU3054383"}],
                    "taken_back": [],
                }
            ]
        }
    )

    declaration_no: str
    stage: Stage | None
    stage_at: datetime | None
    history: list[StageChangePublic]
    port: str | None = None
    reference: str | None = None
    arrived_on: date | None = None
    numbers: list[NumberPublic] = Field(default_factory=list)
    taken_back: list[TakenBackPublic] = Field(default_factory=list)


def public_clearance(clearance: Clearance, texts: StageTexts) -> ClearancePublic:
    """A status as callers read it."""
    return ClearancePublic(
        declaration_no=clearance.declaration_no,
        stage=clearance.stage,
        stage_at=clearance.stage_at,
        history=[
            StageChangePublic(
                stage=change.stage,
                name=f"{texts.name(change.stage, 'zh-Hans')} / {texts.name(change.stage, 'en')}",
                occurred_at=change.occurred_at,
                note=change.note,
            )
            for change in clearance.history
        ],
        port=clearance.port,
        reference=clearance.reference,
        arrived_on=clearance.arrived_on,
        numbers=[NumberPublic(kind=kind, number=number) for kind, number in clearance.numbers],
        taken_back=[
            TakenBackPublic(
                stage=one.change.stage,
                occurred_at=one.change.occurred_at,
                instead=one.by.stage if one.by else None,
                reason=one.reason,
                heard_at=one.heard_at,
            )
            for one in clearance.taken_back
        ],
    )


class BindingCodePublic(BaseModel):
    """A code with which a person follows the declaration in the chat; shown this once."""

    code: str


DeclarationNo = Annotated[str, Path(pattern=r"^[0-9]{18}$", description="Customs declaration number, 18 digits")]
