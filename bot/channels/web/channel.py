"""The web chat as a channel for deliveries."""

from __future__ import annotations

import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.model import Abilities, Earlier, Language, Reply, SendReceipt
from bot.channels.web import store as web_store
from bot.clock import Clock
from bot.errors import ChannelUnavailableError, MessageGoneError
from bot.store.engine import Store

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "kouan:web"

_ABILITIES = Abilities(text_max_chars=20_000, rate_per_s=None, chat_interval_s=0.0, can_edit=True, can_delete=True)


class WebChannel:
    """Puts a push into the page's inbox; handed over means kept, since the page fetches it when it is next open."""

    name = "web"

    def __init__(self, store: Store, redis: Redis, clock: Clock) -> None:
        self._store = store
        self._redis = redis
        self._clock = clock

    @property
    def abilities(self) -> Abilities:
        """See Channel.abilities."""
        return _ABILITIES

    def parts(self, message: Reply, language: Language) -> int:
        """See Channel.parts."""
        return 1

    async def send(self, address: str, message: Reply, *, language: Language, ref: str | None = None) -> SendReceipt:
        """See Channel.send. address: the key of the conversation. A ref that is kept already is not kept twice."""
        payload = message.model_dump(mode="json") | {"language": language}
        try:
            async with self._store.write() as connection:
                number = await web_store.put(connection, address, "push", ref, payload, self._clock())
        except SQLAlchemyError as error:
            raise ChannelUnavailableError("The inbox cannot be written.") from error
        await self._wake(address)
        return SendReceipt(str(number or 0))

    async def edit(self, address: str, earlier: Earlier, message: Reply, *, language: Language, ref: str) -> None:
        """See CanEdit.edit. The kept message gets the new text, and open pages a word of it."""
        payload = message.model_dump(mode="json") | {"language": language}
        await self._change(address, earlier, ref, payload)

    async def delete(self, address: str, earlier: Earlier, *, ref: str) -> None:
        """See CanDelete.delete. The kept message is taken out, and open pages take it away."""
        await self._change(address, earlier, ref, None)

    async def _change(self, address: str, earlier: Earlier, ref: str, payload: dict[str, Any] | None) -> None:
        try:
            async with self._store.write() as connection:
                found = await web_store.change(connection, address, earlier.ref, ref, payload, self._clock())
        except SQLAlchemyError as error:
            raise ChannelUnavailableError("The inbox cannot be written.") from error
        if not found:
            raise MessageGoneError("the message is not kept any more")
        await self._wake(address)

    async def _wake(self, key: str) -> None:
        try:
            await self._redis.publish(WAKE_CHANNEL, key)
        except RedisError as error:
            logger.warning("page not woken: %s", type(error).__name__)

    async def close(self) -> None:
        """Nothing is held."""
