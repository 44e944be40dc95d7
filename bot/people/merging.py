"""Makes two persons one: everything that names the one names the other afterwards. SQL over all tables alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from bot.people.firms.lives_model import MEMBER, MemberState
from bot.store.history import Step, move
from bot.store.schema import firm_members, metadata, outbox, persons, reminders

_PERSON = "person_id"
_AUDIENCES = (outbox, reminders)


def personal_tables() -> list[Table]:
    """Every table with rows of a person's, those that others point to last."""
    return [table for table in reversed(metadata.sorted_tables) if _PERSON in table.c]


async def merge_persons(connection: AsyncConnection, gone: str, kept: str, at: datetime) -> None:
    """Give all that is one person's to another, in the caller's transaction, and forget the first.

    Where both have the same thing (a follow, a setting, a consent), the one of the person who is kept stays. Of two
    memberships in one firm an admin's stays. What may be there once and cannot be told apart raises IntegrityError:
    nothing is merged then.
    """
    await _end_double_memberships(connection, gone, kept, at)
    for table in personal_tables():
        for columns in _unique_with_person(table):
            await connection.execute(delete(table).where(table.c[_PERSON] == gone, _same_of(table, columns, kept)))
        await connection.execute(update(table).where(table.c[_PERSON] == gone).values({_PERSON: kept}))
    for table in _AUDIENCES:
        named = (table.c.audience_kind == "person", table.c.audience_target == gone)
        await connection.execute(update(table).where(*named).values(audience_target=kept))
    await connection.execute(delete(persons).where(persons.c.id == gone))


def _unique_with_person(table: Table) -> list[list[Column[object]]]:
    """The other columns of each key in which the person stands. A key that counts for some rows alone is for others to mend."""
    keys = [c for c in table.constraints if isinstance(c, UniqueConstraint | PrimaryKeyConstraint)]
    indexes = [i for i in table.indexes if i.unique and not _is_partial(i)]
    found = [list(key.columns) for key in (*keys, *indexes)]
    return [[c for c in columns if c.name != _PERSON] for columns in found if any(c.name == _PERSON for c in columns)]


def _is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"].get("where") is not None


def _same_of(table: Table, columns: list[Column[object]], kept: str) -> ColumnElement[bool]:
    other = table.alias()
    same = [other.c[column.name] == table.c[column.name] for column in columns]
    return exists(select(other.c[_PERSON]).where(other.c[_PERSON] == kept, *same))


async def _end_double_memberships(connection: AsyncConnection, gone: str, kept: str, at: datetime) -> None:
    rows = await connection.execute(
        select(firm_members).where(
            firm_members.c.person_id.in_([gone, kept]), firm_members.c.state == MemberState.ACTIVE
        )
    )
    by_firm: dict[str, dict[str, tuple[str, bool]]] = {}
    for row in rows.mappings():
        by_firm.setdefault(row["enterprise_id"], {})[row["person_id"]] = (row["id"], row["admin"])
    for members in by_firm.values():
        if len(members) == 2:
            weaker = kept if members[gone][1] and not members[kept][1] else gone
            step = Step(f"person:{kept}", at, "two chats of one person were linked")
            await move(connection, MEMBER, members[weaker][0], MemberState.LEFT, step, ended_at=at)
