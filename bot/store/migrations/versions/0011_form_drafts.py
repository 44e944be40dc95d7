"""Drafts of forms; one-time codes that link a person's chats.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "form_drafts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column(
            "values", sa.JSON(), nullable=False, comment="answers by field; emptied when it is cancelled or expires"
        ),
        sa.Column(
            "asked",
            sa.String(48),
            comment="field that is asked although others lack an answer; null: the next in order",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="grows with every change"),
        sa.Column("address_id", sa.String(32), comment="conversation in which it is in hand; null: saved for later"),
        sa.Column("outcome", sa.JSON(), nullable=False, comment="what was answered when it was sent"),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint("state IN ('open', 'sent', 'cancelled', 'expired')", name=op.f("ck_form_drafts_state")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_form_drafts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_drafts")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        *("uq_form_drafts_open", "form_drafts", ["person_id", "form"]),
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_form_drafts_address_id", "form_drafts", ["address_id"])
    op.create_index("ix_form_drafts_state_changed_at", "form_drafts", ["state", "changed_at"])
    op.create_table(
        "link_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("address_id", sa.String(32), nullable=False, comment="the chat in which it was given out"),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_link_codes_person_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_link_codes")),
    )
    op.create_index("ix_link_codes_person_id", "link_codes", ["person_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("link_codes")
    op.drop_table("form_drafts")
