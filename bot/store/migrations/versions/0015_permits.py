"""Permits: permits of firms, lines of goods with their balance, write-offs.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "permits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("firm_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False, comment="as printed"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="as printed"),
        sa.Column("valid_until", sa.Date(), nullable=False, comment="as printed; the last day on which it holds"),
        sa.Column("person_id", sa.String(length=32), nullable=True, comment="who entered it; null once erased"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "request_key",
            sa.String(length=64),
            nullable=True,
            comment="of the form or request: sent twice, entered once",
        ),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('entry_quarantine', 'hygiene')", name=op.f("ck_permits_kind")),
        sa.CheckConstraint("state IN ('valid', 'used_up', 'expired', 'closed')", name=op.f("ck_permits_state")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_permits_dates")),
        sa.ForeignKeyConstraint(["firm_id"], ["enterprises.id"], name=op.f("fk_permits_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permits")),
        sa.UniqueConstraint("firm_id", "kind", "number", name=op.f("uq_permits_firm_id_kind_number")),
        sa.UniqueConstraint("request_key", name=op.f("uq_permits_request_key")),
    )
    op.create_index("ix_permits_ending", "permits", ["state", "valid_until"], unique=False)
    op.create_table(
        "permit_lines",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("permit_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, comment="1 for the first"),
        sa.Column("goods", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False, comment="in millionths of the unit, as printed"),
        sa.Column("used", sa.BigInteger(), nullable=False, comment="in millionths of the unit"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_permit_lines_quantity")),
        sa.CheckConstraint("used >= 0 AND used <= quantity", name=op.f("ck_permit_lines_balance")),
        sa.ForeignKeyConstraint(["permit_id"], ["permits.id"], name=op.f("fk_permit_lines_permit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_lines")),
        sa.UniqueConstraint("permit_id", "line", name=op.f("uq_permit_lines_permit_id_line")),
    )
    op.create_table(
        "permit_write_offs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False, comment="declaration of the batch"),
        sa.Column("day", sa.Date(), nullable=False, comment="of the batch's entry"),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="in millionths of the unit; 0: taken back"),
        sa.Column("corrects", sa.String(length=32), nullable=True, comment="the one that this takes the place of"),
        sa.Column("why", sa.Text(), nullable=True, comment="of a correction"),
        sa.Column("corrected_at", moment, nullable=True, comment="null: it counts"),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint(
            "amount >= 0 AND (amount > 0 OR corrects IS NOT NULL)", name=op.f("ck_permit_write_offs_amount")
        ),
        sa.CheckConstraint("corrects IS NULL OR why IS NOT NULL", name=op.f("ck_permit_write_offs_why")),
        sa.ForeignKeyConstraint(["corrects"], ["permit_write_offs.id"], name=op.f("fk_permit_write_offs_corrects")),
        sa.ForeignKeyConstraint(["line_id"], ["permit_lines.id"], name=op.f("fk_permit_write_offs_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_write_offs")),
        sa.UniqueConstraint("request_key", name=op.f("uq_permit_write_offs_request_key")),
    )
    op.create_index("ix_permit_write_offs_line", "permit_write_offs", ["line_id", "created_at"], unique=False)
    op.create_index(
        "uq_permit_write_offs_batch",
        "permit_write_offs",
        ["line_id", "reference"],
        unique=True,
        sqlite_where=sa.text("corrected_at IS NULL"),
        postgresql_where=sa.text("corrected_at IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("permit_write_offs")
    op.drop_table("permit_lines")
    op.drop_table("permits")
