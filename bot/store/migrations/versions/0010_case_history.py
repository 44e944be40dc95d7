"""The history of cases.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "case_history",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("from_state", sa.String(24), comment="null: the case began"),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False, comment="person:<id>, staff:<name>, key:<name> or system"),
        sa.Column("why", sa.Text()),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_case_history"),
    )
    op.create_index("ix_case_history_case", "case_history", ["machine", "case_id", "seq"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_case_history_case", "case_history")
    op.drop_table("case_history")
