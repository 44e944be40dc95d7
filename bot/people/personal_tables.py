"""Parts of what is stored of a person that lie in plain tables, and where everything else of a person stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.model import new_id
from bot.store.schema import (
    addresses,
    asked_entries,
    banner_views,
    binding_attempts,
    case_history,
    consents,
    deliveries,
    follows,
    link_codes,
    notice_acks,
    outbox,
    person_settings,
    persons,
    preferences,
    reminders,
    staff_addresses,
    staff_link_codes,
    web_messages,
)

ERASED = "person:erased"


@dataclass(frozen=True)
class TablePart:
    """Fulfils PersonalData: rows that are a person's own, shown by some of their columns and erased whole.

    column: holds the person's id, or (at_address) that of one of their addresses.
    """

    name: str
    table: Table
    shown: tuple[str, ...]
    column: str = "person_id"
    at_address: bool = False

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        columns = [self.table.c[name] for name in self.shown]
        rows = await connection.execute(select(*columns).where(self._own(person_id)))
        return [{name: plain(value) for name, value in row.items()} for row in rows.mappings()]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: nothing stays."""
        await connection.execute(delete(self.table).where(self._own(person_id)))
        return {}

    def _own(self, person_id: str) -> ColumnElement[bool]:
        column = self.table.c[self.column]
        return column.in_(addresses_of(person_id)) if self.at_address else column == person_id


@dataclass(frozen=True)
class Reminders:
    """Fulfils PersonalData: reminders for this person alone."""

    name: str = "reminders"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        c = reminders.c
        rows = await connection.execute(select(c.kind, c.at, c.text_values, c.state).where(self._own(person_id)))
        return [{name: plain(value) for name, value in row.items()} for row in rows.mappings()]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase."""
        await connection.execute(delete(reminders).where(self._own(person_id)))
        return {}

    def _own(self, person_id: str) -> ColumnElement[bool]:
        return _for_one(reminders, person_id)


@dataclass(frozen=True)
class Attempts:
    """Fulfils PersonalData: wrong tries of codes, which count for an hour."""

    name: str = "wrong_codes"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        rows = await connection.scalars(select(binding_attempts.c.at).where(self._own(person_id)))
        return [{"at": plain(at)} for at in rows]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase."""
        await connection.execute(delete(binding_attempts).where(self._own(person_id)))
        return {}

    def _own(self, person_id: str) -> ColumnElement[bool]:
        return binding_attempts.c.subject.in_(
            [person_id, f"person:{person_id}", f"firm:{person_id}", f"link:{person_id}"]
        )


@dataclass(frozen=True)
class Messages:
    """Fulfils PersonalData: what was sent to the person by itself, in whatever state."""

    name: str = "messages_sent"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export: each with its text, where it was for this person alone."""
        query = (
            select(
                *(deliveries.c[name] for name in ("channel", "lane", "state", "sent_at")),
                *(outbox.c[name] for name in ("cause_kind", "audience_kind", "payload")),
            )
            .join_from(deliveries, outbox, outbox.c.id == deliveries.c.outbox_id)
            .where(deliveries.c.person_id == person_id)
            .order_by(deliveries.c.id)
        )
        return [
            {name: plain(value) for name, value in row.items()} for row in (await connection.execute(query)).mappings()
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: what waits is not sent; what was for this person alone goes with its text."""
        alone = list(await connection.scalars(select(outbox.c.id).where(_for_one(outbox, person_id))))
        own = or_(deliveries.c.person_id == person_id, deliveries.c.address_id.in_(addresses_of(person_id)))
        await connection.execute(delete(deliveries).where(own))
        if alone:
            await connection.execute(delete(deliveries).where(deliveries.c.outbox_id.in_(alone)))
            await connection.execute(delete(outbox).where(outbox.c.id.in_(alone)))
        return {}


@dataclass(frozen=True)
class Steps:
    """Fulfils PersonalData: the person's name in the history of cases. The steps themselves are the cases' own."""

    name: str = "steps_in_cases"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        c = case_history.c
        rows = await connection.execute(
            select(c.machine, c.to_state, c.at, c.why).where(c.actor == f"person:{person_id}").order_by(c.seq)
        )
        return [{name: plain(value) for name, value in row.items()} for row in rows.mappings()]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: the steps stay, without who."""
        own = case_history.c.actor == f"person:{person_id}"
        await connection.execute(update(case_history).where(own).values(actor=ERASED))
        return {}


@dataclass(frozen=True)
class Identity:
    """Fulfils PersonalData: the person and their addresses. Erased last, since all else hangs on them."""

    name: str = "person"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        p, a = persons.c, addresses.c
        rows = await connection.execute(
            select(p.language, p.language_chosen, a.channel, a.address, a.state, a.created_at)
            .join_from(addresses, persons)
            .where(p.id == person_id)
            .order_by(a.rank, a.id)
        )
        return [{name: plain(value) for name, value in row.items()} for row in rows.mappings()]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase. Where a case must stay, a row without any trait of the person holds its place."""
        husk = new_id()
        for table in persons.metadata.sorted_tables:
            for column in table.c:
                if table is not addresses and any(key.target_fullname == "addresses.id" for key in column.foreign_keys):
                    await self._give_to_husk(connection, table, column, person_id, husk, at)
        own = (addresses.c.person_id == person_id, addresses.c.id != husk)
        await connection.execute(delete(addresses).where(*own))
        held = [
            await connection.scalar(select(column).where(column == person_id).limit(1))
            for table in persons.metadata.sorted_tables
            for column in table.c
            if any(key.target_fullname == "persons.id" for key in column.foreign_keys)
        ]
        if any(held):
            values = {"language": None, "language_chosen": False, "created_at": at}
            await connection.execute(update(persons).where(persons.c.id == person_id).values(**values))
        else:
            await connection.execute(delete(persons).where(persons.c.id == person_id))
        return {}

    async def _give_to_husk(
        self, connection: AsyncConnection, table: Table, column: Any, person_id: str, husk: str, at: datetime
    ) -> None:
        """What a case keeps of an address leads to one that is nobody's: a chat's own key could be found out again."""
        own = column.in_(addresses_of(person_id).where(addresses.c.id != husk))
        if await connection.scalar(select(column).where(own).limit(1)) is None:
            return
        if await connection.scalar(select(addresses.c.id).where(addresses.c.id == husk)) is None:
            await connection.execute(
                addresses.insert().values(
                    id=husk,
                    person_id=person_id,
                    channel="erased",
                    address=husk,
                    private=False,
                    state="gone",
                    note="erased",
                    created_at=at,
                )
            )
        await connection.execute(update(table).where(own).values({column.name: husk}))


def house_parts() -> list[Any]:
    """Of the house itself, in the order in which they are erased; `Identity` comes after those of all rooms."""
    return [
        TablePart("follows", follows, ("kind", "target", "created_at")),
        TablePart("settings", person_settings, ("zone", "quiet_from", "quiet_until", "changed_at")),
        TablePart("preferences", preferences, ("topic", "channel", "cadence", "changed_at")),
        TablePart("consents", consents, ("kind", "answer", "at")),
        TablePart("asked_entries", asked_entries, ("entry", "day")),
        TablePart("confirmed_notices", notice_acks, ("notice_id", "channel", "at")),
        TablePart("link_codes", link_codes, ("created_at", "expires_at")),
        TablePart("web_messages", web_messages, ("kind", "payload", "created_at"), "address_id", at_address=True),
        TablePart("banners_seen", banner_views, ("banner_id", "at"), "address_id", at_address=True),
        TablePart("staff_address", staff_addresses, ("linked_at",), "address_id", at_address=True),
        TablePart("staff_codes", staff_link_codes, ("expires_at",), "address_id", at_address=True),
        Reminders(),
        Attempts(),
        Messages(),
        Steps(),
    ]


def addresses_of(person_id: str) -> Any:
    """A query of the ids of a person's addresses."""
    return select(addresses.c.id).where(addresses.c.person_id == person_id)


def _for_one(table: Table, person_id: str) -> ColumnElement[bool]:
    kind, target = table.c.audience_kind, table.c.audience_target
    return or_(
        (kind == "person") & (target == person_id),
        (kind == "address") & target.in_(addresses_of(person_id)),
    )


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, datetime | date) else value
