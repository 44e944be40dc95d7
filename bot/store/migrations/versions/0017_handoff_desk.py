"""The desk at which people answer: teams, duty, cases and their messages.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "handoff_canned",
        sa.Column("shortcut", sa.String(length=24), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False, comment="language -> text"),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("shortcut", name="pk_handoff_canned"),
    )
    op.create_table(
        "handoff_teams",
        sa.Column("id", sa.String(length=32), nullable=False, comment="short name: customs, border_inspection, …"),
        sa.Column("function", sa.String(length=24), nullable=False),
        sa.Column("port", sa.String(length=64), nullable=True, comment="id of the port; null: all ports"),
        sa.Column("names", sa.JSON(), nullable=False, comment="language -> name, as published"),
        sa.Column("titles", sa.JSON(), nullable=False, comment="language -> how its officers are called to people"),
        sa.Column(
            "hours_working", sa.String(length=200), nullable=False, comment="09:00-12:00, 14:00-17:00; empty: closed"
        ),
        sa.Column("hours_rest", sa.String(length=200), nullable=False),
        sa.Column("hours_special", sa.JSON(), nullable=False, comment="day -> hours"),
        sa.Column("untaken_minutes", sa.Integer(), nullable=False, comment="then whoever is on duty is told"),
        sa.Column(
            "silent_minutes", sa.Integer(), nullable=False, comment="of the owner, then the case is offered again"
        ),
        sa.Column(
            "idle_minutes", sa.Integer(), nullable=False, comment="of the person after an answer, then the case ends"
        ),
        sa.Column("rank", sa.Integer(), nullable=False, comment="the order in which people are offered teams"),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "function IN ('customs', 'border_inspection', 'maritime', 'port_office', 'general')",
            name="ck_handoff_teams_function",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_teams"),
    )
    op.create_table(
        "handoff_duty",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=True, comment="null: of all teams"),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('officer', 'director')", name="ck_handoff_duty_kind"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_handoff_duty_in_order"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_handoff_duty_staff_id"),
        sa.ForeignKeyConstraint(["team_id"], ["handoff_teams.id"], name="fk_handoff_duty_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_duty"),
    )
    op.create_index("ix_handoff_duty_now", "handoff_duty", ["kind", "ends_at"], unique=False)
    op.create_table(
        "handoff_members",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column(
            "shown_as", sa.String(length=60), nullable=True, comment="what people see of them; null: their team's title"
        ),
        sa.Column("since", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_handoff_members_staff_id"),
        sa.ForeignKeyConstraint(["team_id"], ["handoff_teams.id"], name="fk_handoff_members_team_id"),
        sa.PrimaryKeyConstraint("team_id", "staff_id", name="pk_handoff_members"),
    )
    op.create_index("ix_handoff_members_staff_id", "handoff_members", ["staff_id"], unique=False)
    op.create_table(
        "handoff_cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column(
            "owner_id", sa.String(length=32), nullable=True, comment="who is responsible; null while nobody took it"
        ),
        sa.Column("opened_by", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column(
            "shows_history",
            sa.Boolean(),
            nullable=True,
            comment="the person agreed to show the talk before; null: not said",
        ),
        sa.Column("history", sa.JSON(), nullable=True, comment="[{who, text}], only once agreed"),
        sa.Column("first_place", sa.Integer(), nullable=False, comment="in the queue when it was opened"),
        sa.Column("opened_in_hours", sa.Boolean(), nullable=False),
        sa.Column("passed_to", sa.String(length=32), nullable=True),
        sa.Column("passed_at", _MOMENT, nullable=True),
        sa.Column("pass_reason", sa.String(length=300), nullable=True),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("waiting_since", _MOMENT, nullable=True),
        sa.Column("taken_at", _MOMENT, nullable=True, comment="the first time"),
        sa.Column("owned_since", _MOMENT, nullable=True, comment="by whoever owns it now"),
        sa.Column("answered_at", _MOMENT, nullable=True, comment="the first time"),
        sa.Column("heard_at", _MOMENT, nullable=False, comment="the person's last word"),
        sa.Column("spoke_at", _MOMENT, nullable=True, comment="the owner's last word"),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by", sa.String(length=16), nullable=True),
        sa.Column("told_place", sa.Integer(), nullable=True),
        sa.Column("told_wait_s", sa.Integer(), nullable=True),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("team_told_at", _MOMENT, nullable=True, comment="when the team was offered it, this time of waiting"),
        sa.Column("duty_told_at", _MOMENT, nullable=True),
        sa.Column("director_told_at", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("(passed_to IS NOT NULL) = (state = 'passed')", name="ck_handoff_cases_passed_to_somebody"),
        sa.CheckConstraint("opened_by IN ('asked', 'doubt', 'topic', 'emergency')", name="ck_handoff_cases_opened_by"),
        sa.CheckConstraint(
            "owner_id IS NOT NULL OR state IN ('waiting', 'closed', 'abandoned')",
            name="ck_handoff_cases_somebody_is_responsible",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'answered', 'passed', 'closed', 'abandoned')", name="ck_handoff_cases_state"
        ),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_handoff_cases_address_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name="fk_handoff_cases_owner_id"),
        sa.ForeignKeyConstraint(["passed_to"], ["handoff_teams.id"], name="fk_handoff_cases_passed_to"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_handoff_cases_person_id"),
        sa.ForeignKeyConstraint(["team_id"], ["handoff_teams.id"], name="fk_handoff_cases_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_cases"),
        sa.UniqueConstraint("number", name="uq_handoff_cases_number"),
    )
    op.create_index("ix_handoff_cases_owner_id", "handoff_cases", ["owner_id"], unique=False)
    op.create_index("ix_handoff_cases_person_id", "handoff_cases", ["person_id"], unique=False)
    op.create_index("ix_handoff_cases_queue", "handoff_cases", ["state", "team_id", "waiting_since"], unique=False)
    op.create_index("ix_handoff_cases_taken", "handoff_cases", ["team_id", "taken_at"], unique=False)
    op.create_index(
        "uq_handoff_cases_open",
        "handoff_cases",
        ["address_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'answered', 'passed')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'answered', 'passed')"),
    )
    op.create_table(
        "handoff_messages",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column(
            "staff_id", sa.String(length=32), nullable=True, comment="who wrote it; null: the person, or the desk"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "entry",
            sa.String(length=48),
            nullable=True,
            comment="the entry that was sent; then text holds it as it was rendered",
        ),
        sa.Column("payload", sa.JSON(), nullable=True, comment="to the person: the message as it goes out"),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column(
            "ref", sa.String(length=80), nullable=True, comment="of the incoming message, so that none is kept twice"
        ),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column(
            "released_at", _MOMENT, nullable=True, comment="handed to delivery, or shown; null: its turn has not come"
        ),
        sa.CheckConstraint("side IN ('person', 'staff', 'desk')", name="ck_handoff_messages_side"),
        sa.ForeignKeyConstraint(["case_id"], ["handoff_cases.id"], name="fk_handoff_messages_case_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_handoff_messages_staff_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_handoff_messages"),
        sa.UniqueConstraint("ref", name="uq_handoff_messages_ref"),
    )
    op.create_index("ix_handoff_messages_case", "handoff_messages", ["case_id", "seq"], unique=False)
    op.create_index(
        "ix_handoff_messages_waiting",
        "handoff_messages",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(
        "ix_handoff_messages_waiting",
        table_name="handoff_messages",
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.drop_index("ix_handoff_messages_case", table_name="handoff_messages")
    op.drop_table("handoff_messages")
    op.drop_index(
        "uq_handoff_cases_open",
        table_name="handoff_cases",
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'answered', 'passed')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'answered', 'passed')"),
    )
    op.drop_index("ix_handoff_cases_taken", table_name="handoff_cases")
    op.drop_index("ix_handoff_cases_queue", table_name="handoff_cases")
    op.drop_index("ix_handoff_cases_person_id", table_name="handoff_cases")
    op.drop_index("ix_handoff_cases_owner_id", table_name="handoff_cases")
    op.drop_table("handoff_cases")
    op.drop_index("ix_handoff_members_staff_id", table_name="handoff_members")
    op.drop_table("handoff_members")
    op.drop_index("ix_handoff_duty_now", table_name="handoff_duty")
    op.drop_table("handoff_duty")
    op.drop_table("handoff_teams")
    op.drop_table("handoff_canned")
