"""What the rest of the service needs of a channel."""

from __future__ import annotations

from typing import Protocol

from bot.channels.model import Abilities, Language, Reply, SendReceipt


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
