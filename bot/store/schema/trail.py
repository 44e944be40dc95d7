"""The audit trail."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table

from bot.store.schema.base import Moment, Serial, metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(100), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("seal", String(64), nullable=False, comment="keyed hash over the last row's hash"),
)
