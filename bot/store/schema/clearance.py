"""Declarations, their events, the numbers of their shipments, what is usual, and what was late."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from bot.store.schema.base import Moment, Serial, metadata, one_of

declarations = Table(
    "declarations",
    metadata,
    Column("declaration_no", String(18), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("stage", String(32), comment="null until the first event"),
    Column("stage_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("port", String(4), comment="customs office: as reported, else the number's first four digits"),
    Column("reference", String(64), comment="the firm's own"),
    Column("arrived_on", Date, comment="the conveyance was declared for entry"),
    Column("basis_seq", Serial, comment="the event by which the stage holds"),
    Index("ix_declarations_of_firm", "enterprise_id", "stage_at", "declaration_no"),
    Index("ix_declarations_watched", "stage", "stage_at"),
)

clearance_events = Table(
    "clearance_events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False),
    Column("stage", String(32), comment="null: it withdraws an earlier event"),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("amends_id", String(200), comment="event of the same source that it corrects or withdraws"),
    Column("told", Boolean, nullable=False, server_default=false(), comment="followers read it, as it is"),
    UniqueConstraint("source", "event_id"),
    Index("ix_clearance_events_history", "declaration_no", "occurred_at"),
)

shipment_numbers = Table(
    "shipment_numbers",
    metadata,
    Column("declaration_no", ForeignKey("declarations.declaration_no"), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("number", String(40), primary_key=True),
    one_of("kind", ("bill", "container")),
    Index("ix_shipment_numbers_number", "kind", "number", "declaration_no"),
)

stage_usual = Table(
    "stage_usual",
    metadata,
    Column("port", String(4), primary_key=True),
    Column("stage", String(32), primary_key=True),
    Column("cases", Integer, nullable=False, comment="declarations that left the stage within the window"),
    Column("p90_s", Integer, nullable=False, comment="nine of ten left it within these seconds"),
    Column("computed_at", Moment, nullable=False),
)

shipment_lates = Table(
    "shipment_lates",
    metadata,
    Column("declaration_no", ForeignKey("declarations.declaration_no"), primary_key=True),
    Column("basis_seq", Serial, primary_key=True, autoincrement=False, comment="event by which the stage held"),
    Column("stage", String(32), nullable=False),
    Column("rule", String(12), nullable=False),
    Column("since", Moment, nullable=False, comment="the stage was reached"),
    Column("expected_by", Moment, nullable=False),
    Column("cases", Integer, comment="behind what is usual"),
    Column("noticed_at", Moment, nullable=False),
    Column("ended_at", Moment, comment="the stage was left, or proved never to have held"),
    one_of("rule", ("usual", "promised")),
    Index("ix_shipment_lates_open", "ended_at", "noticed_at"),
)

shipment_pictures = Table(
    "shipment_pictures",
    metadata,
    Column("id", String(32), primary_key=True, comment="random: whoever has it sees the picture"),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

receipt_files = Table(
    "receipt_files",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the file"),
    Column("name", String(200), nullable=False),
    Column("receipts", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("done_at", Moment, nullable=False),
)
