"""Files that people sent, and their complaints.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from typing import Any

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
    _complaints()
    _ratings()


def _moment(name: str, *, nullable: bool = True, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("person_id", sa.String(32), comment="null: anonymous, or erased"),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("origin", sa.String(64), comment="the form draft or request that it came of"),
        sa.Column("code_hash", sa.String(64), comment="of the tracking code, where it is anonymous"),
        sa.Column("about", sa.String(200), comment="the unit or counter that it is about"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("known_on", sa.Date(), comment="review: the day on which the decision became known"),
        _moment("created_at", nullable=False),
        _moment("acknowledge_by", nullable=False),
        _moment("answer_by", nullable=False),
        _moment(
            "first_answer_by",
            nullable=False,
            comment="as promised at the beginning; reopening sets answer_by anew",
        ),
        _moment("acknowledged_at"),
        _moment("answered_at", comment="the first answer, or the reference to another authority"),
        sa.Column("answer", sa.Text()),
        sa.Column("owner", sa.String(80), comment="name of the member of staff who has it"),
        sa.Column(
            "barred", sa.JSON(), nullable=False, comment="names of staff whom it concerns, or who answered it before"
        ),
        sa.Column("reopened", sa.Boolean(), nullable=False, comment="it can be once"),
        _moment("changed_at", nullable=False),
        _moment("warned_for", comment="staff were warned of this time limit"),
        _moment("late_for", comment="the person was told that this time limit passed"),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_complaints_person_id"),
        sa.UniqueConstraint("number", name="uq_complaints_number"),
        sa.UniqueConstraint("origin", name="uq_complaints_origin"),
        sa.UniqueConstraint("code_hash", name="uq_complaints_code_hash"),
        sa.CheckConstraint(
            "kind IN ('enquiry', 'suggestion', 'complaint', 'report', 'review')", name=op.f("ck_complaints_kind")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'in_hand', 'answered', 'reopened', 'closed', 'withdrawn', 'referred')",
            name=op.f("ck_complaints_state"),
        ),
    )
    op.create_index("ix_complaints_person_id", "complaints", ["person_id"])
    op.create_index("ix_complaints_open", "complaints", ["state", "answer_by"])
    op.create_index("ix_complaints_created", "complaints", ["created_at"])


def _ratings() -> None:
    op.create_table(
        "case_ratings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="on which the rating was asked for"),
        sa.Column("score", sa.String(8), comment="null: nobody said"),
        sa.Column("reason", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_case_ratings"),
        sa.CheckConstraint("score IN ('good', 'bad')", name=op.f("ck_case_ratings_score")),
        sa.CheckConstraint(
            "reason IN ('slow', 'unclear', 'unsolved', 'unfriendly')", name=op.f("ck_case_ratings_reason")
        ),
    )
    op.create_index("uq_case_ratings_case", "case_ratings", ["machine", "case_id"], unique=True)


def downgrade() -> None:
    """Go back."""
    for table in ("case_ratings", "complaints", "stored_files"):
        op.drop_table(table)
