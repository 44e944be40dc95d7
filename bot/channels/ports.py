"""What the rest of the service needs of a channel."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from bot.channels.model import Abilities, Earlier, Incoming, Language, Reply, SendReceipt
from bot.errors import RateLimitedError


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """`web`, `telegram`, …: the value of `addresses.channel`."""
        ...

    @property
    def abilities(self) -> Abilities:
        """Limits and abilities, constant while the process lives."""
        ...

    def parts(self, message: Reply, language: Language) -> int:
        """How many messages this one becomes on the channel, at least 1: what it costs of the rate limit."""
        ...

    async def send(self, address: str, message: Reply, *, language: Language, ref: str | None = None) -> SendReceipt:
        """Hand a message to the channel and return its receipt.

        address: the recipient's `addresses.address`. ref: id of the delivery, for channels that can refuse a repetition.
        Raises RateLimitedError, RecipientGoneError, ChatMigratedError, MessageRejectedError or ChannelUnavailableError.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


@runtime_checkable
class CanEdit(Protocol):
    """A channel that can put another text in the place of one that arrived (`abilities.can_edit`)."""

    async def edit(self, address: str, earlier: Earlier, message: Reply, *, language: Language, ref: str) -> None:
        """Replace an earlier message. Doing it again changes nothing.

        Raises what `send` raises; MessageRejectedError when this message cannot be changed, its kind MessageGoneError when it
        is not there any more.
        """
        ...


@runtime_checkable
class CanDelete(Protocol):
    """A channel that can take back what arrived (`abilities.can_delete`)."""

    async def delete(self, address: str, earlier: Earlier, *, ref: str) -> None:
        """Take an earlier message away. Raises as `edit` does."""
        ...


class Answer(Protocol):
    """What a conversation says to one message. replies: in order; none: a person answers. language: that they are written in."""

    @property
    def replies(self) -> list[Reply]: ...

    @property
    def language(self) -> Language: ...


class IncomingHandler(Protocol):
    """Who answers the messages that a channel brings."""

    async def turn(self, incoming: Incoming) -> Answer:
        """Answer one message. It may be called twice with the same message when the process died in between."""
        ...


class AddressStates(Protocol):
    """Who remembers whether an address can be reached."""

    async def address_state_changed(
        self, channel: str, address: str, state: Literal["active", "blocked", "gone"], note: str | None = None
    ) -> None:
        """Note that a person blocked the bot, took it back, or is gone. note: why. An unknown address is no error."""
        ...

    async def address_moved(self, channel: str, address: str, new_address: str) -> None:
        """The chat lives on under another address: it stays the same person's, with its conversation and follows."""
        ...


class ReplyPermits(Protocol):
    """The limit of a channel, shared with everybody else who sends there."""

    async def wait(self, channel: str, address: str, messages: int) -> None:
        """Return when `messages` messages may go to `address`; replies go before bulk. Never raises for want of a limiter."""
        ...

    async def refused(self, channel: str, address: str, error: RateLimitedError) -> None:
        """The channel asked for silence: everybody who sends there keeps it. Never raises for want of a limiter."""
        ...
