"""SQL of declarations, events and binding codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.model import Clearance, ClearanceEvent, Stage, StageChange, in_order
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.store.schema import binding_attempts, binding_codes, clearance_events, declarations, enterprises
from bot.store.serial import one_at_a_time


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
    kept = tuple_(clearance_events.c.source, clearance_events.c.event_id)
    rows = await connection.execute(select(clearance_events.c.source, clearance_events.c.event_id).where(kept.in_(ids)))
    return {(row.source, row.event_id) for row in rows}


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
            "detail": {"note": event.note} if event.note else {},
        }
        for event in events
    ]
    return {(source, event_id): seq for seq, source, event_id in await connection.execute(insert, rows)}


async def histories_of(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[StageChange]]:
    """Every reported stage of some declarations, in any order; an empty list where there is none."""
    histories: dict[str, list[StageChange]] = {number: [] for number in numbers}
    rows = await connection.execute(
        select(
            clearance_events.c.declaration_no,
            clearance_events.c.stage,
            clearance_events.c.occurred_at,
            clearance_events.c.detail,
        ).where(clearance_events.c.declaration_no.in_(numbers))
    )
    for number, stage, occurred_at, detail in rows:
        histories[number].append(StageChange(Stage(stage), occurred_at, detail.get("note")))
    return histories


async def history_of(connection: AsyncConnection, declaration_no: str) -> list[StageChange]:
    """Every reported stage, by time, oldest first."""
    rows = await connection.execute(
        select(clearance_events.c.stage, clearance_events.c.occurred_at, clearance_events.c.detail).where(
            clearance_events.c.declaration_no == declaration_no
        )
    )
    return in_order(StageChange(Stage(row.stage), row.occurred_at, row.detail.get("note")) for row in rows)


async def lock_declarations(connection: AsyncConnection, numbers: Sequence[str]) -> None:
    """On PostgreSQL the rows are locked, in order, until the transaction ends (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        query = select(declarations.c.declaration_no).where(declarations.c.declaration_no.in_(numbers))
        await connection.execute(query.order_by(declarations.c.declaration_no).with_for_update())


async def set_stages(connection: AsyncConnection, holds: Mapping[str, StageChange], at: datetime) -> None:
    """Store the stages that hold now, by declaration."""
    if not holds:
        return
    change = (
        update(declarations)
        .where(declarations.c.declaration_no == bindparam("no"))
        .values(stage=bindparam("to"), stage_at=bindparam("since"), updated_at=bindparam("now"))
    )
    rows = [
        {"no": number, "to": change_.stage, "since": change_.occurred_at, "now": at}
        for number, change_ in sorted(holds.items())
    ]
    await connection.execute(change, rows)


async def clearance_of(connection: AsyncConnection, declaration_no: str) -> Clearance | None:
    """What is known of a declaration; None when it was never heard of."""
    row = (
        await connection.execute(select(declarations).where(declarations.c.declaration_no == declaration_no))
    ).one_or_none()
    if row is None:
        return None
    return Clearance(
        row.declaration_no,
        row.enterprise_id,
        Stage(row.stage) if row.stage else None,
        row.stage_at,
        await history_of(connection, declaration_no),
    )


async def add_binding_code(
    connection: AsyncConnection,
    declaration_no: str,
    code_hash: str,
    *,
    created_by: str,
    at: datetime,
    expires_at: datetime,
    uses: int,
) -> None:
    """Keep the hash of a binding code."""
    await connection.execute(
        binding_codes.insert().values(
            id=new_id(),
            declaration_no=declaration_no,
            code_hash=code_hash,
            created_by=created_by,
            created_at=at,
            expires_at=expires_at,
            uses_left=uses,
        )
    )


async def use_binding_code(connection: AsyncConnection, declaration_no: str, code_hash: str, at: datetime) -> bool:
    """Take one use of a code; False when there is no valid one. The check and the use are one statement."""
    done = await connection.execute(
        update(binding_codes)
        .where(
            binding_codes.c.declaration_no == declaration_no,
            binding_codes.c.code_hash == code_hash,
            binding_codes.c.expires_at > at,
            binding_codes.c.uses_left > 0,
        )
        .values(uses_left=binding_codes.c.uses_left - 1)
    )
    return bool(done.rowcount)


async def count_attempts(connection: AsyncConnection, subjects: Sequence[str], since: datetime) -> int:
    """The most tries that any of the subjects made since then. Until the transaction ends no other counts the same."""
    await one_at_a_time(connection, *(f"binding:{subject}" for subject in subjects))
    rows = await connection.execute(
        select(func.count())
        .where(binding_attempts.c.subject.in_(subjects), binding_attempts.c.at > since)
        .group_by(binding_attempts.c.subject)
    )
    return max((row[0] for row in rows), default=0)


async def note_attempt(connection: AsyncConnection, subjects: Sequence[str], at: datetime, forget: datetime) -> None:
    """Keep a failed try for each subject, and forget those before `forget`."""
    await connection.execute(delete(binding_attempts).where(binding_attempts.c.at < forget))
    await connection.execute(binding_attempts.insert(), [{"subject": subject, "at": at} for subject in subjects])
