"""Booking: sites, slots with their places, bookings, the officers' roster, firms' ratings."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
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

_HOLDS_OR_WAITS = text("state IN ('requested', 'confirmed', 'waiting', 'offered')")

booking_sites = Table(
    "booking_sites",
    metadata,
    id_column(),
    Column("office", String(4), nullable=False, comment="customs office code, 4 digits"),
    Column("name", JSON, nullable=False, comment="language -> name"),
    Column("address", String(200), nullable=False),
    Column("opens", Integer, nullable=False, comment="minute of the working day at which the office opens"),
    Column("closes", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("office", "address"),
    CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name="hours"),
)

booking_slots = Table(
    "booking_slots",
    metadata,
    id_column(),
    Column("site_id", ForeignKey("booking_sites.id"), nullable=False),
    Column("kind", String(24), nullable=False, comment="of kinds.yaml"),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("capacity", Integer, nullable=False, comment="places 1 to capacity stand in booking_places"),
    Column("closed_at", Moment),
    Column("closed_why", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("site_id", "kind", "starts_at"),
    CheckConstraint("capacity >= 0 AND capacity <= 500", name="capacity"),
    CheckConstraint("ends_at > starts_at", name="times"),
    Index("ix_booking_slots_starts_at", "starts_at"),
)

bookings = Table(
    "bookings",
    metadata,
    id_column(),
    Column("number", String(16), nullable=False, unique=True, comment="what people say and the QR code holds"),
    Column("slot_id", ForeignKey("booking_slots.id"), nullable=False),
    Column("firm_id", ForeignKey("enterprises.id"), nullable=False),
    Column("person_id", String(32), comment="who booked; null once erased"),
    Column("state", String(16), nullable=False),
    Column("reference", String(64), nullable=False, comment="declaration, container or bill of lading"),
    Column("goods_class", String(16)),
    Column("is_aeo", Boolean, nullable=False, comment="as the firm said"),
    Column("details", JSON, nullable=False, comment="the other fields of the form"),
    Column("request_key", String(64), unique=True, comment="of the form or request: sent twice, booked once"),
    Column("revision", Integer, nullable=False, server_default="1", comment="grows with each change of the calendar"),
    Column("counts_from", Moment, nullable=False, comment="as filed: when made, or when the office opened next"),
    Column("waiting_since", Moment),
    Column("offer_until", Moment),
    Column("why", Text, comment="of the refusal, cancellation or no-show"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    one_of(
        "state",
        ("requested", "confirmed", "waiting", "offered", "served", "no_show", "cancelled", "refused", "expired"),
    ),
    CheckConstraint("(state = 'offered') = (offer_until IS NOT NULL)", name="offer"),
    Index("ix_bookings_waiting", "slot_id", "state", "waiting_since", "id"),
    Index("ix_bookings_firm", "firm_id", "created_at"),
    Index("ix_bookings_person", "person_id"),
    Index("ix_bookings_offers", "state", "offer_until"),
    Index(
        "uq_bookings_open_reference",
        *("slot_id", "firm_id", "reference"),
        unique=True,
        sqlite_where=_HOLDS_OR_WAITS,
        postgresql_where=_HOLDS_OR_WAITS,
    ),
)

# One row is one place: nobody can hold a place that there is not, and no place has two holders.
booking_places = Table(
    "booking_places",
    metadata,
    Column("slot_id", ForeignKey("booking_slots.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("booking_id", ForeignKey("bookings.id"), unique=True, comment="null: free"),
    CheckConstraint("place >= 1", name="place"),
    Index("ix_booking_places_free", "slot_id", "booking_id", "place"),
)

booking_duties = Table(
    "booking_duties",
    metadata,
    id_column(),
    Column("site_id", ForeignKey("booking_sites.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("staff_id", "starts_at"),
    CheckConstraint("ends_at > starts_at", name="times"),
    Index("ix_booking_duties_site", "site_id", "starts_at"),
)

booking_ratings = Table(
    "booking_ratings",
    metadata,
    Column("firm_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("rating", String(16), nullable=False, comment="customs' credit rating, as staff looked it up"),
    Column("set_by", String(80), nullable=False),
    Column("set_at", Moment, nullable=False),
    one_of("rating", ("aeo", "general", "untrustworthy")),
)
