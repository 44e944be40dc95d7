"""Probes to canaries, and incidents.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "canary_probes",
        sa.Column("id", sa.String(40), nullable=False, comment="channel and number of the moment: made once"),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), comment="when it arrived"),
        sa.Column("failed_at", sa.DateTime(timezone=True), comment="when it was given up"),
        sa.PrimaryKeyConstraint("id", name="pk_canary_probes"),
    )
    op.create_index("ix_canary_probes_proven", "canary_probes", ["channel", "proven_at"])
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.CheckConstraint("kind IN ('arrival', 'missed')", name="ck_incidents_kind"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="ck_incidents_state"),
    )
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["kind", "channel"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("incidents")
    op.drop_table("canary_probes")
