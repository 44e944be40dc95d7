"""Policy notices, changes to what was delivered, acknowledgements, emergency banners, who asked what."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, text

from bot.store.schema.base import Moment, id_column, metadata, one_of

notices = Table(
    "notices",
    metadata,
    id_column(),
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
    Column("valid_from", Moment, comment="since when it holds; null: at once"),
    Column("valid_until", Moment, comment="until when it holds, and the last moment to send it; null: no end"),
    Column("placeholders", JSON, comment="name -> kind"),
    Column("given", JSON, comment="placeholder -> value, for all recipients"),
    Column("entries", JSON, comment="entries of the knowledge base that it changes"),
    Column("needs_ack", Boolean, nullable=False, server_default=text("false")),
    Column("chase_after_h", Integer, comment="hours until those who did not confirm are reminded once; null: never"),
    Column("chased_at", Moment),
    Column("supersedes_id", String(32), comment="the notice that it takes the place of"),
    Column("ended_at", Moment, comment="when it was withdrawn, superseded or expired"),
    Column("stopped_by", String(80), comment="who recalled or withdrew it"),
    one_of(
        "state",
        (
            *("draft", "submitted", "approved", "scheduled", "sending", "sent", "recalled"),
            *("withdrawn", "superseded", "expired"),
        ),
    ),
    CheckConstraint("approver_id <> author_id", name="two_persons"),
    Index("ix_notices_due", "state", "scheduled_for"),
)

notice_audiences = Table(
    "notice_audiences",
    metadata,
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False, comment="from 0; also the variant that it gets"),
    Column("kind", String(16), nullable=False, comment="a kind of follow, or told, asked"),
    Column("target", String(64), nullable=False),
    Column("excluded", Boolean, nullable=False, server_default=text("false")),
    Column("given", JSON, comment="placeholder -> value, for this part alone"),
)

notice_entries = Table(
    "notice_entries",
    metadata,
    Column("entry", String(48), primary_key=True),
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
)

notice_changes = Table(
    "notice_changes",
    metadata,
    id_column(),
    Column("notice_id", ForeignKey("notices.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("texts", JSON, comment="language -> {title, body}, of a correction"),
    Column("payload", JSON, comment="what is put in place, fixed when the change was decided"),
    Column("reason", String(500)),
    Column("successor_id", ForeignKey("notices.id")),
    Column("author_id", ForeignKey("staff.id"), nullable=False),
    Column("approver_id", ForeignKey("staff.id")),
    Column("created_at", Moment, nullable=False),
    Column("decided_at", Moment, comment="when it was approved, or dropped"),
    Column("started_at", Moment, comment="when it was handed to delivery"),
    Column("done_at", Moment),
    one_of("kind", ("correction", "withdrawal", "supersession")),
    one_of("state", ("proposed", "approved", "running", "done", "dropped")),
    CheckConstraint("approver_id <> author_id", name="two_persons"),
    Index("ix_notice_changes_open", "state"),
)

notice_acks = Table(
    "notice_acks",
    metadata,
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("person_id", ForeignKey("persons.id"), primary_key=True, index=True),
    Column("channel", String(16), nullable=False),
    Column("at", Moment, nullable=False),
)

banners = Table(
    "banners",
    metadata,
    id_column(),
    Column("texts", JSON, nullable=False, comment="language -> text"),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("audience_kind", String(16), comment="who is pushed to; null: nobody, it is only shown"),
    Column("audience_target", String(64)),
    Column("state", String(16), nullable=False),
    Column("author_id", ForeignKey("staff.id"), nullable=False),
    Column("approver_id", ForeignKey("staff.id")),
    Column("created_at", Moment, nullable=False),
    Column("approved_at", Moment),
    Column("stopped_at", Moment),
    Column("stopped_by", String(80)),
    one_of("state", ("proposed", "approved", "live", "over", "stopped", "dropped")),
    CheckConstraint("approver_id <> author_id", name="two_persons"),
    Index("ix_banners_open", "state"),
)

banner_views = Table(
    "banner_views",
    metadata,
    Column("banner_id", ForeignKey("banners.id"), primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), primary_key=True, index=True),
    Column("at", Moment, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("answer", String(8), nullable=False),
    Column("at", Moment, nullable=False),
    one_of("kind", ("entry_changes", "emergency")),
    one_of("answer", ("asked", "given", "refused")),
    Index("ix_consents_given", "kind", "answer"),
)

asked_entries = Table(
    "asked_entries",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("entry", String(48), primary_key=True),
    Column("day", Date, nullable=False, comment="of the last answer; kept 30 days, only of those who agreed"),
    Index("ix_asked_entries_day", "day"),
)

staff_addresses = Table(
    "staff_addresses",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), primary_key=True),
    Column("linked_at", Moment, nullable=False),
)

staff_link_codes = Table(
    "staff_link_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
)
