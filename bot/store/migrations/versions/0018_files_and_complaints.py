"""Files that people sent, and their complaints.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "stored_files",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=True, comment="null: nobody's any more, or sent anonymously"),
        sa.Column(
            "holder", sa.String(80), nullable=True, comment="the case that it belongs to, as kind:id; null: none yet"
        ),
        sa.Column("name", sa.String(120), nullable=False, comment="cleaned, for showing only"),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column(
            "once",
            sa.String(64),
            nullable=True,
            comment="the message that brought it, so that a second try keeps it once",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "erased_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the content is taken away, and then the row",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stored_files"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_stored_files_person_id"),
        sa.UniqueConstraint("once", name="uq_stored_files_once"),
        sa.CheckConstraint(
            "kind IN ('jpeg', 'png', 'webp', 'pdf', 'xlsx', 'csv', 'text')", name=op.f("ck_stored_files_kind")
        ),
    )
    op.create_index("ix_stored_files_person_id", "stored_files", ["person_id"])
    op.create_index("ix_stored_files_holder", "stored_files", ["holder"])
    op.create_index("ix_stored_files_erased", "stored_files", ["erased_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("stored_files")
