"""Answers under an Idempotency-Key; what waited for quiet hours; the promise's days.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.String(64), nullable=False, comment="hash of who, route and Idempotency-Key"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="hash of the request's body"),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("token", sa.String(32), nullable=False, comment="of the request that runs, or ran"),
        sa.Column(
            "lease_until", _MOMENT, nullable=False, comment="a running request that is older died with its process"
        ),
        sa.Column("status", sa.Integer()),
        sa.Column("content_type", sa.String(80)),
        sa.Column("body", sa.Text(), comment="null for an answer that is not to be stored"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.CheckConstraint("state IN ('running', 'done')", name="ck_idempotency_keys_state"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "promise_days",
        sa.Column("day", sa.String(10), nullable=False, comment="of the service's time zone, as 2026-11-22"),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column(
            "handed", sa.Integer(), nullable=False, comment="taken by a channel on that day, outside quiet hours"
        ),
        sa.Column("in_time", sa.Integer(), nullable=False, comment="of these, within 10 s of acceptance"),
        sa.Column("computed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("day", "lane", name="pk_promise_days"),
        sa.CheckConstraint("lane IN ('emergency', 'reply', 'transactional', 'bulk')", name="ck_promise_days_lane"),
    )
    held = "it waited for the end of the person's quiet hours"
    op.add_column("deliveries", sa.Column("held_until", _MOMENT, comment=held))


def downgrade() -> None:
    """Go back."""
    op.drop_column("deliveries", "held_until")
    op.drop_table("promise_days")
    op.drop_index("ix_idempotency_keys_created_at", "idempotency_keys")
    op.drop_table("idempotency_keys")
