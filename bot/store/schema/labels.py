"""Expo special labels: signing keys, events, exhibitors, goods lists, labels and what became of the goods."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
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
)

from bot.store.schema.base import Moment, id_column, metadata, one_of

label_keys = Table(
    "label_keys",
    metadata,
    Column("id", String(8), primary_key=True, comment="first bytes of SHA-256 over the public key, hex"),
    Column("number", Integer, nullable=False, unique=True, comment="from which the private key is derived"),
    Column("public_key", String(64), nullable=False, comment="32 bytes as hex; the private key is stored nowhere"),
    Column("created_at", Moment, nullable=False),
    Column("retired_at", Moment, comment="signs nothing more; what it signed holds"),
    Column("revoked_at", Moment, comment="nothing that it signed holds"),
    Column("revoked_why", Text),
)

expo_events = Table(
    "expo_events",
    metadata,
    id_column(),
    Column("code", String(8), nullable=False, unique=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, comment="the organiser"),
    Column("name", String(120), nullable=False),
    Column("venue", String(120), nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("guarantee_no", String(64), comment="the organiser's guarantee, where it gives one for all"),
    Column("design", JSON, nullable=False, comment="of the label: title, colour, note"),
    Column("next_serial", Integer, nullable=False),
    Column("state", String(24), nullable=False),
    Column("reasons", JSON, nullable=False, comment="why it was refused"),
    Column("person_id", String(32), comment="who entered it; null: staff, or erased"),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("closes_on >= opens_on", name="period"),
    one_of("state", ("applied", "approved", "refused", "closed")),
)

expo_exhibitors = Table(
    "expo_exhibitors",
    metadata,
    id_column(),
    Column("event_id", ForeignKey("expo_events.id"), nullable=False),
    Column(
        "enterprise_id", ForeignKey("enterprises.id"), nullable=False, comment="the exhibitor, or who acts for it here"
    ),
    Column("name", String(120), nullable=False, comment="as on its stand"),
    Column("stand", String(24), nullable=False),
    Column("guarantee_no", String(64)),
    Column("person_id", String(32), comment="who registered it; null: staff, or erased"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("event_id", "enterprise_id", "stand"),
)

label_applications = Table(
    "label_applications",
    metadata,
    id_column(),
    Column("event_id", ForeignKey("expo_events.id"), nullable=False),
    Column("exhibitor_id", ForeignKey("expo_exhibitors.id"), nullable=False, index=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("person_id", String(32), comment="who is told of it; null: staff, or erased", index=True),
    Column("state", String(24), nullable=False),
    Column("reasons", JSON, nullable=False, comment="all that was told when it was last returned or refused"),
    Column("created_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("decided_at", Moment),
    one_of("state", ("draft", "applied", "returned", "approved", "refused", "withdrawn")),
    Index("ix_label_applications_event", "event_id", "state"),
)

goods_uploads = Table(
    "goods_uploads",
    metadata,
    id_column(),
    Column("application_id", ForeignKey("label_applications.id"), nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the file: the same file is taken once"),
    Column("rows", JSON, nullable=False, comment="checked lines; emptied when all are written"),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("application_id", "digest"),
    CheckConstraint("done >= 0 AND done <= total", name="progress"),
)

_QUANTITIES = ("re_exported", "consumed", "destroyed", "sold", "remaining")

expo_labels = Table(
    "expo_labels",
    metadata,
    id_column(),
    Column("application_id", ForeignKey("label_applications.id"), nullable=False),
    Column("event_id", ForeignKey("expo_events.id"), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("hs", String(10), nullable=False),
    Column("quantity", BigInteger, nullable=False, comment="thousandths of the unit, as all quantities here"),
    Column("unit", String(16), nullable=False),
    Column("packages", Integer, nullable=False),
    Column("origin", String(60), nullable=False),
    Column("yes", JSON, nullable=False, comment="the questions answered with yes"),
    Column("papers", JSON, nullable=False, comment="paper -> number or day"),
    Column("state", String(24), nullable=False),
    Column("serial_no", Integer),
    Column("key_id", ForeignKey("label_keys.id")),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("released_on", Date),
    Column("term_on", Date, comment="last day in the country"),
    Column("extensions", Integer, nullable=False, server_default="0"),
    *(Column(name, BigInteger, nullable=False, server_default="0") for name in _QUANTITIES),
    UniqueConstraint("application_id", "line_no"),
    UniqueConstraint("event_id", "serial_no"),
    CheckConstraint("quantity > 0 AND packages > 0", name="something"),
    CheckConstraint(" AND ".join(f"{name} >= 0" for name in _QUANTITIES), name="never_negative"),
    CheckConstraint("quantity = " + " + ".join(_QUANTITIES), name="balance"),
    one_of(
        "state",
        (
            *("applied", "issued", "affixed", "released", "inspected", "re_exported", "consumed", "destroyed"),
            *("sold", "closed", "refused", "revoked"),
        ),
    ),
    Index("ix_expo_labels_enterprise", "enterprise_id"),
    Index("ix_expo_labels_term", "application_id", "released_on"),
)

label_movements = Table(
    "label_movements",
    metadata,
    id_column(),
    Column("label_id", ForeignKey("expo_labels.id"), nullable=False),
    Column("fate", String(16), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("ref", String(64), nullable=False, comment="the caller's own: the same movement is booked once"),
    Column("document", String(64), comment="declaration, destruction record"),
    Column("actor", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("label_id", "ref"),
    CheckConstraint("quantity > 0", name="something"),
    one_of("fate", ("re_exported", "consumed", "destroyed", "sold")),
)
