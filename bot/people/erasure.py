"""Use cases of a person's own data: see, take along, erase (Personal Information Protection Law, articles 45 and 47)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.people import store as people_store
from bot.people.model import Person, new_id
from bot.people.personal import PersonalData
from bot.people.personal_tables import Identity, house_parts
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import addresses
from bot.store.serial import one_at_a_time

logger = logging.getLogger(__name__)

# As nlu/components/shared_conversations.py has it: an empty copy means that the talk was erased, in every process.
CONVERSATION_PREFIX = "rasa:conversation:"
ERASED_FOR_S = 2 * 3600
"""Longer than any process keeps a talk by itself (nlu/endpoints.yml, expiry_s)."""


@dataclass(frozen=True)
class Erased:
    """What an erasure does, or did. gone: how much of each part; stays: what is kept → why, in the words of its part.

    talk_erased: False when Redis was away; the last turns of the talk are then forgotten by themselves, an hour after the last.
    """

    gone: Mapping[str, int]
    stays: Mapping[str, str]
    talk_erased: bool = True


class PersonalService:
    """parts: of all rooms; those of the house stand before them and the person after them."""

    def __init__(
        self, store: Store, clock: Clock, audit: AuditTrail, redis: Redis, parts: Sequence[PersonalData]
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._redis = redis
        self.parts: tuple[PersonalData, ...] = (*house_parts(), *parts, Identity())

    async def export(self, person: Person) -> dict[str, list[dict[str, Any]]]:
        """All that is stored of a person: part → JSON objects. Parts without any are left out."""
        async with self._store.read() as connection:
            return await self._export(connection, person)

    async def preview(self, person: Person) -> Erased:
        """What an erasure would do now; nothing is changed."""
        async with self._store.write() as connection:
            look = await connection.begin_nested()
            found = await self._erase(connection, person, self._clock())
            await look.rollback()
        return found

    async def erase(self, person: Person) -> Erased:
        """Erase all of it, in one transaction; again: there is nothing left, and nothing happens.

        The chat from which it was asked begins anew, as somebody's of whom nothing is known: it must be answered.
        """
        now = self._clock()
        async with self._store.write() as connection:
            keys = list(await connection.scalars(select(addresses.c.id).where(addresses.c.person_id == person.id)))
            erased = await self._erase(connection, person, now)
            # Before the commit: a talk that is forgotten and a person who is not can be erased again, not the other way round.
            talk_erased = await self._forget_talk(keys)
            anew = Person(new_id(), person.address_id, person.channel, person.address, person.private, None)
            await people_store.add_person(connection, anew, now)
            if erased.gone:
                await self._audit.record(
                    connection,
                    now,
                    "system",
                    "person.erase",
                    "person",
                    parts=sorted(erased.gone),
                    kept=len(erased.stays),
                )
        return Erased(erased.gone, erased.stays, talk_erased)

    async def _erase(self, connection: AsyncConnection, person: Person, now: datetime) -> Erased:
        await one_at_a_time(connection, f"person:{person.id}")
        gone = {name: len(rows) for name, rows in (await self._export(connection, person)).items()}
        stays: dict[str, str] = {}
        for part in self.parts:
            stays |= await part.erase(connection, person.id, now)
        return Erased(gone, stays)

    async def _export(self, connection: AsyncConnection, person: Person) -> dict[str, list[dict[str, Any]]]:
        found = {part.name: [dict(row) for row in await part.export(connection, person.id)] for part in self.parts}
        return {name: rows for name, rows in found.items() if rows}

    async def _forget_talk(self, keys: Sequence[str]) -> bool:
        try:
            for key in keys:
                await self._redis.set(CONVERSATION_PREFIX + key, b"", ex=ERASED_FOR_S)
        except (RedisError, OSError) as error:
            logger.warning("a talk was not erased: %s", type(error).__name__)
            return False
        return True
