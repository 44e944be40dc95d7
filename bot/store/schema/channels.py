"""What came in from channels, and what a channel keeps for itself."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.store.schema.base import Moment, Serial, metadata, one_of

inbound_updates = Table(
    "inbound_updates",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(16), nullable=False),
    Column("update_id", String(64), nullable=False),
    Column("payload", JSON, nullable=True, comment="emptied once done"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("channel", "update_id"),
    one_of("state", ("received", "done", "failed")),
    Index("ix_inbound_updates_open", "state", "seq"),
)

web_messages = Table(
    "web_messages",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("kind", String(16), nullable=False, comment="reply | push"),
    Column("ref", String(64), comment="delivery id of a push: written once"),
    Column("payload", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_web_messages_inbox", "address_id", "seq"),
    UniqueConstraint("ref"),
)

callback_payloads = Table(
    "callback_payloads",
    metadata,
    Column("id", String(40), primary_key=True, comment="short id that stands in a button, from the payload's hash"),
    Column("payload", Text, nullable=False, comment="longer than the 64 bytes that Telegram takes"),
    Column("created_at", Moment, nullable=False),
)
