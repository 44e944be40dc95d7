"""What a conversation needs from outside."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Protocol

from bot.channels.model import Incoming, Language, Reply
from bot.people.model import Person


class Dialogue(Protocol):
    """Understands a message and chooses the answer."""

    async def answer(
        self, key: str, message: str, language: Language, *, today: date, timeout_s: float, form: str | None = None
    ) -> list[Reply]:
        """The replies to one message, in order, at least one.

        key: the conversation. message: text, or an intent of ours (`/show_entry{…}`). timeout_s: seconds for the call.
        form: whose question stands open here, as the service knows it; the dialogue may have forgotten (a restart, another chat).
        Raises NluTimeoutError or NluUnavailableError.
        """
        ...

    async def ready(self) -> bool:
        """Whether a model is loaded and answers."""
        ...


class OpenForms(Protocol):
    """Which form is being filled in."""

    async def in_hand(self, key: str) -> str | None:
        """The form whose question stands open in a conversation; None: none."""
        ...


class ConversationLocks(Protocol):
    """One turn at a time in each conversation."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation while the context lasts; others wait, in the order of their coming."""
        ...


class TurnExtra(Protocol):
    """What stands beside the dialogue: answers some buttons itself, and adds to the replies of the others."""

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """The replies to what is its own; None for everything else. Empty: the bot says nothing, since a person answers."""
        ...

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """The replies with what belongs to them. Never fewer than it was given. Called for every message, answered or not."""
        ...
