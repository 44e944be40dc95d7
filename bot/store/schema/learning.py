"""What people asked in vain, and ratings, both without identity."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, String, Table

from bot.store.schema.base import Serial, metadata, one_of

asked_questions = Table(
    "asked_questions",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("day", Date, nullable=False),
    Column("language", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", String(300), nullable=False, comment="without numbers, addresses and names"),
    Column("entry", String(48), comment="what was answered, for a poor rating"),
    Column("reason", String(16)),
    Column("state", String(16), nullable=False),
    one_of("kind", ("unanswered", "poor")),
    one_of("state", ("open", "filed", "dismissed")),
    one_of("reason", ("wrong", "outdated", "unclear", "other_matter")),
    Index("ix_asked_questions_open", "state", "id"),
    Index("ix_asked_questions_day", "day"),
)

entry_ratings = Table(
    "entry_ratings",
    metadata,
    Column("entry", String(48), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("good", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
)
