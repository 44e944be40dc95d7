"""What all desks share: the history of their cases."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table, Text

from bot.store.schema.base import Moment, Serial, metadata

case_history = Table(
    "case_history",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("machine", String(32), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("from_state", String(24), comment="null: the case began"),
    Column("to_state", String(24), nullable=False),
    Column("actor", String(100), nullable=False, comment="person:<id>, staff:<name>, key:<name> or system"),
    Column("why", Text),
    Column("detail", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_case_history_case", "machine", "case_id", "seq"),
)
