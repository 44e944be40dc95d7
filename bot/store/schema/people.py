"""Persons, their addresses, enterprises, follows, staff and keys."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.schema.base import Moment, Serial, id_column, metadata, one_of

persons = Table(
    "persons",
    metadata,
    id_column(),
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
    Column(
        "rank",
        Integer,
        nullable=False,
        default=0,
        server_default="0",
        comment="of a person's channels the lowest first",
    ),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("channel", "address"),
    one_of("state", ("active", "blocked", "gone")),
)

enterprises = Table(
    "enterprises",
    metadata,
    id_column(),
    Column("name", String(200), nullable=False),
    Column("credit_code", String(18), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

binding_codes = Table(
    "binding_codes",
    metadata,
    id_column(),
    Column("declaration_no", ForeignKey("declarations.declaration_no"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("uses_left", Integer, nullable=False),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("address_id", String(32), nullable=False, comment="the chat in which it was given out"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
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
    id_column(),
    Column("person_id", ForeignKey("persons.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("firm_id", String(32), comment="the firm whose right gave it; null: it stands alone"),
    Column("ends_at", Moment, comment="when that right ends by itself"),
    Column("via", String(56), comment="kind:number of the follow that brought it; null: it was asked for itself"),
    UniqueConstraint("person_id", "kind", "target"),
    one_of(
        "kind",
        (
            *("topic", "declaration", "port", "hs_chapter", "country", "agreement", "container", "booking", "entry"),
            "bill",
        ),
    ),
    Index("ix_follows_audience", "kind", "target", "person_id"),
)

person_settings = Table(
    "person_settings",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("zone", String(64), nullable=False, comment="IANA name; quiet hours and digests are meant in it"),
    Column("quiet_from", Integer, comment="minute of the local day; null: no quiet hours"),
    Column("quiet_until", Integer),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="both_or_none"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("topic", String(64), primary_key=True, comment="`*`: every topic"),
    Column("channel", String(16), primary_key=True, comment="`*`: every channel"),
    Column("cadence", String(16), nullable=False),
    Column("changed_at", Moment, nullable=False),
    one_of("cadence", ("instant", "daily", "weekly")),
)

staff = Table(
    "staff",
    metadata,
    id_column(),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    one_of("role", ("author", "approver", "admin")),
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
    id_column(),
    Column("name", String(80), nullable=False, unique=True),
    Column("scope", String(24), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), comment="whose declarations a clearance key may read"),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    one_of("scope", ("events", "notices", "clearance")),
)
