"""SQL of permits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.permits.model import (
    Line,
    NewLine,
    NewPermit,
    Permit,
    PermitKind,
    PermitState,
    Unit,
    WriteOff,
    from_millionths,
    millionths,
    read_quantity,
)
from bot.people.model import new_id
from bot.store.schema import enterprises, permit_lines, permit_write_offs, permits

_PERMITS: Select[Any] = select(permits, enterprises.c.name.label("firm_name")).join_from(permits, enterprises)


def _permit(row: Row[Any], lines: Sequence[Line] = (), write_offs: Sequence[WriteOff] = ()) -> Permit:
    return Permit(
        row.id,
        PermitKind(row.kind),
        row.number,
        row.firm_id,
        row.firm_name,
        row.valid_from,
        row.valid_until,
        PermitState(row.state),
        row.created_at,
        row.changed_at,
        tuple(lines),
        tuple(write_offs),
    )


def _line(row: Row[Any]) -> Line:
    quantity, used = from_millionths(row.quantity), from_millionths(row.used)
    return Line(row.id, row.line, row.goods, Unit(row.unit), quantity, used)


async def add_permit(
    connection: AsyncConnection, firm_id: str, person_id: str, new: NewPermit, key: str | None, at: datetime
) -> str:
    """Keep a permit with its lines, which were checked; returns its id."""
    permit_id = new_id()
    await connection.execute(
        permits.insert().values(
            id=permit_id,
            firm_id=firm_id,
            kind=new.kind,
            number=new.number.strip(),
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            person_id=person_id,
            state=PermitState.VALID,
            request_key=key,
            created_at=at,
            changed_at=at,
        )
    )
    for number, line in enumerate(new.lines, start=1):
        await connection.execute(permit_lines.insert().values(_line_values(permit_id, number, line)))
    return permit_id


def _line_values(permit_id: str, number: int, line: NewLine) -> dict[str, Any]:
    quantity = read_quantity(line.quantity)
    if quantity is None:
        raise ValueError("a quantity that was not checked")
    return {
        "id": new_id(),
        "permit_id": permit_id,
        "line": number,
        "goods": line.goods.strip(),
        "unit": line.unit,
        "quantity": millionths(quantity),
        "used": 0,
    }


async def lock(connection: AsyncConnection, permit_id: str) -> None:
    """Hold a permit until the transaction ends."""
    await connection.execute(select(permits.c.id).where(permits.c.id == permit_id).with_for_update())


async def permit_of(connection: AsyncConnection, permit_id: str) -> Permit | None:
    """One permit with its lines, and its write-offs by time."""
    row = (await connection.execute(_PERMITS.where(permits.c.id == permit_id))).one_or_none()
    if row is None:
        return None
    query = select(permit_lines).where(permit_lines.c.permit_id == permit_id).order_by(permit_lines.c.line)
    lines = [_line(line) for line in await connection.execute(query)]
    batches = await connection.execute(
        select(permit_write_offs, permit_lines.c.line, permit_lines.c.unit)
        .join_from(permit_write_offs, permit_lines)
        .where(permit_lines.c.permit_id == permit_id)
        .order_by(permit_write_offs.c.created_at, permit_write_offs.c.id)
    )
    write_offs = [
        WriteOff(
            batch.id,
            batch.line,
            batch.reference,
            batch.day,
            from_millionths(batch.amount),
            Unit(batch.unit),
            batch.corrects,
            batch.why,
            batch.corrected_at is None,
            batch.created_at,
        )
        for batch in batches
    ]
    return _permit(row, lines, write_offs)


async def known(connection: AsyncConnection, firm_id: str, kind: str, number: str) -> str | None:
    """The id of a firm's permit of this number."""
    found: str | None = await connection.scalar(
        select(permits.c.id).where(
            permits.c.firm_id == firm_id, permits.c.kind == kind, permits.c.number == number.strip()
        )
    )
    return found


async def by_request(connection: AsyncConnection, key: str) -> str | None:
    """The permit that a request entered."""
    found: str | None = await connection.scalar(select(permits.c.id).where(permits.c.request_key == key))
    return found


async def written_by_request(connection: AsyncConnection, key: str) -> bool:
    """Whether a request wrote a batch off."""
    query = select(permit_write_offs.c.id).where(permit_write_offs.c.request_key == key)
    return await connection.scalar(query) is not None


async def of_firms(connection: AsyncConnection, firm_ids: Collection[str], limit: int = 100) -> list[Permit]:
    """Permits of some firms without their lines, what ends first on top; closed and expired ones behind."""
    query = _PERMITS.where(permits.c.firm_id.in_(list(firm_ids)))
    over = permits.c.state.in_((PermitState.EXPIRED, PermitState.CLOSED))
    rows = await connection.execute(query.order_by(over, permits.c.valid_until, permits.c.id).limit(limit))
    return [_permit(row) for row in rows]


async def find(connection: AsyncConnection, words: str, limit: int = 50) -> list[Permit]:
    """Permits by number, or by the firm's name or credit code, for staff."""
    query = _PERMITS.where(
        (permits.c.number == words) | (enterprises.c.credit_code == words) | (enterprises.c.name == words)
    )
    return [_permit(row) for row in await connection.execute(query.order_by(permits.c.valid_until).limit(limit))]


async def use(connection: AsyncConnection, line_id: str, change: int) -> bool:
    """Take so many millionths off a line's balance, or give them back; False when not so many are left. One statement."""
    done = await connection.execute(
        update(permit_lines)
        .where(
            permit_lines.c.id == line_id,
            permit_lines.c.used + change <= permit_lines.c.quantity,
            permit_lines.c.used + change >= 0,
        )
        .values(used=permit_lines.c.used + change)
    )
    return bool(done.rowcount)


async def add_write_off(connection: AsyncConnection, values: dict[str, Any]) -> str:
    """Keep a write-off; returns its id."""
    write_off_id = new_id()
    await connection.execute(permit_write_offs.insert().values(id=write_off_id, **values))
    return write_off_id


async def mark_corrected(connection: AsyncConnection, write_off_id: str, at: datetime) -> bool:
    """Let a write-off count no more; False when another correction came first."""
    done = await connection.execute(
        update(permit_write_offs)
        .where(permit_write_offs.c.id == write_off_id, permit_write_offs.c.corrected_at.is_(None))
        .values(corrected_at=at)
    )
    return bool(done.rowcount)


async def ended(connection: AsyncConnection, today: date, limit: int) -> list[str]:
    """Ids of permits whose last day has passed, and which do not say so yet."""
    query = select(permits.c.id).where(
        permits.c.state.in_((PermitState.VALID, PermitState.USED_UP)), permits.c.valid_until < today
    )
    return list(await connection.scalars(query.limit(limit)))
