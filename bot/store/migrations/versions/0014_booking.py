"""Booking: sites, slots with places, bookings, the officers' roster, firms' ratings.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "booking_sites",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("office", sa.String(length=4), nullable=False, comment="customs office code, 4 digits"),
        sa.Column("name", sa.JSON(), nullable=False, comment="language -> name"),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False, comment="minute of the working day at which the office opens"),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name=op.f("ck_booking_sites_hours")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_sites")),
        sa.UniqueConstraint("office", "address", name=op.f("uq_booking_sites_office_address")),
    )
    op.create_table(
        "booking_duties",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_booking_duties_times")),
        sa.ForeignKeyConstraint(["site_id"], ["booking_sites.id"], name=op.f("fk_booking_duties_site_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_booking_duties_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_duties")),
        sa.UniqueConstraint("staff_id", "starts_at", name=op.f("uq_booking_duties_staff_id_starts_at")),
    )
    op.create_index("ix_booking_duties_site", "booking_duties", ["site_id", "starts_at"], unique=False)
    op.create_table(
        "booking_ratings",
        sa.Column("firm_id", sa.String(length=32), nullable=False),
        sa.Column(
            "rating", sa.String(length=16), nullable=False, comment="customs' credit rating, as staff looked it up"
        ),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", moment, nullable=False),
        sa.CheckConstraint("rating IN ('aeo', 'general', 'untrustworthy')", name=op.f("ck_booking_ratings_rating")),
        sa.ForeignKeyConstraint(["firm_id"], ["enterprises.id"], name=op.f("fk_booking_ratings_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", name=op.f("pk_booking_ratings")),
    )
    op.create_table(
        "booking_slots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False, comment="of kinds.yaml"),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False, comment="places 1 to capacity stand in booking_places"),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint("capacity >= 0 AND capacity <= 500", name=op.f("ck_booking_slots_capacity")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_booking_slots_times")),
        sa.ForeignKeyConstraint(["site_id"], ["booking_sites.id"], name=op.f("fk_booking_slots_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_slots")),
        sa.UniqueConstraint("site_id", "kind", "starts_at", name=op.f("uq_booking_slots_site_id_kind_starts_at")),
    )
    op.create_index("ix_booking_slots_starts_at", "booking_slots", ["starts_at"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False, comment="what people say and the QR code holds"),
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("firm_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True, comment="who booked; null once erased"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "reference", sa.String(length=64), nullable=False, comment="declaration, container or bill of lading"
        ),
        sa.Column("goods_class", sa.String(length=16), nullable=True),
        sa.Column("is_aeo", sa.Boolean(), nullable=False, comment="as the firm said"),
        sa.Column("details", sa.JSON(), nullable=False, comment="the other fields of the form"),
        sa.Column(
            "request_key",
            sa.String(length=64),
            nullable=True,
            comment="of the form or request: sent twice, booked once",
        ),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="grows with each change of the calendar",
        ),
        sa.Column("counts_from", moment, nullable=False, comment="as filed: when made, or when the office opened next"),
        sa.Column("waiting_since", moment, nullable=True),
        sa.Column("offer_until", moment, nullable=True),
        sa.Column("why", sa.Text(), nullable=True, comment="of the refusal, cancellation or no-show"),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint("(state = 'offered') = (offer_until IS NOT NULL)", name=op.f("ck_bookings_offer")),
        sa.CheckConstraint(
            "state IN ('requested', 'confirmed', 'waiting', 'offered', 'served', 'no_show', 'cancelled', 'refused', 'expired')",
            name=op.f("ck_bookings_state"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["enterprises.id"], name=op.f("fk_bookings_firm_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["booking_slots.id"], name=op.f("fk_bookings_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("number", name=op.f("uq_bookings_number")),
        sa.UniqueConstraint("request_key", name=op.f("uq_bookings_request_key")),
    )
    op.create_index("ix_bookings_firm", "bookings", ["firm_id", "created_at"], unique=False)
    op.create_index("ix_bookings_offers", "bookings", ["state", "offer_until"], unique=False)
    op.create_index("ix_bookings_person", "bookings", ["person_id"], unique=False)
    op.create_index("ix_bookings_waiting", "bookings", ["slot_id", "state", "waiting_since", "id"], unique=False)
    op.create_index(
        "uq_bookings_open_reference",
        "bookings",
        ["slot_id", "firm_id", "reference"],
        unique=True,
        sqlite_where=sa.text("state IN ('requested', 'confirmed', 'waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('requested', 'confirmed', 'waiting', 'offered')"),
    )
    op.create_table(
        "booking_places",
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.String(length=32), nullable=True, comment="null: free"),
        sa.CheckConstraint("place >= 1", name=op.f("ck_booking_places_place")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_places_booking_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["booking_slots.id"], name=op.f("fk_booking_places_slot_id")),
        sa.PrimaryKeyConstraint("slot_id", "place", name=op.f("pk_booking_places")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_booking_places_booking_id")),
    )
    op.create_index("ix_booking_places_free", "booking_places", ["slot_id", "booking_id", "place"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("booking_places")
    op.drop_table("bookings")
    op.drop_table("booking_slots")
    op.drop_table("booking_ratings")
    op.drop_table("booking_duties")
    op.drop_table("booking_sites")
