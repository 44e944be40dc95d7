"""The desk at which people answer."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from bot.store.schema.base import Moment, Serial, id_column, metadata, one_of

_IS_OPEN = text("state IN ('waiting', 'taken', 'answered', 'passed')")

handoff_teams = Table(
    "handoff_teams",
    metadata,
    Column("id", String(32), primary_key=True, comment="short name: customs, border_inspection, …"),
    Column("function", String(24), nullable=False),
    Column("port", String(64), comment="id of the port; null: all ports"),
    Column("names", JSON, nullable=False, comment="language -> name, as published"),
    Column("titles", JSON, nullable=False, comment="language -> how its officers are called to people"),
    Column("hours_working", String(200), nullable=False, comment="09:00-12:00, 14:00-17:00; empty: closed"),
    Column("hours_rest", String(200), nullable=False),
    Column("hours_special", JSON, nullable=False, comment="day -> hours"),
    Column("untaken_minutes", Integer, nullable=False, comment="then whoever is on duty is told"),
    Column("silent_minutes", Integer, nullable=False, comment="of the owner, then the case is offered again"),
    Column("idle_minutes", Integer, nullable=False, comment="of the person after an answer, then the case ends"),
    Column("rank", Integer, nullable=False, comment="the order in which people are offered teams"),
    Column("disabled_at", Moment),
    one_of("function", ("customs", "border_inspection", "maritime", "port_office", "general")),
)

handoff_members = Table(
    "handoff_members",
    metadata,
    Column("team_id", ForeignKey("handoff_teams.id"), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), primary_key=True, index=True),
    Column("shown_as", String(60), comment="what people see of them; null: their team's title"),
    Column("since", Moment, nullable=False),
)

handoff_duty = Table(
    "handoff_duty",
    metadata,
    id_column(),
    Column("kind", String(16), nullable=False),
    Column("team_id", ForeignKey("handoff_teams.id"), comment="null: of all teams"),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    one_of("kind", ("officer", "director")),
    CheckConstraint("ends_at > starts_at", name="in_order"),
    Index("ix_handoff_duty_now", "kind", "ends_at"),
)

handoff_canned = Table(
    "handoff_canned",
    metadata,
    Column("shortcut", String(24), primary_key=True),
    Column("texts", JSON, nullable=False, comment="language -> text"),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

handoff_cases = Table(
    "handoff_cases",
    metadata,
    id_column(),
    Column("number", Integer, nullable=False, unique=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("team_id", ForeignKey("handoff_teams.id"), nullable=False),
    Column("owner_id", ForeignKey("staff.id"), index=True, comment="who is responsible; null while nobody took it"),
    Column("opened_by", String(16), nullable=False),
    Column("topic", String(64)),
    Column("urgent", Boolean, nullable=False),
    Column("shows_history", Boolean, comment="the person agreed to show the talk before; null: not said"),
    Column("history", JSON(none_as_null=True), comment="[{who, text}], only once agreed"),
    Column("first_place", Integer, nullable=False, comment="in the queue when it was opened"),
    Column("opened_in_hours", Boolean, nullable=False),
    Column("passed_to", ForeignKey("handoff_teams.id")),
    Column("passed_at", Moment),
    Column("pass_reason", String(300)),
    Column("opened_at", Moment, nullable=False),
    Column("waiting_since", Moment),
    Column("taken_at", Moment, comment="the first time"),
    Column("owned_since", Moment, comment="by whoever owns it now"),
    Column("answered_at", Moment, comment="the first time"),
    Column("heard_at", Moment, nullable=False, comment="the person's last word"),
    Column("spoke_at", Moment, comment="the owner's last word"),
    Column("closed_at", Moment),
    Column("closed_by", String(16)),
    Column("told_place", Integer),
    Column("told_wait_s", Integer),
    Column("told_at", Moment),
    Column("team_told_at", Moment, comment="when the team was offered it, this time of waiting"),
    Column("duty_told_at", Moment),
    Column("director_told_at", Moment),
    Column("changed_at", Moment, nullable=False),
    one_of("state", ("waiting", "taken", "answered", "passed", "closed", "abandoned")),
    one_of("opened_by", ("asked", "doubt", "topic", "emergency")),
    CheckConstraint(
        "owner_id IS NOT NULL OR state IN ('waiting', 'closed', 'abandoned')", name="somebody_is_responsible"
    ),
    CheckConstraint("(passed_to IS NOT NULL) = (state = 'passed')", name="passed_to_somebody"),
    Index("uq_handoff_cases_open", "address_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    Index("ix_handoff_cases_queue", "state", "team_id", "waiting_since"),
    Index("ix_handoff_cases_taken", "team_id", "taken_at"),
)

handoff_messages = Table(
    "handoff_messages",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("case_id", ForeignKey("handoff_cases.id"), nullable=False),
    Column("side", String(8), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), comment="who wrote it; null: the person, or the desk"),
    Column("text", Text, nullable=False),
    Column("entry", String(48), comment="the entry that was sent; then text holds it as it was rendered"),
    Column("payload", JSON(none_as_null=True), comment="to the person: the message as it goes out"),
    Column("files", JSON(none_as_null=True)),
    Column("ref", String(80), unique=True, comment="of the incoming message, so that none is kept twice"),
    Column("at", Moment, nullable=False),
    Column("released_at", Moment, comment="handed to delivery, or shown; null: its turn has not come"),
    one_of("side", ("person", "staff", "desk")),
    Index("ix_handoff_messages_case", "case_id", "seq"),
    Index(
        "ix_handoff_messages_waiting",
        "case_id",
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
)
