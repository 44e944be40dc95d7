"""What the API of complaints takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language
from bot.desks.complaints.model import (
    ABOUT_MAX_CHARS,
    ANSWER_MAX_CHARS,
    FILES_MAX,
    TEXT_MAX_CHARS,
    Complaint,
    Kind,
    State,
)
from bot.files.routes import FilePublic, file_public


class ComplaintCreate(BaseModel):
    """A case to open. files: ids from `POST /v1/files`. known_on: of a review, when the decision became known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "complaint",
                    "text": "排队三小时无人说明原因。",
                    "about": "罗湖口岸2号窗口",
                    "locale": "zh-Hans",
                }
            ]
        },
    )

    kind: Kind
    text: str = Field(min_length=1, max_length=TEXT_MAX_CHARS)
    about: str | None = Field(None, max_length=ABOUT_MAX_CHARS)
    known_on: date | None = None
    files: list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = Field(default_factory=list, max_length=FILES_MAX)
    locale: Language = "zh-Hans"


class Why(BaseModel):
    """A reason, which may be empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"why": "问题没有解决"}]})

    why: str = Field("", max_length=TEXT_MAX_CHARS)


class AnswerCreate(BaseModel):
    """The answer, as the person reads it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "经核查，当日系统故障。已致歉并改进。"}]}
    )

    text: str = Field(min_length=1, max_length=ANSWER_MAX_CHARS)


class Reference(BaseModel):
    """To which authority a case goes, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"to": "海关总署广东分署", "why": "复议机关"}]}
    )

    to: str = Field(min_length=1, max_length=500)
    why: str = Field(min_length=1, max_length=500)


class Barred(BaseModel):
    """A member of staff whom a case concerns."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "wang"}]})

    name: str = Field(min_length=1, max_length=80)


class Code(BaseModel):
    """A tracking code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "ABCD-EFGH-JKMN-PQRS"}]})

    code: str = Field(min_length=1, max_length=60)


class ComplaintPublic(BaseModel):
    """A case as its person sees it. due_at: the next time limit, null when nothing is owed."""

    id: str
    number: str
    kind: Kind
    state: State
    about: str | None
    text: str
    answer: str | None
    created_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    due_at: datetime | None
    may_be_reopened: bool
    files: list[FilePublic]


class ReportState(BaseModel):
    """What the holder of a tracking code is told."""

    number: str
    state: State
    created_at: datetime
    answer_by: datetime
    answer: str | None


class ReportOpened(ReportState):
    """An anonymous report. code: shown this once."""

    code: str


class StepPublic(BaseModel):
    """One step of a case."""

    from_state: str | None
    to_state: str
    actor: str
    why: str | None
    at: datetime


class ComplaintForStaff(ComplaintPublic):
    """A case as staff see it."""

    anonymous: bool
    owner: str | None
    late: bool
    history: list[StepPublic]


class ComplaintLists(BaseModel):
    """Open cases, the most urgent first, and finished ones."""

    open: list[ComplaintPublic]
    finished: list[ComplaintPublic]


def public(case: Complaint) -> ComplaintPublic:
    """A case for its person."""
    return ComplaintPublic(**members(case))


def members(case: Complaint) -> dict[str, Any]:
    """What all see of a case."""
    names = (
        "id",
        "number",
        "kind",
        "state",
        "about",
        "text",
        "answer",
        "created_at",
        "acknowledge_by",
        "answer_by",
        "due_at",
    )
    return {name: getattr(case, name) for name in names} | {
        "may_be_reopened": case.state is State.ANSWERED and not case.reopened,
        "files": [file_public(file) for file in case.files],
    }


def report_state(case: Complaint) -> dict[str, Any]:
    """What the holder of a code is told."""
    return {name: getattr(case, name) for name in ("number", "state", "created_at", "answer_by", "answer")}
