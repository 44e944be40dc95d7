"""Expo special labels.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_QUANTITIES = ("re_exported", "consumed", "destroyed", "sold", "remaining")


def upgrade() -> None:
    """Go to this version."""
    _keys_and_events()
    _lists()
    _labels()


def _keys_and_events() -> None:
    op.create_table(
        "label_keys",
        sa.Column("id", sa.String(8), nullable=False, comment="first bytes of SHA-256 over the public key, hex"),
        sa.Column("number", sa.Integer(), nullable=False, comment="from which the private key is derived"),
        sa.Column(
            "public_key", sa.String(64), nullable=False, comment="32 bytes as hex; the private key is stored nowhere"
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("retired_at", _MOMENT, comment="signs nothing more; what it signed holds"),
        sa.Column("revoked_at", _MOMENT, comment="nothing that it signed holds"),
        sa.Column("revoked_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_keys")),
        sa.UniqueConstraint("number", name=op.f("uq_label_keys_number")),
    )
    op.create_table(
        "expo_events",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("enterprise_id", sa.String(32), nullable=False, comment="the organiser"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("venue", sa.String(120), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("guarantee_no", sa.String(64), comment="the organiser's guarantee, where it gives one for all"),
        sa.Column("design", sa.JSON(), nullable=False, comment="of the label: title, colour, note"),
        sa.Column("next_serial", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="why it was refused"),
        sa.Column("person_id", sa.String(32), comment="who entered it; null: staff, or erased"),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_expo_events_period")),
        sa.CheckConstraint("state IN ('applied', 'approved', 'refused', 'closed')", name=op.f("ck_expo_events_state")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_expo_events_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expo_events")),
        sa.UniqueConstraint("code", name=op.f("uq_expo_events_code")),
    )


def _lists() -> None:
    op.create_table(
        "expo_exhibitors",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32), nullable=False, comment="the exhibitor, or who acts for it here"),
        sa.Column("name", sa.String(120), nullable=False, comment="as on its stand"),
        sa.Column("stand", sa.String(24), nullable=False),
        sa.Column("guarantee_no", sa.String(64)),
        sa.Column("person_id", sa.String(32), comment="who registered it; null: staff, or erased"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["expo_events.id"], name=op.f("fk_expo_exhibitors_event_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_expo_exhibitors_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expo_exhibitors")),
        sa.UniqueConstraint(
            *("event_id", "enterprise_id", "stand"), name=op.f("uq_expo_exhibitors_event_id_enterprise_id_stand")
        ),
    )
    op.create_table(
        "label_applications",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("exhibitor_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), comment="who is told of it; null: staff, or erased"),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column(
            "reasons", sa.JSON(), nullable=False, comment="all that was told when it was last returned or refused"
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT),
        sa.Column("decided_at", _MOMENT),
        sa.CheckConstraint(
            "state IN ('draft', 'applied', 'returned', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_label_applications_state"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["expo_events.id"], name=op.f("fk_label_applications_event_id")),
        sa.ForeignKeyConstraint(
            ["exhibitor_id"], ["expo_exhibitors.id"], name=op.f("fk_label_applications_exhibitor_id")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_label_applications_enterprise_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_applications")),
    )
    for column in ("exhibitor_id", "enterprise_id", "person_id"):
        op.create_index(op.f(f"ix_label_applications_{column}"), "label_applications", [column])
    op.create_index("ix_label_applications_event", "label_applications", ["event_id", "state"])
    op.create_table(
        "goods_uploads",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the file: the same file is taken once"),
        sa.Column("rows", sa.JSON(), nullable=False, comment="checked lines; emptied when all are written"),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_goods_uploads_progress")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["label_applications.id"], name=op.f("fk_goods_uploads_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_uploads")),
        sa.UniqueConstraint("application_id", "digest", name=op.f("uq_goods_uploads_application_id_digest")),
    )


def _labels() -> None:
    op.create_table(
        "expo_labels",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("hs", sa.String(10), nullable=False),
        sa.Column(
            "quantity", sa.BigInteger(), nullable=False, comment="thousandths of the unit, as all quantities here"
        ),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(60), nullable=False),
        sa.Column("yes", sa.JSON(), nullable=False, comment="the questions answered with yes"),
        sa.Column("papers", sa.JSON(), nullable=False, comment="paper -> number or day"),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("serial_no", sa.Integer()),
        sa.Column("key_id", sa.String(8)),
        *(sa.Column(name, sa.Date()) for name in ("valid_from", "valid_until", "released_on")),
        sa.Column("term_on", sa.Date(), comment="last day in the country"),
        sa.Column("extensions", sa.Integer(), server_default="0", nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in _QUANTITIES),
        sa.CheckConstraint("quantity > 0 AND packages > 0", name=op.f("ck_expo_labels_something")),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in _QUANTITIES), name=op.f("ck_expo_labels_never_negative")
        ),
        sa.CheckConstraint("quantity = " + " + ".join(_QUANTITIES), name=op.f("ck_expo_labels_balance")),
        sa.CheckConstraint(
            "state IN ('applied', 'issued', 'affixed', 'released', 'inspected', 're_exported', 'consumed', "
            "'destroyed', 'sold', 'closed', 'refused', 'revoked')",
            name=op.f("ck_expo_labels_state"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["label_applications.id"], name=op.f("fk_expo_labels_application_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["expo_events.id"], name=op.f("fk_expo_labels_event_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_expo_labels_enterprise_id")),
        sa.ForeignKeyConstraint(["key_id"], ["label_keys.id"], name=op.f("fk_expo_labels_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expo_labels")),
        sa.UniqueConstraint("application_id", "line_no", name=op.f("uq_expo_labels_application_id_line_no")),
        sa.UniqueConstraint("event_id", "serial_no", name=op.f("uq_expo_labels_event_id_serial_no")),
    )
    op.create_index("ix_expo_labels_enterprise", "expo_labels", ["enterprise_id"])
    op.create_index("ix_expo_labels_term", "expo_labels", ["application_id", "released_on"])
    op.create_table(
        "label_movements",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("label_id", sa.String(32), nullable=False),
        sa.Column("fate", sa.String(16), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False, comment="the caller's own: the same movement is booked once"),
        sa.Column("document", sa.String(64), comment="declaration, destruction record"),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_label_movements_something")),
        sa.CheckConstraint(
            "fate IN ('re_exported', 'consumed', 'destroyed', 'sold')", name=op.f("ck_label_movements_fate")
        ),
        sa.ForeignKeyConstraint(["label_id"], ["expo_labels.id"], name=op.f("fk_label_movements_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_movements")),
        sa.UniqueConstraint("label_id", "ref", name=op.f("uq_label_movements_label_id_ref")),
    )


def downgrade() -> None:
    """Go back."""
    for table in ("label_movements", "expo_labels", "goods_uploads", "label_applications", "expo_exhibitors"):
        op.drop_table(table)
    op.drop_table("expo_events")
    op.drop_table("label_keys")
