"""SQL of what is usual and of what is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.lateness import WATCHED, Lateness, Usual
from bot.clearance.model import Stage
from bot.people.store import insert_new
from bot.store.schema import declarations, follows, shipment_lates, stage_usual


@dataclass(frozen=True)
class Standing:
    """A declaration that somebody may be waiting for. basis_seq: the event by which its stage holds."""

    declaration_no: str
    port: str
    stage: Stage
    since: datetime
    basis_seq: int


async def end_left(connection: AsyncConnection, numbers: Sequence[str], at: datetime) -> None:
    """Close the latenesses of stages that these declarations have left, or never were at."""
    basis = (
        select(declarations.c.basis_seq)
        .where(declarations.c.declaration_no == shipment_lates.c.declaration_no)
        .scalar_subquery()
    )
    await connection.execute(
        update(shipment_lates)
        .where(
            shipment_lates.c.declaration_no.in_(numbers),
            shipment_lates.c.ended_at.is_(None),
            or_(basis.is_(None), basis != shipment_lates.c.basis_seq),
        )
        .values(ended_at=at)
    )


async def standing(
    connection: AsyncConnection, after: str, between: tuple[datetime, datetime], limit: int
) -> list[Standing]:
    """Declarations that reached the watched stage they are at between two moments and were not found late yet, by number; a
    page behind `after`.
    """
    known = select(shipment_lates.c.basis_seq).where(
        shipment_lates.c.declaration_no == declarations.c.declaration_no,
        shipment_lates.c.basis_seq == declarations.c.basis_seq,
    )
    rows = await connection.execute(
        select(declarations)
        .where(
            declarations.c.stage.in_([stage.value for stage in WATCHED]),
            declarations.c.stage_at >= between[0],
            declarations.c.stage_at < between[1],
            declarations.c.declaration_no > after,
            declarations.c.basis_seq.is_not(None),
            ~known.exists(),
        )
        .order_by(declarations.c.declaration_no)
        .limit(limit)
    )
    return [Standing(row.declaration_no, row.port, Stage(row.stage), row.stage_at, row.basis_seq) for row in rows]


async def add_late(connection: AsyncConnection, standing_: Standing, late: Lateness, at: datetime) -> bool:
    """Keep a lateness; False when it is kept already, or the declaration moved on meanwhile. One that is kept is told once."""
    row = await connection.execute(
        select(declarations.c.basis_seq)
        .where(declarations.c.declaration_no == standing_.declaration_no)
        .with_for_update()
    )
    if row.scalar_one_or_none() != standing_.basis_seq:
        return False
    done = await connection.execute(
        insert_new(connection, shipment_lates).values(
            declaration_no=standing_.declaration_no,
            basis_seq=standing_.basis_seq,
            stage=late.stage,
            rule=late.rule,
            since=late.since,
            expected_by=late.expected_by,
            cases=late.cases,
            noticed_at=at,
        )
    )
    return bool(done.rowcount)


async def late_by(connection: AsyncConnection, declaration_no: str) -> datetime | None:
    """By when a declaration that is late now should have moved on; None: it is not late."""
    at: datetime | None = await connection.scalar(
        select(shipment_lates.c.expected_by)
        .where(shipment_lates.c.declaration_no == declaration_no, shipment_lates.c.ended_at.is_(None))
        .order_by(shipment_lates.c.expected_by)
        .limit(1)
    )
    return at


async def open_lates(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """What is late now, the longest first: the lateness, port and how many follow."""
    followers = (
        select(func.count())
        .where(follows.c.kind == "declaration", follows.c.target == shipment_lates.c.declaration_no)
        .scalar_subquery()
    )
    rows = await connection.execute(
        select(shipment_lates, declarations.c.port, followers.label("followers"))
        .join_from(shipment_lates, declarations)
        .where(shipment_lates.c.ended_at.is_(None))
        .order_by(shipment_lates.c.expected_by)
        .limit(limit)
    )
    return rows.all()


async def usual(connection: AsyncConnection) -> dict[tuple[str, Stage], Usual]:
    """What is usual, by port and stage."""
    rows = await connection.execute(select(stage_usual))
    return {(row.port, Stage(row.stage)): Usual(row.port, Stage(row.stage), row.cases, row.p90_s) for row in rows}


async def computed_at(connection: AsyncConnection) -> datetime | None:
    """When it was last learned what is usual; None: never."""
    at: datetime | None = await connection.scalar(select(func.max(stage_usual.c.computed_at)))
    return at


async def set_usual(connection: AsyncConnection, found: Sequence[Usual], at: datetime) -> None:
    """Put what was learned in the place of what was known."""
    await connection.execute(delete(stage_usual))
    if found:
        rows = [
            {"port": one.port, "stage": one.stage, "cases": one.cases, "p90_s": one.p90_s, "computed_at": at}
            for one in found
        ]
        await connection.execute(stage_usual.insert(), rows)


async def moved_since(connection: AsyncConnection, since: datetime, after: str, limit: int) -> list[tuple[str, str]]:
    """Declarations with an event since a moment, by number, with their port; a page behind `after`."""
    rows = await connection.execute(
        select(declarations.c.declaration_no, declarations.c.port)
        .where(declarations.c.updated_at >= since, declarations.c.declaration_no > after)
        .order_by(declarations.c.declaration_no)
        .limit(limit)
    )
    return [(row.declaration_no, row.port or row.declaration_no[:4]) for row in rows]
