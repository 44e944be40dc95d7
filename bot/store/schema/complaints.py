"""Enquiries, suggestions, complaints, reports and reviews; ratings of closed cases of all desks."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, String, Table, Text

from bot.store.schema.base import Moment, Serial, id_column, metadata, one_of

complaints = Table(
    "complaints",
    metadata,
    id_column(),
    Column("number", String(20), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(24), nullable=False),
    Column("person_id", ForeignKey("persons.id"), index=True, comment="null: anonymous, or erased"),
    Column("language", String(8), nullable=False),
    Column("origin", String(64), unique=True, comment="the form draft or request that it came of"),
    Column("code_hash", String(64), unique=True, comment="of the tracking code, where it is anonymous"),
    Column("about", String(200), comment="the unit or counter that it is about"),
    Column("text", Text, nullable=False),
    Column("known_on", Date, comment="review: the day on which the decision became known"),
    Column("created_at", Moment, nullable=False),
    Column("acknowledge_by", Moment, nullable=False),
    Column("answer_by", Moment, nullable=False),
    Column(
        "first_answer_by", Moment, nullable=False, comment="as promised at the beginning; reopening sets answer_by anew"
    ),
    Column("acknowledged_at", Moment),
    Column("answered_at", Moment, comment="the first answer, or the reference to another authority"),
    Column("answer", Text),
    Column("owner", String(80), comment="name of the member of staff who has it"),
    Column("barred", JSON, nullable=False, comment="names of staff whom it concerns, or who answered it before"),
    Column("reopened", Boolean, nullable=False, comment="it can be once"),
    Column("changed_at", Moment, nullable=False),
    Column("warned_for", Moment, comment="staff were warned of this time limit"),
    Column("late_for", Moment, comment="the person was told that this time limit passed"),
    one_of("kind", ("enquiry", "suggestion", "complaint", "report", "review")),
    one_of("state", ("received", "in_hand", "answered", "reopened", "closed", "withdrawn", "referred")),
    Index("ix_complaints_open", "state", "answer_by"),
    Index("ix_complaints_created", "created_at"),
)

case_ratings = Table(
    "case_ratings",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("machine", String(32), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("day", Date, nullable=False, comment="on which the rating was asked for"),
    Column("score", String(8), comment="null: nobody said"),
    Column("reason", String(16)),
    one_of("score", ("good", "bad")),
    one_of("reason", ("slow", "unclear", "unsolved", "unfriendly")),
    Index("uq_case_ratings_case", "machine", "case_id", unique=True),
)
