"""Reminders tied to a date field."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table, UniqueConstraint

from bot.store.schema.base import Moment, id_column, metadata, one_of

reminders = Table(
    "reminders",
    metadata,
    id_column(),
    Column("kind", String(32), nullable=False, comment="whose date it is"),
    Column("object_id", String(64), nullable=False),
    Column("audience_kind", String(16), nullable=False),
    Column("audience_target", String(64), nullable=False),
    Column("offset_minutes", Integer, nullable=False, comment="before the date"),
    Column("at", Moment, nullable=False, comment="the date field's value"),
    Column("due_at", Moment, nullable=False),
    Column("text_key", String(32), nullable=False),
    Column("text_values", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False, comment="grows each time the date moves"),
    Column("fired_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint(
        *("kind", "object_id", "audience_kind", "audience_target", "offset_minutes"), name="uq_reminders_once"
    ),
    one_of("state", ("waiting", "fired", "dropped", "cancelled")),
    Index("ix_reminders_due", "state", "due_at"),
)
