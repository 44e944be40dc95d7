"""What proves that requests and notifications do what they promise: answers to repeat, the promise's days."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from bot.store.schema.base import Moment, metadata, one_of

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", String(64), primary_key=True, comment="hash of who, route and Idempotency-Key"),
    Column("fingerprint", String(64), nullable=False, comment="hash of the request's body"),
    Column("state", String(8), nullable=False),
    Column("token", String(32), nullable=False, comment="of the request that runs, or ran"),
    Column("lease_until", Moment, nullable=False, comment="a running request that is older died with its process"),
    Column("status", Integer),
    Column("content_type", String(80)),
    Column("body", Text, comment="null for an answer that is not to be stored"),
    Column("created_at", Moment, nullable=False),
    one_of("state", ("running", "done")),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

promise_days = Table(
    "promise_days",
    metadata,
    Column("day", String(10), primary_key=True, comment="of the service's time zone, as 2026-11-22"),
    Column("lane", String(16), primary_key=True),
    Column("handed", Integer, nullable=False, comment="taken by a channel on that day, outside quiet hours"),
    Column("in_time", Integer, nullable=False, comment="of these, within 10 s of acceptance"),
    Column("computed_at", Moment, nullable=False),
    one_of("lane", ("emergency", "reply", "transactional", "bulk")),
)
