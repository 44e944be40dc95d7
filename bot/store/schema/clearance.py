"""Declarations and their events."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, UniqueConstraint

from bot.store.schema.base import Moment, Serial, metadata

declarations = Table(
    "declarations",
    metadata,
    Column("declaration_no", String(18), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("stage", String(32), comment="null until the first event"),
    Column("stage_at", Moment),
    Column("updated_at", Moment, nullable=False),
)

clearance_events = Table(
    "clearance_events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("source", "event_id"),
    Index("ix_clearance_events_history", "declaration_no", "occurred_at"),
)
