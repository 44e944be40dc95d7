"""SQL of persons, addresses and follows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.schema import Table

from bot.channels.model import Language
from bot.people.model import Follow, FollowKind, Person
from bot.store.schema import addresses, follows, persons, shipment_numbers
from bot.store.serial import one_at_a_time


def insert_new(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that does nothing where a unique key is taken; both databases have it, each in its own class."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return insert(table).on_conflict_do_nothing()


_PERSON = select(
    persons.c.id,
    persons.c.language,
    persons.c.language_chosen,
    addresses.c.id.label("address_id"),
    addresses.c.channel,
    addresses.c.address,
    addresses.c.private,
).join_from(addresses, persons)


def _person(row: RowMapping) -> Person:
    return Person(
        row["id"],
        row["address_id"],
        row["channel"],
        row["address"],
        row["private"],
        row["language"],
        row["language_chosen"],
    )


async def person_of(connection: AsyncConnection, address_id: str) -> Person | None:
    """Who is behind a conversation key; None when that conversation was never kept."""
    row = (await connection.execute(_PERSON.where(addresses.c.id == address_id))).mappings().one_or_none()
    return _person(row) if row else None


async def add_person(connection: AsyncConnection, person: Person, at: datetime) -> None:
    """Keep a person and the address; nothing happens when the address is kept already."""
    await one_at_a_time(connection, f"address:{person.address_id}")
    taken = await connection.scalar(select(addresses.c.id).where(addresses.c.id == person.address_id))
    if taken:
        return
    await connection.execute(
        persons.insert().values(id=person.id, language=person.language, language_chosen=False, created_at=at)
    )
    await connection.execute(
        addresses.insert().values(
            id=person.address_id,
            person_id=person.id,
            channel=person.channel,
            address=person.address,
            private=person.private,
            state="active",
            created_at=at,
        )
    )


async def set_language(connection: AsyncConnection, person_id: str, language: Language, *, chosen: bool) -> None:
    """Keep a person's language; one that was only guessed never replaces one that was chosen."""
    change = update(persons).where(persons.c.id == person_id)
    if not chosen:
        change = change.where(persons.c.language_chosen.is_(False))
    await connection.execute(change.values(language=language, **({"language_chosen": True} if chosen else {})))


async def forget_language_choice(connection: AsyncConnection, person_id: str) -> None:
    """The language was guessed from now on: what the person writes may replace it."""
    await connection.execute(update(persons).where(persons.c.id == person_id).values(language_chosen=False))


async def set_address_state(connection: AsyncConnection, address_id: str, state: str, note: str | None) -> None:
    """Keep whether an address can be written to: active, blocked or gone."""
    await connection.execute(update(addresses).where(addresses.c.id == address_id).values(state=state, note=note))


async def move_address(connection: AsyncConnection, channel: str, address: str, new_address: str) -> None:
    """The chat behind an address lives on under another one: same person, same conversation key. Without effect twice.

    Where the new address is somebody's already (it wrote before this was known), that one stays, and the old one is gone.
    """
    old = (addresses.c.channel == channel, addresses.c.address == address)
    taken = await connection.scalar(
        select(addresses.c.id).where(addresses.c.channel == channel, addresses.c.address == new_address)
    )
    change = {"state": "gone", "note": "moved"} if taken else {"address": new_address}
    await connection.execute(update(addresses).where(*old).values(**change))


async def key_of(connection: AsyncConnection, channel: str, address: str) -> str | None:
    """The conversation key kept for an address: another than the computed one when the chat has moved. None: not kept."""
    key: str | None = await connection.scalar(
        select(addresses.c.id).where(addresses.c.channel == channel, addresses.c.address == address)
    )
    return key


async def add_follow(
    connection: AsyncConnection,
    follow_id: str,
    person_id: str,
    kind: FollowKind,
    target: str,
    at: datetime,
    *,
    firm_id: str | None = None,
    ends_at: datetime | None = None,
    via: str | None = None,
) -> bool:
    """Follow something; False when the person follows it already.

    firm_id: the firm whose right lets them, with which the follow ends; ends_at: when that right ends by itself. A follow that
    stands alone stays so, and one that hung on a right stands alone once the person has a proof of their own.
    via: kind:number of the follow that brings it, with which it ends; one that is asked for itself outlasts that.
    """
    done = await connection.execute(
        insert_new(connection, follows).values(
            id=follow_id,
            person_id=person_id,
            kind=kind,
            target=target,
            created_at=at,
            firm_id=firm_id,
            ends_at=ends_at,
            via=via,
        )
    )
    if not done.rowcount and via is None:
        mine = (follows.c.person_id == person_id, follows.c.kind == kind, follows.c.target == target)
        await connection.execute(update(follows).where(*mine).values(via=None))
    if not done.rowcount and firm_id is None:
        await connection.execute(
            update(follows)
            .where(
                follows.c.person_id == person_id,
                follows.c.kind == kind,
                follows.c.target == target,
                follows.c.firm_id.is_not(None),
            )
            .values(firm_id=None, ends_at=None)
        )
    return bool(done.rowcount)


async def end_follow(connection: AsyncConnection, person_id: str, kind: FollowKind, target: str) -> bool:
    """Stop following one thing, and the declarations that it alone brought; False when it was not followed."""
    done = await connection.execute(
        delete(follows).where(follows.c.person_id == person_id, follows.c.kind == kind, follows.c.target == target)
    )
    if done.rowcount and kind in BRINGING:
        await _end_brought(connection, person_id, f"{kind}:{target}")
    return bool(done.rowcount)


BRINGING = frozenset({FollowKind.BILL, FollowKind.CONTAINER})
"""Following one of these follows the declarations to which it belongs, now and later."""


async def _end_brought(connection: AsyncConnection, person_id: str, via: str) -> None:
    brought = (follows.c.person_id == person_id, follows.c.via == via)
    # Another number of the same declaration that is followed too brings it from now on.
    others = select(follows.c.kind + ":" + follows.c.target).where(
        follows.c.person_id == person_id, follows.c.kind.in_(BRINGING)
    )
    number = shipment_numbers.c.kind + ":" + shipment_numbers.c.number
    still = dict[str, str]()
    rows = await connection.execute(
        select(follows.c.id, number)
        .join_from(follows, shipment_numbers, shipment_numbers.c.declaration_no == follows.c.target)
        .where(*brought, number.in_(others))
    )
    for follow_id, other in rows:
        still[follow_id] = other
    for follow_id, other in still.items():
        await connection.execute(update(follows).where(follows.c.id == follow_id).values(via=other))
    await connection.execute(delete(follows).where(*brought))


async def end_all_follows(connection: AsyncConnection, person_id: str) -> int:
    """Stop following everything; returns how many follows ended."""
    return (await connection.execute(delete(follows).where(follows.c.person_id == person_id))).rowcount


async def follows_of(connection: AsyncConnection, person_id: str) -> list[Follow]:
    """What a person follows, oldest first."""
    rows = await connection.execute(
        select(follows).where(follows.c.person_id == person_id).order_by(follows.c.created_at, follows.c.target)
    )
    return [Follow(FollowKind(row.kind), row.target, row.created_at) for row in rows]


async def followed_among(connection: AsyncConnection, kind: FollowKind, targets: Collection[str]) -> set[str]:
    """Those of the targets that anybody follows."""
    if not targets:
        return set()
    found = await connection.scalars(
        select(follows.c.target).where(follows.c.kind == kind, follows.c.target.in_(list(targets))).distinct()
    )
    return set(found)


async def follows_target(
    connection: AsyncConnection, person_id: str, kind: FollowKind, target: str, *, alone: bool = False
) -> bool:
    """Whether a person follows this. alone: whatever rights they have in a firm."""
    query = select(follows.c.id).where(
        follows.c.person_id == person_id, follows.c.kind == kind, follows.c.target == target
    )
    return await connection.scalar(query.where(follows.c.firm_id.is_(None)) if alone else query) is not None
