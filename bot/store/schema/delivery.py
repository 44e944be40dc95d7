"""Outbox, deliveries, workers."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from bot.store.schema.base import Moment, Serial, metadata, one_of

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("cause_kind", String(16), nullable=False),
    Column("cause_id", String(64), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("audience_kind", String(16), nullable=False),
    Column("audience_target", String(64), nullable=False),
    Column("payload", JSON, nullable=False, comment="language -> message"),
    Column(
        "action", String(8), nullable=False, server_default="send", comment="what is done: send, or change an earlier"
    ),
    Column("of_id", Serial, comment="outbox row whose messages are changed; null for a send"),
    Column("state", String(16), nullable=False),
    Column("checkpoint", String(32), comment="last person or address resolved"),
    Column("resolved", Integer, nullable=False, default=0),
    Column("excludes", JSON(none_as_null=True), comment="[[cause kind, cause id]]: who was told by these is left out"),
    Column("rate_per_s", Float, comment="the sender's own, slower pace"),
    Column("fed_at", Moment, comment="with a pace of its own: up to when deliveries were queued for it"),
    Column("paused_at", Moment),
    Column("urgent_reason", String(200), comment="why it passes quiet hours; null: it does not"),
    Column("urgent_approver", String(80)),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("cause_kind", "cause_id"),
    CheckConstraint("urgent_reason IS NULL OR urgent_approver IS NOT NULL", name="urgent_approved"),
    one_of("state", ("pending", "resolved", "cancelled")),
    one_of("lane", ("emergency", "reply", "transactional", "bulk")),
    Index("ix_outbox_open", "state", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("outbox_id", ForeignKey("outbox.id"), nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Moment, nullable=False),
    Column("queued_at", Moment, comment="when Redis was last told; null: it does not know"),
    Column("claimed_by", String(64)),
    Column("claimed_at", Moment),
    Column("uncertain", Integer, nullable=False, default=0, comment="sends cut off before their receipt"),
    Column("sent_at", Moment),
    Column("provider_ref", String(64)),
    Column("failure", String(64)),
    Column("variant", Integer, nullable=False, server_default="0", comment="which of the outbox row's variants"),
    Column("outcome", String(16), comment="sent, edited, deleted, gone, told: how the action ended"),
    Column("held_until", Moment, comment="it waited for the end of the person's quiet hours"),
    Column("digest_id", Serial, comment="outbox row of the digest in which it was told"),
    UniqueConstraint("outbox_id", "person_id", "channel"),
    one_of("state", ("created", "collected", "digested", "sending", "sent", "retrying", "failed", "cancelled")),
    Index("ix_deliveries_due", "state", "due_at"),
    Index("ix_deliveries_cause", "outbox_id", "state"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
)
