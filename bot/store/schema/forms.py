"""Drafts of forms."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, text

from bot.store.schema.base import Moment, id_column, metadata, one_of

form_drafts = Table(
    "form_drafts",
    metadata,
    id_column(),
    Column("person_id", ForeignKey("persons.id"), nullable=False),
    Column("form", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("values", JSON, nullable=False, comment="answers by field; emptied when it is cancelled or expires"),
    Column("asked", String(48), comment="field that is asked although others lack an answer; null: the next in order"),
    Column("revision", Integer, nullable=False, comment="grows with every change"),
    Column("address_id", String(32), comment="conversation in which it is in hand; null: saved for later"),
    Column("outcome", JSON, nullable=False, comment="what was answered when it was sent"),
    Column("started_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    one_of("state", ("open", "sent", "cancelled", "expired")),
    Index(
        "uq_form_drafts_open",
        "person_id",
        "form",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_form_drafts_address_id", "address_id"),
    Index("ix_form_drafts_state_changed_at", "state", "changed_at"),
)
