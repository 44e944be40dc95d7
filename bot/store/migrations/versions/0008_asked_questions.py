"""Questions asked in vain, and ratings of answers, without identity.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "asked_questions",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.String(300), nullable=False, comment="without numbers, addresses and names"),
        sa.Column("entry", sa.String(48), comment="what was answered, for a poor rating"),
        sa.Column("reason", sa.String(16)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asked_questions"),
        sa.CheckConstraint("kind IN ('unanswered', 'poor')", name=op.f("ck_asked_questions_kind")),
        sa.CheckConstraint("state IN ('open', 'filed', 'dismissed')", name=op.f("ck_asked_questions_state")),
        sa.CheckConstraint(
            "reason IN ('wrong', 'outdated', 'unclear', 'other_matter')", name=op.f("ck_asked_questions_reason")
        ),
    )
    op.create_index("ix_asked_questions_open", "asked_questions", ["state", "id"])
    op.create_index("ix_asked_questions_day", "asked_questions", ["day"])
    op.create_table(
        "entry_ratings",
        sa.Column("entry", sa.String(48), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "language", "day", name="pk_entry_ratings"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("entry_ratings")
    op.drop_table("asked_questions")
