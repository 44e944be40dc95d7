"""Notices: validity, placeholders, audiences, changes to what was delivered, acknowledgements, banners, who asked what.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES_BEFORE = "'draft', 'submitted', 'approved', 'scheduled', 'sending', 'sent', 'recalled'"
_STATES = f"{_STATES_BEFORE}, 'withdrawn', 'superseded', 'expired'"


def _allow_states(states: str) -> None:
    """Let a notice stand in these states."""
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f("ck_notices_state"), type_="check")
        batch.create_check_constraint(op.f("ck_notices_state"), f"state IN ({states})")


def _delivery_columns() -> list[tuple[str, sa.Column[Any]]]:
    return [
        (
            "deliveries",
            sa.Column(
                "variant",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="which of the outbox row's variants",
            ),
        ),
        (
            "deliveries",
            sa.Column("outcome", sa.String(16), comment="sent, edited, deleted, gone, told: how the action ended"),
        ),
        (
            "outbox",
            sa.Column(
                "action",
                sa.String(8),
                server_default="send",
                nullable=False,
                comment="what is done: send, or change an earlier",
            ),
        ),
        (
            "outbox",
            sa.Column(
                "of_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                comment="outbox row whose messages are changed; null for a send",
            ),
        ),
    ]


def _notice_columns() -> list[tuple[str, sa.Column[Any]]]:
    moment = sa.DateTime(timezone=True)
    columns: list[sa.Column[Any]] = [
        sa.Column("valid_from", moment, comment="since when it holds; null: at once"),
        sa.Column("valid_until", moment, comment="until when it holds, and the last moment to send it; null: no end"),
        sa.Column("placeholders", sa.JSON(), comment="name -> kind"),
        sa.Column("given", sa.JSON(), comment="placeholder -> value, for all recipients"),
        sa.Column("entries", sa.JSON(), comment="entries of the knowledge base that it changes"),
        sa.Column("needs_ack", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "chase_after_h",
            sa.Integer(),
            comment="hours until those who did not confirm are reminded once; null: never",
        ),
        sa.Column("chased_at", moment),
        sa.Column("supersedes_id", sa.String(32), comment="the notice that it takes the place of"),
        sa.Column("ended_at", moment, comment="when it was withdrawn, superseded or expired"),
        sa.Column("stopped_by", sa.String(80), comment="who recalled or withdrew it"),
    ]
    return [("notices", column) for column in columns]


def _consents() -> None:
    op.create_table(
        "asked_entries",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=48), nullable=False),
        sa.Column(
            "day", sa.Date(), nullable=False, comment="of the last answer; kept 30 days, only of those who agreed"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_asked_entries_person_id")),
        sa.PrimaryKeyConstraint("person_id", "entry", name=op.f("pk_asked_entries")),
    )
    op.create_index("ix_asked_entries_day", "asked_entries", ["day"], unique=False)
    op.create_table(
        "consents",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('asked', 'given', 'refused')", name=op.f("ck_consents_answer")),
        sa.CheckConstraint("kind IN ('entry_changes', 'emergency')", name=op.f("ck_consents_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_given", "consents", ["kind", "answer"], unique=False)


def _banners() -> None:
    op.create_table(
        "banners",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False, comment="language -> text"),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "audience_kind",
            sa.String(length=16),
            nullable=True,
            comment="who is pushed to; null: nobody, it is only shown",
        ),
        sa.Column("audience_target", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("approver_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'live', 'over', 'stopped', 'dropped')", name=op.f("ck_banners_state")
        ),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_banners_two_persons")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_banners_approver_id")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_banners_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banners")),
    )
    op.create_index("ix_banners_open", "banners", ["state"], unique=False)
    op.create_table(
        "banner_views",
        sa.Column("banner_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_banner_views_address_id")),
        sa.ForeignKeyConstraint(["banner_id"], ["banners.id"], name=op.f("fk_banner_views_banner_id")),
        sa.PrimaryKeyConstraint("banner_id", "address_id", name=op.f("pk_banner_views")),
    )
    op.create_index("ix_banner_views_address_id", "banner_views", ["address_id"], unique=False)


def _staff() -> None:
    op.create_table(
        "staff_addresses",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_staff_addresses_address_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_addresses_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "address_id", name=op.f("pk_staff_addresses")),
    )
    op.create_table(
        "staff_link_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_staff_link_codes_address_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_link_codes")),
    )


def _notices() -> None:
    op.create_table(
        "notice_acks",
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_acks_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notice_acks_person_id")),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_acks")),
    )
    op.create_index("ix_notice_acks_person_id", "notice_acks", ["person_id"], unique=False)
    op.create_table(
        "notice_audiences",
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column(
            "part", sa.Integer(), autoincrement=False, nullable=False, comment="from 0; also the variant that it gets"
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="a kind of follow, or told, asked"),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("excluded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("given", sa.JSON(), nullable=True, comment="placeholder -> value, for this part alone"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_audiences_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "part", name=op.f("pk_notice_audiences")),
    )
    op.create_table(
        "notice_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=True, comment="language -> {title, body}, of a correction"),
        sa.Column(
            "payload", sa.JSON(), nullable=True, comment="what is put in place, fixed when the change was decided"
        ),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("successor_id", sa.String(length=32), nullable=True),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("approver_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="when it was approved, or dropped"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True, comment="when it was handed to delivery"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('correction', 'withdrawal', 'supersession')", name=op.f("ck_notice_changes_kind")),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'running', 'done', 'dropped')", name=op.f("ck_notice_changes_state")
        ),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_notice_changes_two_persons")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_notice_changes_approver_id")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_notice_changes_author_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_changes_notice_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["notices.id"], name=op.f("fk_notice_changes_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_changes")),
    )
    op.create_index("ix_notice_changes_notice_id", "notice_changes", ["notice_id"], unique=False)
    op.create_index("ix_notice_changes_open", "notice_changes", ["state"], unique=False)
    op.create_table(
        "notice_entries",
        sa.Column("entry", sa.String(length=48), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_entries_notice_id")),
        sa.PrimaryKeyConstraint("entry", "notice_id", name=op.f("pk_notice_entries")),
    )


def upgrade() -> None:
    """Go to this version."""
    for table, column in _delivery_columns() + _notice_columns():
        op.add_column(table, column)
    _allow_states(_STATES)
    _notices()
    _banners()
    _consents()
    _staff()


def downgrade() -> None:
    """Go back. What is still to be changed at recipients stays as it is; notices that ended count as recalled."""
    for table in (
        *("staff_link_codes", "staff_addresses", "asked_entries", "consents", "banner_views", "banners"),
        *("notice_acks", "notice_audiences", "notice_entries", "notice_changes"),
    ):
        op.drop_table(table)
    ours = "SELECT id FROM outbox WHERE action <> 'send' OR cause_kind IN ('change', 'chase', 'banner', 'test')"
    op.execute(f"DELETE FROM deliveries WHERE outbox_id IN ({ours})")
    op.execute("DELETE FROM outbox WHERE action <> 'send' OR cause_kind IN ('change', 'chase', 'banner', 'test')")
    op.execute("UPDATE outbox SET state = 'cancelled' WHERE state = 'pending' AND audience_kind = 'notice'")
    op.execute("UPDATE notices SET state = 'recalled' WHERE state IN ('withdrawn', 'superseded', 'expired')")
    _allow_states(_STATES_BEFORE)
    for table, column in _delivery_columns() + _notice_columns():
        op.drop_column(table, column.name)
