"""What proves that requests and notifications do what they promise: answers to repeat, the promise's days, canaries."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from bot.store.schema.base import Moment, id_column, metadata, one_of

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

canary_probes = Table(
    "canary_probes",
    metadata,
    Column("id", String(40), primary_key=True, comment="channel and number of the moment: made once"),
    Column("channel", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("proven_at", Moment, comment="when it arrived"),
    Column("failed_at", Moment, comment="when it was given up"),
    Index("ix_canary_probes_proven", "channel", "proven_at"),
)

incidents = Table(
    "incidents",
    metadata,
    id_column(),
    Column("kind", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    one_of("kind", ("arrival", "missed")),
    one_of("state", ("open", "closed")),
    Index(
        "uq_incidents_open",
        "kind",
        "channel",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
