"""Firms' people: members, rights, invitations, mandates, recoveries; follows that a right gave.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_RIGHTS = "'shipments', 'booking', 'labels', 'origin', 'permits', 'complaints'"
_DECLARATION = "a declaration number; `*`: every declaration, and all that has none"


def _moment(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _id(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), nullable=nullable, comment=comment)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _members() -> None:
    table = "firm_members"
    op.create_table(
        table,
        _id("id"),
        _id("enterprise_id"),
        _id("person_id"),
        sa.Column("label", sa.String(60), nullable=False, comment="by which the firm's people know them"),
        sa.Column("admin", sa.Boolean(), nullable=False, comment="has every right; others have those of firm_rights"),
        sa.Column("state", sa.String(16), nullable=False),
        _moment("joined_at"),
        _moment("ended_at", nullable=True),
        _key(table, "enterprise_id", "enterprises.id"),
        _key(table, "person_id", "persons.id"),
        _check(table, "state", "state IN ('active', 'left', 'removed')"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_members")),
    )
    op.create_index("ix_firm_members_firm", table, ["enterprise_id", "state"])
    op.create_index(op.f("ix_firm_members_person_id"), table, ["person_id"])
    active = sa.text("state = 'active'")
    op.create_index(
        "uq_firm_members_active",
        table,
        ["enterprise_id", "person_id"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )


def _rights(table: str, owner: str, owner_table: str, allowed: str) -> None:
    op.create_table(
        table,
        _id(owner),
        sa.Column("right_name", sa.String(16), nullable=False),
        sa.Column("declaration_no", sa.String(18), nullable=False, comment=_DECLARATION),
        _key(table, owner, f"{owner_table}.id"),
        _check(table, "right_name", f"right_name IN ({allowed})"),
        sa.PrimaryKeyConstraint(owner, "right_name", "declaration_no", name=op.f(f"pk_{table}")),
    )


def _recoveries() -> None:
    table = "firm_recoveries"
    op.create_table(
        table,
        _id("id"),
        _id("enterprise_id"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("label", sa.String(60), nullable=False, comment="who is to be the admin"),
        sa.Column("replaces", sa.Boolean(), nullable=False, comment="the admins that there are then are taken out"),
        _id("requested_by"),
        _moment("requested_at"),
        _id("decided_by", nullable=True),
        _moment("decided_at", nullable=True),
        _key(table, "enterprise_id", "enterprises.id"),
        _key(table, "requested_by", "staff.id"),
        _key(table, "decided_by", "staff.id"),
        _check(table, "state", "state IN ('requested', 'approved', 'refused', 'done', 'lapsed')"),
        _check(table, "two_persons", "decided_by <> requested_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_recoveries")),
    )
    op.create_index(op.f("ix_firm_recoveries_enterprise_id"), table, ["enterprise_id"])


def _invitations() -> None:
    table = "firm_invitations"
    op.create_table(
        table,
        _id("id"),
        _id("enterprise_id"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("label", sa.String(60), nullable=False, comment="for whom it is, as the member will be called"),
        sa.Column("grants", sa.JSON(), nullable=False, comment="right -> declaration numbers, or null for every one"),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _id("recovery_id", nullable=True),
        _key(table, "enterprise_id", "enterprises.id"),
        _key(table, "recovery_id", "firm_recoveries.id"),
        _check(table, "kind", "kind IN ('first_admin', 'admin', 'delegate', 'recovery')"),
        _check(table, "state", "state IN ('open', 'used', 'withdrawn', 'expired')"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_firm_invitations_code_hash")),
    )
    op.create_index(op.f("ix_firm_invitations_enterprise_id"), table, ["enterprise_id"])


def _mandates() -> None:
    table = "mandates"
    op.create_table(
        table,
        _id("id"),
        _id("client_id", comment="for whom the broker acts"),
        _id("broker_id"),
        sa.Column("state", sa.String(16), nullable=False),
        _moment("valid_from"),
        _moment("valid_until", comment="from this moment on it gives no right"),
        sa.Column("created_by", sa.String(100), nullable=False),
        _moment("created_at"),
        _moment("ended_at", nullable=True),
        _key(table, "client_id", "enterprises.id"),
        _key(table, "broker_id", "enterprises.id"),
        _check(table, "state", "state IN ('offered', 'active', 'declined', 'revoked', 'ended')"),
        _check(table, "two_firms", "client_id <> broker_id"),
        _check(table, "in_order", "valid_from < valid_until"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_client_id"), table, ["client_id"])
    op.create_index(op.f("ix_mandates_broker_id"), table, ["broker_id"])
    op.create_index("ix_mandates_due", table, ["state", "valid_until"])


def upgrade() -> None:
    """Go to this version. Follows that are there came from binding codes, and stay."""
    _members()
    _rights("firm_rights", "member_id", "firm_members", f"{_RIGHTS}, 'members'")
    _recoveries()
    _invitations()
    _mandates()
    _rights("mandate_rights", "mandate_id", "mandates", _RIGHTS)
    op.add_column(
        "follows", _id("firm_id", nullable=True, comment="the firm whose right gave it; null: it stands alone")
    )
    op.add_column("follows", _moment("ends_at", nullable=True, comment="when that right ends by itself"))


def downgrade() -> None:
    """Go back. What a right gave ends with the rights: without them nobody could say when it is over."""
    op.execute(sa.text("DELETE FROM follows WHERE firm_id IS NOT NULL"))
    with op.batch_alter_table("follows") as batch:
        batch.drop_column("ends_at")
        batch.drop_column("firm_id")
    for table in ("mandate_rights", "mandates", "firm_invitations", "firm_recoveries", "firm_rights", "firm_members"):
        op.drop_table(table)
