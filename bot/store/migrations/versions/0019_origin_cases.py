"""Certificates of origin that people prepare and follow.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STATES = (
    "'preparing', 'applied', 'issued', 'issued_later', 'correcting', 'corrected', 'refused', 'expired', 'withdrawn'"
)


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "origin_cases",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("person_id", sa.String(32), comment="who prepares it; null: erased"),
        sa.Column("origin", sa.String(64), comment="the form draft or request that it came of"),
        sa.Column("agreement", sa.String(24), comment="null: non-preferential"),
        sa.Column("goods_origin", sa.String(8), nullable=False, comment="code of countries.yaml"),
        sa.Column("destination", sa.String(8), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False, comment="field of the data sheet -> what the person told"),
        sa.Column("certificate_no", sa.String(40)),
        sa.Column("issued_on", sa.Date()),
        sa.Column("valid_until", sa.Date(), comment="null: not issued, or the agreement's validity is not known"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_origin_cases"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_origin_cases_person_id"),
        sa.UniqueConstraint("number", name="uq_origin_cases_number"),
        sa.UniqueConstraint("origin", name="uq_origin_cases_origin"),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_origin_cases_state")),
    )
    op.create_index("ix_origin_cases_person_id", "origin_cases", ["person_id"])
    op.create_index("ix_origin_cases_valid", "origin_cases", ["state", "valid_until"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("origin_cases")
