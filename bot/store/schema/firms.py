"""Firms' people: members with their rights, invitations, mandates of brokers, recoveries. The firm itself is `enterprises`."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, text

from bot.store.schema.base import Moment, id_column, metadata, one_of

_RIGHTS = ("shipments", "booking", "labels", "origin", "permits", "complaints", "members")
_ACTIVE = text("state = 'active'")
_DECLARATION = "a declaration number; `*`: every declaration, and all that has none"

firm_members = Table(
    "firm_members",
    metadata,
    id_column(),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("label", String(60), nullable=False, comment="by which the firm's people know them"),
    Column("admin", Boolean, nullable=False, comment="has every right; others have those of firm_rights"),
    Column("state", String(16), nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("ended_at", Moment),
    one_of("state", ("active", "left", "removed")),
    Index("ix_firm_members_firm", "enterprise_id", "state"),
    # Somebody who left may come back: a new row, with a history of its own.
    Index(
        "uq_firm_members_active",
        *("enterprise_id", "person_id"),
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
)

firm_rights = Table(
    "firm_rights",
    metadata,
    Column("member_id", ForeignKey("firm_members.id"), primary_key=True),
    Column("right_name", String(16), primary_key=True),
    Column("declaration_no", String(18), primary_key=True, comment=_DECLARATION),
    one_of("right_name", _RIGHTS),
)

firm_invitations = Table(
    "firm_invitations",
    metadata,
    id_column(),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("label", String(60), nullable=False, comment="for whom it is, as the member will be called"),
    Column("grants", JSON, nullable=False, comment="right -> declaration numbers, or null for every one"),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("recovery_id", ForeignKey("firm_recoveries.id")),
    one_of("kind", ("first_admin", "admin", "delegate", "recovery")),
    one_of("state", ("open", "used", "withdrawn", "expired")),
)

mandates = Table(
    "mandates",
    metadata,
    id_column(),
    Column("client_id", ForeignKey("enterprises.id"), nullable=False, index=True, comment="for whom the broker acts"),
    Column("broker_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False, comment="from this moment on it gives no right"),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    one_of("state", ("offered", "active", "declined", "revoked", "ended")),
    CheckConstraint("client_id <> broker_id", name="two_firms"),
    CheckConstraint("valid_from < valid_until", name="in_order"),
    Index("ix_mandates_due", "state", "valid_until"),
)

mandate_rights = Table(
    "mandate_rights",
    metadata,
    Column("mandate_id", ForeignKey("mandates.id"), primary_key=True),
    Column("right_name", String(16), primary_key=True),
    Column("declaration_no", String(18), primary_key=True, comment=_DECLARATION),
    # Who belongs to a firm is that firm's own affair.
    one_of("right_name", _RIGHTS[:-1]),
)

firm_recoveries = Table(
    "firm_recoveries",
    metadata,
    id_column(),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("label", String(60), nullable=False, comment="who is to be the admin"),
    Column("replaces", Boolean, nullable=False, comment="the admins that there are then are taken out"),
    Column("requested_by", ForeignKey("staff.id"), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("decided_by", ForeignKey("staff.id")),
    Column("decided_at", Moment),
    one_of("state", ("requested", "approved", "refused", "done", "lapsed")),
    CheckConstraint("decided_by <> requested_by", name="two_persons"),
)
