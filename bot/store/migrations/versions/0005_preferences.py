"""More that can be followed; zone, quiet hours and preferences of a person; deliveries collected for a digest.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KINDS = ("topic", "declaration", "port", "hs_chapter", "country", "agreement", "container", "booking", "entry")
_STATES = ("created", "collected", "digested", "sending", "sent", "retrying", "failed", "cancelled")


def upgrade() -> None:
    """Go to this version."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "person_settings",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False, comment="IANA name; quiet hours and digests are meant in it"),
        sa.Column("quiet_from", sa.Integer(), comment="minute of the local day; null: no quiet hours"),
        sa.Column("quiet_until", sa.Integer()),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_person_settings_both_or_none")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_settings_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_settings")),
    )
    op.create_table(
        "preferences",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False, comment="`*`: every topic"),
        sa.Column("channel", sa.String(16), nullable=False, comment="`*`: every channel"),
        sa.Column("cadence", sa.String(16), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.CheckConstraint("cadence IN ('instant', 'daily', 'weekly')", name=op.f("ck_preferences_cadence")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_preferences_person_id")),
        sa.PrimaryKeyConstraint("person_id", "topic", "channel", name=op.f("pk_preferences")),
    )
    for column in (
        sa.Column("urgent_reason", sa.String(200), comment="why it passes quiet hours; null: it does not"),
        sa.Column("urgent_approver", sa.String(80)),
    ):
        op.add_column("outbox", column)
    if op.get_bind().dialect.name == "postgresql":  # SQLite would have to copy the table, which others point to
        op.create_check_constraint("urgent_approved", "outbox", "urgent_reason IS NULL OR urgent_approver IS NOT NULL")
    digest = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("deliveries", sa.Column("digest_id", digest, comment="outbox row of the digest in which it was told"))
    _allow("follows", "kind", _KINDS)
    _allow("deliveries", "state", _STATES)


def downgrade() -> None:
    """Go back."""
    op.execute("DELETE FROM follows WHERE kind NOT IN ('topic', 'declaration')")
    # What was told in a digest was told; what waited for one is told by itself.
    op.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'digested'")
    op.execute("UPDATE deliveries SET state = 'created', queued_at = NULL WHERE state = 'collected'")
    _allow("deliveries", "state", tuple(state for state in _STATES if state not in {"collected", "digested"}))
    _allow("follows", "kind", _KINDS[:2])
    op.drop_column("deliveries", "digest_id")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_outbox_urgent_approved"), "outbox", type_="check")
    op.drop_column("outbox", "urgent_approver")
    op.drop_column("outbox", "urgent_reason")
    op.drop_table("preferences")
    op.drop_table("person_settings")


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let a column hold these values."""
    name = f"ck_{table}_{column}"
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table) as changed:
        changed.drop_constraint(op.f(name), type_="check")
        changed.create_check_constraint(op.f(name), f"{column} IN ({listed})")
