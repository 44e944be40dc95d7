"""Bodies of the labels' HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.channels.model import Language
from bot.desks.labels.events import EventDraft
from bot.desks.labels.lives_model import ApplicationState, EventState
from bot.desks.labels.model import (
    PAPERS,
    QUESTIONS,
    Application,
    Event,
    Exhibitor,
    Upload,
)

_ID = Field(pattern=r"^[0-9a-f]{32}$", examples=["4f0c9a…"])
EVENT_EXAMPLE: dict[str, JsonValue] = {
    "firm_id": "0" * 32,
    "code": "EXPO26",
    "name": "上海国际机床展",
    "venue": "国家会展中心（上海）",
    "opens_on": "2026-12-01",
    "closes_on": "2026-12-08",
    "guarantee_no": "G-2026-1",
    "title": "展品专用标签",
    "colour": "#0b5c8a",
    "note": "海关监管货物",
}
LINE_EXAMPLE: dict[str, JsonValue] = {
    "cells": {
        **{"name": "数控机床", "hs": "8457101000", "quantity": "12", "unit": "台", "packages": "2", "origin": "德国"},
        **dict.fromkeys(QUESTIONS, "no"),
    }
}


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class EventCreate(Strict):
    """An event, entered by its organiser's people."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EVENT_EXAMPLE]})

    firm_id: str = _ID
    code: str = Field(max_length=20, description="2 to 8 of A-Z 0-9; on every label")
    name: str = Field(max_length=400)
    venue: str = Field(max_length=400)
    opens_on: date
    closes_on: date
    guarantee_no: str = Field("", max_length=200, description="of the organiser's guarantee for all exhibitors")
    title: str = Field("", max_length=200)
    colour: str = Field("", max_length=20)
    note: str = Field("", max_length=200)

    def draft(self) -> EventDraft:
        """For the service."""
        values = self.model_dump(exclude={"firm_id"})
        if not values["colour"]:
            del values["colour"]
        return EventDraft(**values)


class EventPublic(BaseModel):
    """An event."""

    id: str
    code: str
    organiser: str
    name: str
    venue: str
    opens_on: date
    closes_on: date
    state: EventState
    reasons: list[str]

    @classmethod
    def of(cls, event: Event) -> EventPublic:
        """From the event."""
        return cls(
            **{name: getattr(event, name) for name in cls.model_fields if name != "reasons"},
            reasons=list(event.reasons),
        )


class ExhibitorCreate(Strict):
    """A registration. name: as on the stand; empty: the firm's."""

    firm_id: str = _ID
    name: str = Field("", max_length=400)
    stand: str = Field(max_length=100, examples=["5.1A-023"])
    guarantee_no: str = Field("", max_length=200)


class ExhibitorPublic(BaseModel):
    """A registration."""

    id: str
    event_id: str
    firm: str
    name: str
    stand: str

    @classmethod
    def of(cls, exhibitor: Exhibitor) -> ExhibitorPublic:
        """From the registration."""
        return cls(**{name: getattr(exhibitor, name) for name in cls.model_fields})


class ListCreate(Strict):
    """A goods list of a registration."""

    exhibitor_id: str = _ID


class ListPublic(BaseModel):
    """A goods list. missing: every permit and paper that the law asks for and that is not there; notes: said besides."""

    id: str
    event_id: str
    exhibitor_id: str
    state: ApplicationState
    lines: int
    loading: int = Field(description="rows of an upload that are still being written")
    reasons: list[str] = Field(description="all that was told when it was returned or refused")
    missing: list[str] = []
    notes: list[str] = []
    created_at: datetime
    submitted_at: datetime | None

    @classmethod
    def of(
        cls,
        application: Application,
        language: Language,
        missing: list[str] | None = None,
        notes: list[str] | None = None,
    ) -> ListPublic:
        """From the list."""
        plain = ("id", "event_id", "exhibitor_id", "state", "lines", "loading", "created_at", "submitted_at")
        return cls(
            **{name: getattr(application, name) for name in plain},
            reasons=[reason[language] for reason in application.reasons],
            missing=missing or [],
            notes=notes or [],
        )


class LineCreate(Strict):
    """One line, its cells by column, as in the template: questions are answered with yes or no."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [LINE_EXAMPLE]})

    cells: Mapping[str, str] = Field(description=f"questions: {', '.join(QUESTIONS)}; papers: {', '.join(PAPERS)}")


class FileGiven(Strict):
    """A file that was sent before."""

    file_id: str = _ID


class LineAdded(BaseModel):
    """The number of the new line."""

    line_no: int


class LinesRemoved(BaseModel):
    """How many were taken out."""

    removed: int


class UploadPublic(BaseModel):
    """How far an upload is."""

    id: str
    list_id: str
    total: int
    done: int
    finished: bool

    @classmethod
    def of(cls, upload: Upload) -> UploadPublic:
        """From the upload."""
        return cls(
            id=upload.id,
            list_id=upload.application_id,
            total=upload.total,
            done=upload.done,
            finished=upload.finished,
        )
