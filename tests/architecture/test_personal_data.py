"""Every table that names a person is shown and erased by some part, or listed with the reason why it is not."""

from __future__ import annotations

from sqlalchemy import Table

from bot.ground import open_ground
from bot.people.personal_places import NOT_OF_A_PERSON, STANDS_ELSEWHERE
from bot.people.personal_tables import TablePart, house_parts
from bot.rooms.all import open_rooms
from bot.settings import Settings
from bot.store.schema import metadata

# Columns by which a row leads to a person, whether or not the database knows it.
_NAMES = frozenset(
    {"person_id", "address_id", "actor", "subject", "created_by", "audience_target", "opened_by", "set_by"}
)
_OWNERS = frozenset({"persons.id", "addresses.id"})


def leads_to_a_person(table: Table) -> bool:
    """By a foreign key, or by a column of such a name."""
    return any(
        column.name in _NAMES or any(key.target_fullname in _OWNERS for key in column.foreign_keys)
        for column in table.c
    )


def house_tables() -> dict[str, str]:
    """The tables of the house's own plain parts, with the names of the parts."""
    return {part.table.name: part.name for part in house_parts() if isinstance(part, TablePart)}


def test_every_table_that_names_a_person_is_a_part_or_has_a_reason() -> None:
    found = {table.name for table in metadata.sorted_tables if leads_to_a_person(table)}
    known = house_tables() | dict(STANDS_ELSEWHERE)

    assert len(found) > 20
    assert found - set(known) - set(NOT_OF_A_PERSON) == set()
    assert set(known) & set(NOT_OF_A_PERSON) == set()
    assert (set(known) | set(NOT_OF_A_PERSON)) <= set(metadata.tables)


async def test_every_part_that_is_named_is_there(settings: Settings) -> None:
    async with open_ground(settings) as ground:
        rooms = open_rooms(ground)
    parts = [part.name for part in (*house_parts(), *(part for room in rooms for part in room.personal))]

    assert len(parts) == len(set(parts))
    assert set(STANDS_ELSEWHERE.values()) <= {*parts, "person"}
