"""SQL of declarations and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.details import as_json, from_json
from bot.clearance.late_store import late_by
from bot.clearance.model import Clearance, ClearanceEvent, Stage, StageChange
from bot.clearance.reports import Report, Settled, settle, taken_back
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.store.schema import clearance_events, declarations, enterprises


async def ensure_declaration(connection: AsyncConnection, declaration_no: str, at: datetime) -> None:
    """Keep a declaration's row; nothing happens when it is there."""
    await connection.execute(insert_new(connection, declarations).values(declaration_no=declaration_no, updated_at=at))


async def ensure_enterprise(connection: AsyncConnection, credit_code: str, name: str, at: datetime) -> str:
    """The id of the enterprise with this credit code; it is kept when it is new."""
    await connection.execute(
        insert_new(connection, enterprises).values(id=new_id(), name=name, credit_code=credit_code, created_at=at)
    )
    found: str | None = await connection.scalar(
        select(enterprises.c.id).where(enterprises.c.credit_code == credit_code)
    )
    if found is None:  # pragma: no cover - it was written in this very transaction
        raise AssertionError("an enterprise just kept is not there")
    return found


async def ensure_declarations(connection: AsyncConnection, numbers: Sequence[str], at: datetime) -> None:
    """Keep the rows of declarations, in this order; nothing happens to those that are there."""
    rows = [{"declaration_no": number, "updated_at": at} for number in numbers]
    await connection.execute(insert_new(connection, declarations), rows)


async def set_owners(connection: AsyncConnection, owned: Sequence[tuple[str, str]]) -> None:
    """Give declarations their enterprises, unless they have one: an owner is never replaced by an event."""
    if not owned:
        return
    change = (
        update(declarations)
        .where(declarations.c.declaration_no == bindparam("no"), declarations.c.enterprise_id.is_(None))
        .values(enterprise_id=bindparam("owner"))
    )
    await connection.execute(change, [{"no": number, "owner": owner} for number, owner in owned])


async def known_ids(connection: AsyncConnection, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (source, event id) are kept already."""
    # Source by source, of which there are few: a list of pairs is no list that the statement's cache knows.
    by_source: dict[str, list[str]] = {}
    for source, event_id in ids:
        by_source.setdefault(source, []).append(event_id)
    known: set[tuple[str, str]] = set()
    for source, event_ids in by_source.items():
        found = await connection.scalars(
            select(clearance_events.c.event_id).where(
                clearance_events.c.source == source, clearance_events.c.event_id.in_(event_ids)
            )
        )
        known |= {(source, event_id) for event_id in found}
    return known


async def add_events(
    connection: AsyncConnection, events: Sequence[ClearanceEvent], at: datetime
) -> dict[tuple[str, str], int]:
    """Keep events; the numbers of those that were not kept already, by (source, event id)."""
    insert = insert_new(connection, clearance_events).returning(
        clearance_events.c.seq, clearance_events.c.source, clearance_events.c.event_id
    )
    rows = [
        {
            "source": event.source,
            "event_id": event.event_id,
            "declaration_no": event.declaration_no,
            "stage": event.stage,
            "occurred_at": event.occurred_at,
            "received_at": at,
            "detail": as_json(event.note, event.details),
            "amends_id": event.amends_id,
        }
        for event in events
    ]
    return {(source, event_id): seq for seq, source, event_id in await connection.execute(insert, rows)}


async def reports_of(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[Report]]:
    """Every report on some declarations, in any order; an empty list where there is none."""
    found: dict[str, list[Report]] = {number: [] for number in numbers}
    rows = await connection.execute(select(clearance_events).where(clearance_events.c.declaration_no.in_(numbers)))
    for row in rows:
        found[row.declaration_no].append(_report(row))
    return found


def _report(row: Any) -> Report:
    note = row.detail.get("note")
    change = StageChange(Stage(row.stage), row.occurred_at, note, from_json(row.detail)) if row.stage else None
    return Report(row.seq, row.source, row.event_id, change, row.amends_id, note, row.received_at, row.told)


async def lock_declarations(connection: AsyncConnection, numbers: Sequence[str]) -> None:
    """On PostgreSQL the rows are locked, in order, until the transaction ends (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        query = select(declarations.c.declaration_no).where(declarations.c.declaration_no.in_(numbers))
        await connection.execute(query.order_by(declarations.c.declaration_no).with_for_update())


async def set_stages(connection: AsyncConnection, settled: Mapping[str, Settled], at: datetime) -> None:
    """Store what holds now, by declaration."""
    if not settled:
        return
    change = (
        update(declarations)
        .where(declarations.c.declaration_no == bindparam("no"))
        .values(
            stage=bindparam("to"),
            stage_at=bindparam("since"),
            updated_at=bindparam("now"),
            basis_seq=bindparam("basis"),
            port=bindparam("office"),
            reference=bindparam("own"),
            arrived_on=bindparam("arrival"),
        )
    )
    await connection.execute(change, [_declaration(number, what, at) for number, what in sorted(settled.items())])


def _declaration(number: str, settled: Settled, at: datetime) -> dict[str, Any]:
    change = settled.current.change if settled.current else None
    return {
        "no": number,
        "to": change.stage if change else None,
        "since": change.occurred_at if change else None,
        "now": at,
        "basis": settled.current.seq if settled.current else None,
        "office": settled.latest("port") or number[:4],
        "own": settled.latest("reference"),
        "arrival": settled.latest("arrived_on"),
    }


async def set_told(connection: AsyncConnection, told: Mapping[int, bool]) -> None:
    """Store which events followers read, by number."""
    for value in (True, False):
        numbers = [seq for seq, is_told in told.items() if is_told is value]
        if numbers:
            change = update(clearance_events).where(clearance_events.c.seq.in_(numbers)).values(told=value)
            await connection.execute(change)


async def clearance_of(connection: AsyncConnection, declaration_no: str) -> Clearance | None:
    """What is known of a declaration; None when it was never heard of."""
    row = (
        await connection.execute(select(declarations).where(declarations.c.declaration_no == declaration_no))
    ).one_or_none()
    if row is None:
        return None
    reports = (await reports_of(connection, [declaration_no]))[declaration_no]
    settled = settle(reports)
    return Clearance(
        row.declaration_no,
        row.enterprise_id,
        Stage(row.stage) if row.stage else None,
        row.stage_at,
        [report.change for report in settled.holding if report.change is not None],
        row.port,
        row.reference,
        row.arrived_on,
        tuple(sorted(settled.numbers)),
        taken_back(settled, reports),
        settled.current.change if settled.current else None,
        await late_by(connection, declaration_no),
    )
