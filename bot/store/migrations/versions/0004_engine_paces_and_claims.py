"""Pace, pause and exclusions of a cause; one claim for each cause, person and channel; the order of a person's channels.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BY_ADDRESS = "uq_deliveries_outbox_id_address_id"
_BY_CHANNEL = "uq_deliveries_outbox_id_person_id_channel"


def upgrade() -> None:
    """Go to this version."""
    # One by one, and not as a copy of the table: other tables point to both.
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("excludes", sa.JSON(), comment="[[cause kind, cause id]]: who was told by these is left out"),
        sa.Column("rate_per_s", sa.Float(), comment="the sender's own, slower pace"),
        sa.Column("fed_at", moment, comment="with a pace of its own: up to when deliveries were queued for it"),
        sa.Column("paused_at", moment),
    ):
        op.add_column("outbox", column)
    rank = "of a person's channels the lowest first"
    op.add_column("addresses", sa.Column("rank", sa.Integer(), nullable=False, server_default="0", comment=rank))
    _comment_on_checkpoint("last person or address resolved")
    # A person with two addresses on one channel was told of one cause on both: one of the two claims stands.
    op.execute(
        "DELETE FROM deliveries WHERE id NOT IN (SELECT MIN(id) FROM deliveries GROUP BY outbox_id, person_id, channel)"
    )
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint(_BY_ADDRESS, type_="unique")
        table.create_unique_constraint(_BY_CHANNEL, ["outbox_id", "person_id", "channel"])
    # Checkpoints were addresses and are persons now; what is open is resolved again from its start, and told nobody twice.
    op.execute("UPDATE outbox SET checkpoint = NULL, resolved = 0 WHERE state = 'pending'")


def downgrade() -> None:
    """Go back."""
    op.execute("UPDATE outbox SET checkpoint = NULL, resolved = 0 WHERE state = 'pending'")
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint(_BY_CHANNEL, type_="unique")
        table.create_unique_constraint(_BY_ADDRESS, ["outbox_id", "address_id"])
    _comment_on_checkpoint("last address resolved")
    op.drop_column("addresses", "rank")
    for column in ("paused_at", "fed_at", "rate_per_s", "excludes"):
        op.drop_column("outbox", column)


def _comment_on_checkpoint(text: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.execute(f"COMMENT ON COLUMN outbox.checkpoint IS '{text}'")
