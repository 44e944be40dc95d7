"""A conversation and an address book that only remember."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from bot.channels.model import Incoming, Language, Reply
from bot.channels.telegram.answering import Answering
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.processor import InboundProcessor
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.store.engine import Store
from bot.store.schema import inbound_updates


@dataclass(frozen=True)
class Said:
    """An answer of the fake conversation."""

    replies: list[Reply]
    language: Language = "zh-Hans"


async def _nothing(_incoming: Incoming) -> None:
    return None


@dataclass
class EchoConversation:
    """Fulfils IncomingHandler: says back what came. before: awaited first, to wait or to fail."""

    got: list[Incoming] = field(default_factory=list)
    before: Callable[[Incoming], Awaitable[None]] = _nothing
    buttons: list[dict[str, str]] = field(default_factory=list)

    async def turn(self, incoming: Incoming) -> Said:
        self.got.append(incoming)
        await self.before(incoming)
        text = incoming.text or incoming.payload or incoming.kind
        return Said([Reply.model_validate({"text": f"答 {text}", "buttons": self.buttons})])


@dataclass
class AddressLog:
    """Fulfils AddressStates."""

    changes: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)

    async def address_moved(self, channel: str, address: str, new_address: str) -> None:
        self.moved.append((address, new_address))

    async def address_state_changed(self, channel: str, address: str, state: str, note: str | None = None) -> None:
        self.changes.append((channel, address, state, note))


@dataclass
class Inbox:
    """What a test needs to see updates being answered."""

    store: Store
    inbound: InboundStore
    payloads: PayloadStore
    channel: TelegramChannel
    conversation: EchoConversation = field(default_factory=EchoConversation)
    addresses: AddressLog = field(default_factory=AddressLog)

    def processor(self, *, max_attempts: int = 3, typing_after_s: float = 1.0) -> InboundProcessor:
        """A processor with short pauses."""
        answering = Answering(
            self.channel,
            self.payloads,
            self.conversation,
            self.addresses,
            typing_after_s=typing_after_s,
            tries=3,
            retry_base_s=0.01,
        )
        return InboundProcessor(
            self.inbound, answering, max_attempts=max_attempts, retry_base_s=0.01, look_again_s=0.05
        )

    async def rows(self) -> list[Row[Any, Any, Any]]:
        """(state, payload, attempts) of every update, in order."""
        columns = (inbound_updates.c.state, inbound_updates.c.payload, inbound_updates.c.attempts)
        async with self.store.read() as connection:
            return list((await connection.execute(select(*columns).order_by(inbound_updates.c.seq))).all())

    async def states(self) -> list[str]:
        """The state of every update, in order."""
        return [row.state for row in await self.rows()]

    async def settled(self, count: int) -> list[str]:
        """The states once `count` updates are stored and none waits."""
        async with asyncio.timeout(10):
            while True:
                states = await self.states()
                if len(states) >= count and "received" not in states:
                    return states
                await asyncio.sleep(0.02)
