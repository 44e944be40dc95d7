"""Outside forms of clearance: events as port systems send them, statuses as callers read them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from bot.clearance.model import Stage, is_declaration_no
from bot.people.credit_code import is_credit_code

EVENT_TYPE = "org.kouan.clearance.stage.v1"
_FUTURE_ALLOWED = timedelta(hours=1)

# No control characters: they name nothing, and PostgreSQL stores no NUL.
_NAME = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


class EventEnterprise(BaseModel):
    """The firm that a declaration belongs to."""

    model_config = ConfigDict(extra="forbid")

    credit_code: str = Field(description="Unified social credit code, 18 characters", examples=["91350100M000100Y43"])
    name: str = Field(min_length=1, max_length=200, pattern=_TEXT)

    @field_validator("credit_code")
    @classmethod
    def _checked(cls, value: str) -> str:
        if not is_credit_code(value):
            raise ValueError("not a unified social credit code: 18 characters with a right check character")
        return value


class EventData(BaseModel):
    """What the port reports."""

    model_config = ConfigDict(extra="forbid")

    declaration_no: str = Field(description="Customs declaration number, 18 digits", examples=["531620261000123456"])
    stage: Stage
    note: str | None = Field(
        None, max_length=500, pattern=_TEXT, description="For the declarant: where and when, how much, by when"
    )
    enterprise: EventEnterprise | None = None

    @field_validator("declaration_no")
    @classmethod
    def _checked(cls, value: str) -> str:
        if not is_declaration_no(value):
            raise ValueError(f"a declaration number has exactly 18 digits; this has {len(value)} characters")
        return value


class CloudEvent(BaseModel):
    """A CloudEvents 1.0 event in JSON. `time` is when it happened at the port."""

    model_config = ConfigDict(extra="allow")

    specversion: str = Field(pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=200, pattern=_NAME)
    source: str = Field(min_length=1, max_length=200, pattern=_NAME)
    type: str = Field(examples=[EVENT_TYPE])
    time: AwareDatetime
    data: EventData

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != EVENT_TYPE:
            raise ValueError(f"unknown event type; known: {EVENT_TYPE}")
        return value

    @field_validator("time", mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        # Pydantic would read numbers as seconds since 1970. RFC 3339 is what CloudEvents asks for, and years before 2000
        # are a clock that was never set.
        if not (isinstance(value, str) and re.match(r"2\d{3}-\d\d-\d\d[Tt ]", value)):
            raise ValueError("a time is written as RFC 3339 says, in this century, as in 2026-11-22T09:30:00+08:00")
        return value

    @field_validator("time")
    @classmethod
    def _not_ahead(cls, value: datetime) -> datetime:
        if value > datetime.now(UTC) + _FUTURE_ALLOWED:
            raise ValueError("the time lies more than an hour ahead")
        return value


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


class ClearancePublic(BaseModel):
    """A declaration's status. stage: null until the port reported; history: by time, oldest first."""

    declaration_no: str
    stage: Stage | None
    stage_at: datetime | None
    history: list[StageChangePublic]


class BindingCodePublic(BaseModel):
    """A code with which a person follows the declaration in the chat; shown this once."""

    code: str


DeclarationNo = Annotated[str, Path(pattern=r"^[0-9]{18}$", description="Customs declaration number, 18 digits")]
