"""SQL of the shipments that a person may see: those they follow, and those of firms for which they may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.model import Stage
from bot.people.firms.model import Firm
from bot.store.schema import declarations, follows, shipment_lates, shipment_numbers

DONE = (Stage.RELEASED, Stage.CLOSED, Stage.DELETED)
"""Stages after which nothing is awaited at the border."""


@dataclass(frozen=True)
class ShipmentFilter:
    """Which shipments. stage: that hold it now; open_only: not yet released; late_only: late now; port: customs office."""

    stage: Stage | None = None
    open_only: bool = False
    late_only: bool = False
    port: str | None = None


@dataclass(frozen=True)
class Shipment:
    """One line of a list. late_by: by when it should have moved on; None: it is not late."""

    declaration_no: str
    stage: Stage | None
    stage_at: datetime | None
    port: str | None
    reference: str | None
    late_by: datetime | None


_LATE_BY = (
    select(func.min(shipment_lates.c.expected_by))
    .where(shipment_lates.c.declaration_no == declarations.c.declaration_no, shipment_lates.c.ended_at.is_(None))
    .scalar_subquery()
)
_COLUMNS = (
    *(declarations.c.declaration_no, declarations.c.stage, declarations.c.stage_at),
    *(declarations.c.port, declarations.c.reference),
    _LATE_BY.label("late_by"),
)


async def shipments(
    connection: AsyncConnection,
    person_id: str,
    firms: Sequence[Firm],
    wanted: Sequence[ColumnElement[bool]],
    at: datetime,
    *,
    limit: int,
) -> list[Shipment]:
    """The first `limit` that a person may see, the latest change first; those without a stage last."""
    found: dict[str, Shipment] = {}
    for source in (_followed(person_id, at), *(_of_firm(firm) for firm in firms)):
        rows = await connection.execute(_newest(source.where(*wanted), limit))
        found |= {row.declaration_no: _shipment(row) for row in rows}
    ordered = sorted(found.values(), key=lambda one: one.declaration_no, reverse=True)
    ordered.sort(key=lambda one: (one.stage_at is not None, one.stage_at or at), reverse=True)
    return ordered[:limit]


async def all_shipments(
    connection: AsyncConnection, wanted: Sequence[ColumnElement[bool]], *, limit: int
) -> list[Shipment]:
    """The same among everybody's, for staff."""
    rows = await connection.execute(_newest(select(*_COLUMNS).where(*wanted), limit))
    return [_shipment(row) for row in rows]


def conditions(wanted: ShipmentFilter) -> list[ColumnElement[bool]]:
    """A filter as SQL."""
    found: list[ColumnElement[bool]] = []
    if wanted.stage is not None:
        found.append(declarations.c.stage == wanted.stage)
    if wanted.open_only:
        found.append(or_(declarations.c.stage.is_(None), declarations.c.stage.not_in(DONE)))
    if wanted.late_only:
        found.append(
            exists().where(
                shipment_lates.c.declaration_no == declarations.c.declaration_no, shipment_lates.c.ended_at.is_(None)
            )
        )
    if wanted.port is not None:
        found.append(declarations.c.port == wanted.port)
    return found


def matching(part: str, raw: str) -> list[ColumnElement[bool]]:
    """Whether a part of a number or of the firm's own reference occurs. part: capitals and digits; raw: as it was typed."""
    # Blanks and dashes alone are no part of a number: they would be found in every one.
    numbers = exists().where(
        shipment_numbers.c.declaration_no == declarations.c.declaration_no,
        shipment_numbers.c.number.contains(part, autoescape=True) if part else false(),
    )
    own = func.lower(declarations.c.reference).contains(raw.strip().lower(), autoescape=True)
    number = declarations.c.declaration_no.contains(part, autoescape=True) if part.isdigit() else false()
    return [or_(number, own, numbers)]


def _followed(person_id: str, at: datetime) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join_from(follows, declarations, declarations.c.declaration_no == follows.c.target)
        .where(
            follows.c.person_id == person_id,
            follows.c.kind == "declaration",
            or_(follows.c.ends_at.is_(None), follows.c.ends_at > at),
        )
    )


def _of_firm(firm: Firm) -> Select[Any]:
    query = select(*_COLUMNS).where(declarations.c.enterprise_id == firm.id)
    if firm.declarations is not None:
        query = query.where(declarations.c.declaration_no.in_(sorted(firm.declarations)))
    return query


def _newest(query: Select[Any], limit: int) -> Select[Any]:
    # What has no stage yet is sorted in by the caller: NULLs stand at different ends in the two databases.
    return query.order_by(
        declarations.c.stage_at.is_(None), declarations.c.stage_at.desc(), declarations.c.declaration_no.desc()
    ).limit(limit)


def _shipment(row: Row[Any]) -> Shipment:
    late_by = row.late_by
    if isinstance(late_by, str):  # a scalar of SQLite that lost its type on the way through min()
        late_by = datetime.fromisoformat(late_by)
    return Shipment(
        row.declaration_no, Stage(row.stage) if row.stage else None, row.stage_at, row.port, row.reference, late_by
    )
