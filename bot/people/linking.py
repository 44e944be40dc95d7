"""Links a person's second chat by a one-time code: both are one person afterwards, with all that is theirs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import BindingRefusedError, ConflictError
from bot.people import attempts
from bot.people.codes import hash_code, new_code, shown
from bot.people.merging import merge_persons
from bot.people.model import Person, new_id
from bot.people.ports import BeforeMerge
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import addresses, link_codes, persons
from bot.store.serial import one_at_a_time

logger = logging.getLogger(__name__)

CODE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class LinkedChat:
    """A chat of a person. channel: as in `addresses`."""

    address_id: str
    channel: str


class LinkService:
    """See the module. before: what rooms see to in the transaction, before two persons become one."""

    def __init__(
        self, store: Store, clock: Clock, secrets: Secrets, audit: AuditTrail, before: tuple[BeforeMerge, ...] = ()
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = secrets.derive("person-link")
        self._audit = audit
        self._before = before

    async def code_for(self, person: Person) -> str:
        """A code that links another chat to this person within CODE_LIFE, once. An older one ends."""
        code, now = new_code(), self._clock()
        async with self._store.write() as connection:
            old = (link_codes.c.expires_at <= now) | (link_codes.c.person_id == person.id)
            await connection.execute(delete(link_codes).where(old))
            await connection.execute(
                link_codes.insert().values(
                    code_hash=hash_code(self._key, code),
                    person_id=person.id,
                    address_id=person.address_id,
                    created_at=now,
                    expires_at=now + CODE_LIFE,
                )
            )
        return shown(code)

    async def is_code(self, code: str) -> bool:
        """Whether this is a code that links a chat now."""
        async with self._store.read() as connection:
            return await self._giver(connection, code) is not None

    async def link(self, person: Person, code: str) -> list[LinkedChat]:
        """Make the chat of `person` one more of whoever got the code; returns that person's chats, the oldest first.

        Raises BindingRefusedError for a code that is wrong, used or too old, TooManyAttemptsError after five of these in an
        hour, ConflictError where both have something open of which there can be one.
        """
        now, subject = self._clock(), f"link:{person.id}"
        async with self._store.write() as connection:
            await attempts.refuse_more(connection, [subject], now)
            giver = await self._giver(connection, code)
            if giver is None:
                await attempts.note(connection, [subject], now)
        if giver is None:
            raise BindingRefusedError("The code is wrong, was used, or is too old.")
        try:
            async with self._store.write() as connection:
                return await self._linked(connection, person, code)
        except IntegrityError as error:
            logger.warning("two persons could not be made one", extra={"conversation": person.address_id})
            raise ConflictError("Both have something open of which there can be one.", state="open") from error

    async def unlink(self, person: Person) -> bool:
        """Make this chat a person of its own again, with nothing; False when it is the person's only one."""
        now = self._clock()
        async with self._store.write() as connection:
            await one_at_a_time(connection, f"person:{person.id}")
            if len(await _chats(connection, person.id)) < 2:
                return False
            fresh = new_id()
            await connection.execute(
                persons.insert().values(id=fresh, language=person.language, language_chosen=False, created_at=now)
            )
            own = addresses.c.id == person.address_id
            await connection.execute(update(addresses).where(own).values(person_id=fresh))
            await self._audit.record(connection, now, f"person:{person.id}", "person.unlink", f"person:{fresh}")
        return True

    async def chats(self, person: Person) -> list[LinkedChat]:
        """A person's chats, the oldest first."""
        async with self._store.read() as connection:
            return await _chats(connection, person.id)

    async def _giver(self, connection: AsyncConnection, code: str) -> str | None:
        giver: str | None = await connection.scalar(
            select(link_codes.c.person_id).where(
                link_codes.c.code_hash == hash_code(self._key, code), link_codes.c.expires_at > self._clock()
            )
        )
        return giver

    async def _linked(self, connection: AsyncConnection, person: Person, code: str) -> list[LinkedChat]:
        now = self._clock()
        kept = await connection.scalar(
            delete(link_codes)
            .where(link_codes.c.code_hash == hash_code(self._key, code), link_codes.c.expires_at > now)
            .returning(link_codes.c.person_id)
        )
        if kept is None:
            raise BindingRefusedError("The code is wrong, was used, or is too old.")
        await one_at_a_time(connection, f"person:{person.id}", f"person:{kept}")
        if kept != person.id:
            for before in self._before:
                await before(connection, person.id, kept, now)
            await merge_persons(connection, person.id, kept, now)
            await self._audit.record(connection, now, f"person:{kept}", "person.link", f"person:{person.id}")
        return await _chats(connection, kept)


async def _chats(connection: AsyncConnection, person_id: str) -> list[LinkedChat]:
    rows = await connection.execute(
        select(addresses).where(addresses.c.person_id == person_id).order_by(addresses.c.created_at, addresses.c.id)
    )
    return [LinkedChat(row["id"], row["channel"]) for row in rows.mappings()]
