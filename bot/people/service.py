"""Use cases: who is there, which language, what they follow."""

from __future__ import annotations

import hmac
import secrets as random
from hashlib import sha256

from bot.channels.model import Language
from bot.clock import Clock
from bot.errors import SessionNotPrivateError
from bot.people import store as people_store
from bot.people.model import Follow, FollowKind, Person, conversation_key, new_id
from bot.secrets import Secrets
from bot.store.engine import Store


class WebSessions:
    """Ids of web conversations: random, and signed, so that nothing must be stored to know our own again."""

    def __init__(self, secrets: Secrets) -> None:
        self._key = secrets.derive("web-session")

    def issue(self) -> str:
        """A new id: `s_` + 32 hex digits + `_` + 16 hex digits of signature. Whoever has it is in that conversation."""
        nonce = random.token_hex(16)
        return f"s_{nonce}_{self._signature(nonce)}"

    def is_ours(self, conversation_id: str) -> bool:
        """Whether this id was issued here. Compared in constant time."""
        prefix, _, rest = conversation_id.partition("_")
        nonce, _, signature = rest.partition("_")
        expected = self._signature(nonce)
        return prefix == "s" and hmac.compare_digest(expected.encode(), signature.encode())

    def _signature(self, nonce: str) -> str:
        return hmac.digest(self._key, nonce.encode(), sha256).hex()[:16]


class PeopleService:
    """Persons and what they follow."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, key: str) -> Person | None:
        """Who is behind a conversation key; None when nothing is kept of that conversation."""
        async with self._store.read() as connection:
            return await people_store.person_of(connection, key)

    async def meet(self, channel: str, address: str, *, private: bool, language: Language | None) -> Person:
        """Find the person behind an address, or keep a new one. private: nobody else can guess the address."""
        key = await self.key_of(channel, address)
        known = await self.find(key)
        if known:
            return known
        # Whoever has the id of a web conversation is in it, so the database must not hold it: its key serves as address.
        kept_address = key if channel == "web" else address
        async with self._store.write() as connection:
            await people_store.add_person(
                connection, Person(new_id(), key, channel, kept_address, private, language), self._clock()
            )
            person = await people_store.person_of(connection, key)
        if person is None:  # pragma: no cover - the row was written in this very transaction
            raise AssertionError("a person just kept is not there")
        return person

    async def private_person(self, key: str) -> Person:
        """Who is behind a conversation that nobody else can enter. Raises SessionNotPrivateError otherwise."""
        person = await self.find(key)
        if person is None or not person.private:
            raise SessionNotPrivateError
        return person

    async def choose_language(self, key: str, language: Language) -> None:
        """Keep the language that a person asked for. Without effect on conversations of which nothing is kept."""
        person = await self.find(key)
        if person is None:
            return
        async with self._store.write() as connection:
            await people_store.set_language(connection, person.id, language, chosen=True)

    async def forget_language_choice(self, key: str) -> None:
        """Go back to the language that somebody writes in. Without effect on conversations of which nothing is kept."""
        person = await self.find(key)
        if person is None or not person.language_chosen:
            return
        async with self._store.write() as connection:
            await people_store.forget_language_choice(connection, person.id)

    async def note_language(self, person: Person, language: Language) -> None:
        """Keep the language somebody writes in, for the pushes to come."""
        async with self._store.write() as connection:
            await people_store.set_language(connection, person.id, language, chosen=False)

    async def address_state_changed(self, channel: str, address: str, state: str, note: str | None = None) -> None:
        """Keep whether an address can be written to. state: active, blocked or gone. An unknown address is no error."""
        key = await self.key_of(channel, address)
        async with self._store.write() as connection:
            await people_store.set_address_state(connection, key, state, note)

    async def address_moved(self, channel: str, address: str, new_address: str) -> None:
        """A chat has a new address; it stays the same person's, with its conversation and follows."""
        async with self._store.write() as connection:
            await people_store.move_address(connection, channel, address, new_address)

    async def key_of(self, channel: str, address: str) -> str:
        """The key of an address' conversation. Only groups move, so that nobody else's costs a look into the database."""
        if channel != "web" and address.startswith("-"):
            async with self._store.read() as connection:
                kept = await people_store.key_of(connection, channel, address)
            if kept is not None:
                return kept
        return conversation_key(channel, address)

    async def follow_topic(self, key: str, topic: str) -> bool:
        """Follow the notices on a topic; False when they are followed already. Raises SessionNotPrivateError."""
        person = await self.private_person(key)
        async with self._store.write() as connection:
            return await people_store.add_follow(
                connection, new_id(), person.id, FollowKind.TOPIC, topic, self._clock()
            )

    async def unfollow(self, key: str, kind: FollowKind, target: str) -> bool:
        """Stop following one thing; False when it was not followed. Raises SessionNotPrivateError."""
        person = await self.private_person(key)
        async with self._store.write() as connection:
            return await people_store.end_follow(connection, person.id, kind, target)

    async def stop_all(self, key: str) -> int:
        """Stop following everything; returns how many follows ended. Raises SessionNotPrivateError."""
        person = await self.private_person(key)
        async with self._store.write() as connection:
            return await people_store.end_all_follows(connection, person.id)

    async def follows(self, key: str) -> list[Follow]:
        """What this conversation's person follows, oldest first. Raises SessionNotPrivateError."""
        person = await self.private_person(key)
        async with self._store.read() as connection:
            return await people_store.follows_of(connection, person.id)
