"""SQL of bills of lading and containers, and of the follows that they bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance.details import NumberKind
from bot.people.model import FollowKind
from bot.people.store import insert_new
from bot.store.schema import declarations, follows, shipment_numbers

Number = tuple[NumberKind, str]
FOLLOW_KIND: Mapping[NumberKind, FollowKind] = {
    NumberKind.BILL: FollowKind.BILL,
    NumberKind.CONTAINER: FollowKind.CONTAINER,
}


@dataclass(frozen=True)
class NumberFollow:
    """A person follows a bill of lading or a container that belongs to a declaration."""

    person_id: str
    declaration_no: str
    via: Number

    @property
    def via_text(self) -> str:
        """As in `follows.via`."""
        return f"{FOLLOW_KIND[self.via[0]]}:{self.via[1]}"


async def numbers_of(connection: AsyncConnection, declarations_: Collection[str]) -> dict[str, frozenset[Number]]:
    """Bills of lading and containers by declaration; those without any are left out."""
    found: dict[str, set[Number]] = {}
    query = select(shipment_numbers).where(shipment_numbers.c.declaration_no.in_(list(declarations_)))
    for row in await connection.execute(query):
        found.setdefault(row.declaration_no, set()).add((NumberKind(row.kind), row.number))
    return {declaration_no: frozenset(numbers) for declaration_no, numbers in found.items()}


async def set_numbers(
    connection: AsyncConnection, declaration_no: str, before: frozenset[Number], after: frozenset[Number]
) -> None:
    """Store what belongs to a declaration now."""
    table = shipment_numbers
    gone = [(declaration_no, *number) for number in sorted(before - after)]
    if gone:
        await connection.execute(
            delete(table).where(tuple_(table.c.declaration_no, table.c.kind, table.c.number).in_(gone))
        )
    new = [{"declaration_no": declaration_no, "kind": kind, "number": no} for kind, no in sorted(after - before)]
    if new:
        await connection.execute(insert_new(connection, table), new)


async def declarations_with(connection: AsyncConnection, kind: NumberKind, number: str) -> list[tuple[str, str | None]]:
    """Declarations to which a number belongs, with their firm."""
    query = (
        select(declarations.c.declaration_no, declarations.c.enterprise_id)
        .join_from(shipment_numbers, declarations)
        .where(shipment_numbers.c.kind == kind, shipment_numbers.c.number == number)
        .order_by(declarations.c.declaration_no)
    )
    return [(row.declaration_no, row.enterprise_id) for row in await connection.execute(query)]


async def waiting_follows(connection: AsyncConnection, linked: Collection[tuple[str, Number]]) -> list[NumberFollow]:
    """Who follows numbers that now belong to declarations. linked: declaration and number."""
    if not linked:
        return []
    by_target: dict[tuple[str, str], list[tuple[str, Number]]] = {}
    for declaration_no, number in linked:
        by_target.setdefault((FOLLOW_KIND[number[0]].value, number[1]), []).append((declaration_no, number))
    rows = await connection.execute(
        select(follows.c.person_id, follows.c.kind, follows.c.target).where(
            tuple_(follows.c.kind, follows.c.target).in_(list(by_target))
        )
    )
    return [
        NumberFollow(row.person_id, declaration_no, number)
        for row in rows
        for declaration_no, number in by_target[row.kind, row.target]
    ]
