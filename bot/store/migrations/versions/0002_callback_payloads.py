"""Payloads of buttons that are longer than Telegram's callback data.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "callback_payloads",
        sa.Column(
            "id",
            sa.String(length=40),
            nullable=False,
            comment="short id that stands in a button, from the payload's hash",
        ),
        sa.Column("payload", sa.Text(), nullable=False, comment="longer than the 64 bytes that Telegram takes"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callback_payloads"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("callback_payloads")
