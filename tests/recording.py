"""A channel that keeps what it is given; what it answers can be arranged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

from bot.channels.model import Abilities, Language, Reply, SendReceipt
from bot.errors import ChannelError


class RecordingChannel:
    """Fulfils the Channel port. fail: called with the address before each send; an error it returns is raised."""

    def __init__(
        self,
        name: str = "telegram",
        *,
        rate_per_s: float | None = None,
        chat_interval_s: float = 0.0,
        latency_s: float = 0.0,
        fail: Callable[[str], ChannelError | None] = lambda address: None,
    ) -> None:
        self.name = name
        self.sent: list[tuple[str, Reply, Language]] = []
        self.times_s: dict[str, list[float]] = defaultdict(list)
        self._abilities = Abilities(4096, rate_per_s, chat_interval_s, can_edit=False, can_delete=False)
        self._latency_s = latency_s
        self.fail = fail

    @property
    def abilities(self) -> Abilities:
        """As given."""
        return self._abilities

    def parts(self, message: Reply, language: Language) -> int:
        """One."""
        return 1

    async def send(self, address: str, message: Reply, *, language: Language, ref: str | None = None) -> SendReceipt:
        """Keep it, unless it is to fail."""
        error = self.fail(address)
        if error is not None:
            raise error
        await asyncio.sleep(self._latency_s)
        self.sent.append((address, message, language))
        self.times_s[address].append(asyncio.get_running_loop().time())
        return SendReceipt(str(len(self.sent)))

    async def close(self) -> None:
        """Nothing is held."""
