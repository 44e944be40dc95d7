"""Every table. Times are aware UTC; ids are 32 hex digits unless said otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite has no zone: UTC goes in and comes out; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only for INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[str]:
    return Column("id", String(32), primary_key=True)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


persons = Table(
    "persons",
    metadata,
    _id(),
    Column("language", String(8), comment="null until the person chose or wrote"),
    Column("language_chosen", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", String(32), primary_key=True, comment="conversation key: see people.model.conversation_key"),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address", String(128), nullable=False, comment="chat id, or the key of a web conversation"),
    Column("private", Boolean, nullable=False, comment="nobody else can guess the address"),
    Column("state", String(16), nullable=False, default="active"),
    Column("note", String(64), comment="why it is not active"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("channel", "address"),
    _one_of("state", ("active", "blocked", "gone")),
)

inbound_updates = Table(
    "inbound_updates",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(16), nullable=False),
    Column("update_id", String(64), nullable=False),
    Column("payload", JSON, nullable=True, comment="emptied once done"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("channel", "update_id"),
    _one_of("state", ("received", "done", "failed")),
    Index("ix_inbound_updates_open", "state", "seq"),
)

web_messages = Table(
    "web_messages",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("kind", String(16), nullable=False, comment="reply | push"),
    Column("ref", String(64), comment="delivery id of a push: written once"),
    Column("payload", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_web_messages_inbox", "address_id", "seq"),
    UniqueConstraint("ref"),
)

enterprises = Table(
    "enterprises",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("credit_code", String(18), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

declarations = Table(
    "declarations",
    metadata,
    Column("declaration_no", String(18), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("stage", String(32), comment="null until the first event"),
    Column("stage_at", Moment),
    Column("updated_at", Moment, nullable=False),
)

binding_codes = Table(
    "binding_codes",
    metadata,
    _id(),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("uses_left", Integer, nullable=False),
)

binding_attempts = Table(
    "binding_attempts",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("subject", String(64), nullable=False, comment="person id, or declaration no"),
    Column("at", Moment, nullable=False),
    Index("ix_binding_attempts_subject_at", "subject", "at"),
)

follows = Table(
    "follows",
    metadata,
    _id(),
    Column("person_id", ForeignKey("persons.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("person_id", "kind", "target"),
    _one_of("kind", ("topic", "declaration")),
    Index("ix_follows_audience", "kind", "target", "person_id"),
)

clearance_events = Table(
    "clearance_events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("source", "event_id"),
    Index("ix_clearance_events_history", "declaration_no", "occurred_at"),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    Column("topic", String(40), nullable=False),
    Column("base_language", String(8), nullable=False),
    Column("texts", JSON, nullable=False, comment="language -> {title, body}"),
    Column("source_url", String(500)),
    Column("state", String(16), nullable=False),
    Column(
        "revision", Integer, nullable=False, comment="counts changes of the texts; an approval names the one it saw"
    ),
    Column("messages", JSON, comment="language -> message, fixed on approval: what was approved is what is sent"),
    Column("author_id", ForeignKey("staff.id"), nullable=False),
    Column("approver_id", ForeignKey("staff.id")),
    Column("created_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("approved_at", Moment),
    Column("scheduled_for", Moment),
    Column("sent_at", Moment, comment="when it was handed to delivery"),
    Column("completed_at", Moment, comment="when every delivery had its outcome"),
    Column("recalled_at", Moment),
    _one_of("state", ("draft", "submitted", "approved", "scheduled", "sending", "sent", "recalled")),
    CheckConstraint("approver_id <> author_id", name="two_persons"),
    Index("ix_notices_due", "state", "scheduled_for"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("cause_kind", String(16), nullable=False),
    Column("cause_id", String(64), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("audience_kind", String(16), nullable=False),
    Column("audience_target", String(64), nullable=False),
    Column("payload", JSON, nullable=False, comment="language -> message"),
    Column("state", String(16), nullable=False),
    Column("checkpoint", String(32), comment="last address resolved"),
    Column("resolved", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("cause_kind", "cause_id"),
    _one_of("state", ("pending", "resolved", "cancelled")),
    _one_of("lane", ("emergency", "reply", "transactional", "bulk")),
    Index("ix_outbox_open", "state", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("outbox_id", ForeignKey("outbox.id"), nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Moment, nullable=False),
    Column("queued_at", Moment, comment="when Redis was last told; null: it does not know"),
    Column("claimed_by", String(64)),
    Column("claimed_at", Moment),
    Column("uncertain", Integer, nullable=False, default=0, comment="sends cut off before their receipt"),
    Column("sent_at", Moment),
    Column("provider_ref", String(64)),
    Column("failure", String(64)),
    UniqueConstraint("outbox_id", "address_id"),
    _one_of("state", ("created", "sending", "sent", "retrying", "failed", "cancelled")),
    Index("ix_deliveries_due", "state", "due_at"),
    Index("ix_deliveries_cause", "outbox_id", "state"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    _one_of("role", ("author", "approver", "admin")),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("subject", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_login_attempts_subject_at", "subject", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    Column("name", String(80), nullable=False, unique=True),
    Column("scope", String(24), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), comment="whose declarations a clearance key may read"),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    _one_of("scope", ("events", "notices", "clearance")),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(100), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("seal", String(64), nullable=False, comment="keyed hash over the last row's hash"),
)

callback_payloads = Table(
    "callback_payloads",
    metadata,
    Column("id", String(40), primary_key=True, comment="short id that stands in a button, from the payload's hash"),
    Column("payload", Text, nullable=False, comment="longer than the 64 bytes that Telegram takes"),
    Column("created_at", Moment, nullable=False),
)
