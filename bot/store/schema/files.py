"""Files that people sent. The content lies in the data directory under the row's id."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from bot.store.schema.base import Moment, id_column, metadata, one_of

stored_files = Table(
    "stored_files",
    metadata,
    id_column(),
    Column("person_id", ForeignKey("persons.id"), index=True, comment="null: nobody's any more, or sent anonymously"),
    Column("holder", String(80), index=True, comment="the case that it belongs to, as kind:id; null: none yet"),
    Column("name", String(120), nullable=False, comment="cleaned, for showing only"),
    Column("kind", String(8), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("once", String(64), unique=True, comment="the message that brought it, so that a second try keeps it once"),
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment, comment="the content is taken away, and then the row"),
    one_of("kind", ("jpeg", "png", "webp", "pdf", "xlsx", "csv", "text")),
    Index("ix_stored_files_erased", "erased_at"),
)
