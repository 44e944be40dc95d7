"""Telegram's limit for one chat, kept within this process: a message a second."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

_REMEMBERED = 20_000
_FLOOD_SPAN_S = 3.0


class ChatSlots:
    """Gives each message to a chat its moment, `interval_s` after the one before; other chats do not wait."""

    def __init__(self, interval_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._taken: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> last slot, the one before

    async def wait(self, address: str) -> None:
        """Reserve the chat's next slot and sleep until it."""
        now = self._monotonic()
        last, _ = self._taken.get(address, (float("-inf"), float("-inf")))
        slot = max(now, last + self._interval_s)
        self._taken[address] = (slot, last)
        self._taken.move_to_end(address)
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        if slot > now:
            await asyncio.sleep(slot - now)

    def flooded(self, address: str) -> Literal["chat", "unknown"]:
        """Whose limit a refusal was about, which Telegram does not say.

        A group has a low limit of its own, and a chat that got another message a moment ago has probably met its own.
        Otherwise one refusal alone does not say.
        """
        last, before = self._taken.get(address, (float("-inf"), float("-inf")))
        return "chat" if address.startswith("-") or last - before < _FLOOD_SPAN_S else "unknown"
