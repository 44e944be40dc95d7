"""Certificates of origin that people prepare and follow."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, String, Table

from bot.store.schema.base import Moment, id_column, metadata, one_of

origin_cases = Table(
    "origin_cases",
    metadata,
    id_column(),
    Column("number", String(20), nullable=False, unique=True),
    Column("state", String(24), nullable=False),
    Column("person_id", ForeignKey("persons.id"), index=True, comment="who prepares it; null: erased"),
    Column("origin", String(64), unique=True, comment="the form draft or request that it came of"),
    Column("agreement", String(24), comment="null: non-preferential"),
    Column("goods_origin", String(8), nullable=False, comment="code of countries.yaml"),
    Column("destination", String(8), nullable=False),
    Column("sheet", JSON, nullable=False, comment="field of the data sheet -> what the person told"),
    Column("certificate_no", String(40)),
    Column("issued_on", Date),
    Column("valid_until", Date, comment="null: not issued, or the agreement's validity is not known"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    one_of(
        "state",
        (
            "preparing",
            "applied",
            "issued",
            "issued_later",
            "correcting",
            "corrected",
            "refused",
            "expired",
            "withdrawn",
        ),
    ),
    Index("ix_origin_cases_valid", "state", "valid_until"),
)
