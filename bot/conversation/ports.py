"""What a conversation needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Protocol

from bot.channels.model import Incoming, Language, Reply
from bot.people.model import Person


class Dialogue(Protocol):
    """Understands a message and chooses the answer."""

    async def answer(self, key: str, message: str, language: Language, *, today: date, timeout_s: float) -> list[Reply]:
        """The replies to one message, in order, at least one.

        key: the conversation. message: text, or an intent of ours (`/show_entry{…}`). timeout_s: seconds for the call.
        Raises NluTimeoutError or NluUnavailableError.
        """
        ...

    async def ready(self) -> bool:
        """Whether a model is loaded and answers."""
        ...


class Afterwards(Protocol):
    """What is learned from a turn."""

    async def heard(self, key: str, text: str, language: Language, replies: Sequence[Reply]) -> None:
        """A question and what it got. key: the conversation."""
        ...

    def with_rating(self, replies: Sequence[Reply], language: Language) -> list[Reply]:
        """The replies, with the means to say whether the answer helped."""
        ...

    async def rated(self, key: str, payload: str, language: Language) -> Reply | None:
        """Take a rating; None when the button's payload is none."""
        ...


class ConversationLocks(Protocol):
    """One turn at a time in each conversation."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation while the context lasts; others wait, in the order of their coming."""
        ...


class TurnExtra(Protocol):
    """What stands beside the dialogue: answers some buttons itself, and adds to the replies of the others."""

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """The replies to what is its own; None for everything else."""
        ...

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """The replies with what belongs to them. Never fewer than it was given."""
        ...
