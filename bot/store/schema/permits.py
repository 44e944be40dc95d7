"""Permits: the permit, its lines of goods with what is used, the write-offs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.schema.base import Moment, id_column, metadata, one_of

_IN_FORCE = text("corrected_at IS NULL")

permits = Table(
    "permits",
    metadata,
    id_column(),
    Column("firm_id", ForeignKey("enterprises.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("number", String(64), nullable=False, comment="as printed"),
    Column("valid_from", Date, nullable=False, comment="as printed"),
    Column("valid_until", Date, nullable=False, comment="as printed; the last day on which it holds"),
    Column("person_id", String(32), comment="who entered it; null once erased"),
    Column("state", String(16), nullable=False),
    Column("request_key", String(64), unique=True, comment="of the form or request: sent twice, entered once"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("firm_id", "kind", "number"),
    CheckConstraint("valid_until >= valid_from", name="dates"),
    one_of("kind", ("entry_quarantine", "hygiene")),
    one_of("state", ("valid", "used_up", "expired", "closed")),
    Index("ix_permits_ending", "state", "valid_until"),
)

# Quantities in millionths of the unit: exact on both databases, and the database itself keeps the balance from going below zero.
permit_lines = Table(
    "permit_lines",
    metadata,
    id_column(),
    Column("permit_id", ForeignKey("permits.id"), nullable=False),
    Column("line", Integer, nullable=False, comment="1 for the first"),
    Column("goods", String(200), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("quantity", BigInteger, nullable=False, comment="in millionths of the unit, as printed"),
    Column("used", BigInteger, nullable=False, comment="in millionths of the unit"),
    UniqueConstraint("permit_id", "line"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("used >= 0 AND used <= quantity", name="balance"),
)

permit_write_offs = Table(
    "permit_write_offs",
    metadata,
    id_column(),
    Column("line_id", ForeignKey("permit_lines.id"), nullable=False),
    Column("reference", String(64), nullable=False, comment="declaration of the batch"),
    Column("day", Date, nullable=False, comment="of the batch's entry"),
    Column("amount", BigInteger, nullable=False, comment="in millionths of the unit; 0: taken back"),
    Column("corrects", ForeignKey("permit_write_offs.id"), comment="the one that this takes the place of"),
    Column("why", Text, comment="of a correction"),
    Column("corrected_at", Moment, comment="null: it counts"),
    Column("actor", String(100), nullable=False),
    Column("request_key", String(64), unique=True),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("amount >= 0 AND (amount > 0 OR corrects IS NOT NULL)", name="amount"),
    CheckConstraint("corrects IS NULL OR why IS NOT NULL", name="why"),
    Index("ix_permit_write_offs_line", "line_id", "created_at"),
    Index(
        "uq_permit_write_offs_batch",
        *("line_id", "reference"),
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    ),
)
