"""Policy notices."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from bot.store.schema.base import Moment, id_column, metadata, one_of

notices = Table(
    "notices",
    metadata,
    id_column(),
    Column("topic", String(40), nullable=False),
    Column("base_language", String(8), nullable=False),
    Column("texts", JSON, nullable=False, comment="language -> {title, body}"),
    Column("source_url", String(500)),
    Column("state", String(16), nullable=False),
    Column(
        "revision", Integer, nullable=False, comment="counts changes of the texts; an approval names the one it saw"
    ),
    Column("messages", JSON, comment="language -> message, fixed on approval: what was approved is what is sent"),
    Column("author_id", ForeignKey("staff.id"), nullable=False),
    Column("approver_id", ForeignKey("staff.id")),
    Column("created_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("approved_at", Moment),
    Column("scheduled_for", Moment),
    Column("sent_at", Moment, comment="when it was handed to delivery"),
    Column("completed_at", Moment, comment="when every delivery had its outcome"),
    Column("recalled_at", Moment),
    one_of("state", ("draft", "submitted", "approved", "scheduled", "sending", "sent", "recalled")),
    CheckConstraint("approver_id <> author_id", name="two_persons"),
    Index("ix_notices_due", "state", "scheduled_for"),
)
