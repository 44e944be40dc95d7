"""What the actions need of the service. `bot.client.ServiceClient` fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from knowledge.model import Language


class ServiceReply(Protocol):
    """A reply that the service made itself."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """The reply as JSON-ready values."""
        ...


class Followed(Protocol):
    """One thing that a conversation follows. kind: topic | declaration."""

    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def since(self) -> datetime: ...


class Notice(Protocol):
    """A notice that went out, in one language."""

    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def source_url(self) -> str | None: ...
    @property
    def sent_at(self) -> datetime: ...


class FormStep(Protocol):
    """What came of a message to a form. form: whose question stands open now; taken: the message was for it."""

    @property
    def replies(self) -> Sequence[ServiceReply]: ...
    @property
    def form(self) -> str | None: ...
    @property
    def taken(self) -> bool: ...


class Service(Protocol):
    """The service's own API. Every call may raise UnavailableError, and those on a conversation SessionNotPrivateError."""

    async def clearance(self, conversation_key: str, declaration_no: str, language: Language) -> ServiceReply:
        """The status of a followed declaration. Raises NotEntitledError."""
        ...

    async def find_shipments(self, conversation_key: str, query: str, language: Language) -> ServiceReply:
        """Among the conversation's shipments, those with this part of a number. Raises InvalidInputError."""
        ...

    async def follow_declaration(
        self, conversation_key: str, declaration_no: str, binding_code: str, language: Language
    ) -> ServiceReply:
        """Follow, and get the status. Raises BindingRefusedError, TooManyAttemptsError, InvalidInputError."""
        ...

    async def unfollow_declaration(self, conversation_key: str, declaration_no: str) -> bool:
        """Whether it was followed until now."""
        ...

    async def follows(self, conversation_key: str) -> Sequence[Followed]:
        """What is followed, oldest first."""
        ...

    async def subscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Whether it is new."""
        ...

    async def unsubscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Whether it was followed until now."""
        ...

    async def stop_all(self, conversation_key: str) -> int:
        """How many follows ended."""
        ...

    async def choose_language(self, conversation_key: str, language: Language) -> None:
        """Keep the language that the person asked for."""
        ...

    async def ask_for_person(self, conversation_key: str, language: Language) -> Sequence[ServiceReply]:
        """Somebody wants a person; what they are told. Raises SessionNotPrivateError."""
        ...

    async def latest_notices(self, language: Language) -> Sequence[Notice]:
        """Newest first."""
        ...

    async def begin_form(self, conversation_key: str, name: str, language: Language, text: str) -> FormStep:
        """Begin a form, or go on with its draft. text: what was typed to begin it."""
        ...

    async def answer_form(
        self, conversation_key: str, name: str, language: Language, text: str, **known: str | bool | None
    ) -> FormStep:
        """A typed text while a form is open. known: intent, command, asks, corrects."""
        ...

    async def press_form(self, conversation_key: str, argument: str, language: Language) -> FormStep:
        """A pressed button: what stands behind its task."""
        ...

    async def form_question(self, conversation_key: str, name: str, language: Language) -> FormStep:
        """The open question once more; no reply when none is open."""
        ...
