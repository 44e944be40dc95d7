"""Reminders tied to a date field.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "reminders",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False, comment="whose date it is"),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("audience_kind", sa.String(16), nullable=False),
        sa.Column("audience_target", sa.String(64), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=False, comment="before the date"),
        sa.Column("at", moment, nullable=False, comment="the date field's value"),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("text_key", sa.String(32), nullable=False),
        sa.Column("text_values", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="grows each time the date moves"),
        sa.Column("fired_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'fired', 'dropped', 'cancelled')", name=op.f("ck_reminders_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            *("kind", "object_id", "audience_kind", "audience_target", "offset_minutes"),
            name=op.f("uq_reminders_once"),
        ),
    )
    op.create_index("ix_reminders_due", "reminders", ["state", "due_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("reminders")
