"""One update from its meaning to the replies sent."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.channels.model import Incoming, Language, RefusedFile, Reply
from bot.channels.ports import AddressStates, IncomingHandler, ReplyPermits
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.files import fetch
from bot.channels.telegram.render import SHORT_ID_PREFIX
from bot.channels.telegram.store import CHANNEL, PayloadStore
from bot.channels.telegram.updates import Inbound, Press, read_update
from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    Fault,
    InvalidInputError,
    MessageRejectedError,
    RateLimitedError,
    RecipientGoneError,
)
from bot.files.intake import FileIntake
from bot.files.model import FileRefusedError
from bot.files.words import refused

logger = logging.getLogger(__name__)
T = TypeVar("T")

CHOSEN = "✓ "
_LONGEST_WAIT_S = 30.0
_TYPING_AGAIN_S = 4.5  # Telegram takes `typing…` away after five seconds


class NoPermits:
    """ReplyPermits for a process that is the only one to send."""

    async def wait(self, channel: str, address: str, messages: int) -> None:
        """Returns at once."""

    async def refused(self, channel: str, address: str, error: RateLimitedError) -> None:
        """Nobody else is to know."""


class Answering:
    """Answers updates. typing_after_s: how long a person waits before `typing…` shows.

    tries: how often a reply is handed to Telegram before its update counts as failed; retry_base_s: seconds before the
    second try, doubled each time up to half a minute. files: who keeps what people send; None: files are not read.
    """

    def __init__(
        self,
        channel: TelegramChannel,
        payloads: PayloadStore,
        handler: IncomingHandler,
        addresses: AddressStates,
        *,
        permits: ReplyPermits | None = None,
        typing_after_s: float = 1.0,
        tries: int = 8,
        retry_base_s: float = 1.0,
        files: FileIntake | None = None,
    ) -> None:
        self._files = files
        self._channel = channel
        self._payloads = payloads
        self._handler = handler
        self._addresses = addresses
        self._permits = permits or NoPermits()
        self._typing_after_s = typing_after_s
        self._tries = tries
        self._retry_base_s = retry_base_s

    async def answer(self, seq: int, payload: dict[str, Any]) -> None:
        """Answer a stored update. seq: its place in the store, so that a second try does not repeat parts already sent.

        Raises InvalidInputError for an update that the library cannot read, ChannelError when Telegram takes no answer,
        and whatever the handler raises.
        """
        inbound = await self._read(payload)
        if inbound is None:
            return
        if inbound.state is not None:
            await self._addresses.address_state_changed(CHANNEL, inbound.address, inbound.state, "my_chat_member")
        if inbound.incoming is None:
            return
        if inbound.press is not None:
            await self._acknowledge(inbound.address, inbound.press)
        async with self._typing(inbound.address):
            incoming = await self._with_file(seq, inbound, inbound.incoming)
            answer = await self._handler.turn(replace(incoming, ref=f"{CHANNEL}:{seq}"))
        await self._send_all(seq, inbound, answer.replies, answer.language)

    async def _read(self, payload: dict[str, Any]) -> Inbound | None:
        me = await self._patiently(self._channel.me)
        try:
            update = Update.de_json(payload, self._channel.bot)
            inbound = read_update(update, me)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInputError([Fault("update", "unreadable", type(error).__name__)]) from error
        if (
            inbound is None
            or inbound.incoming is None
            or not (inbound.incoming.payload or "").startswith(SHORT_ID_PREFIX)
        ):
            return inbound
        whole = await self._payloads.find(inbound.incoming.payload or "")
        return replace(inbound, incoming=replace(inbound.incoming, payload=whole or inbound.incoming.payload))

    async def _with_file(self, seq: int, inbound: Inbound, incoming: Incoming) -> Incoming:
        """The message with its file, fetched and kept, or with why it was not taken."""
        file = inbound.attached
        if file is None:
            return incoming
        if self._files is None:
            return replace(incoming, kind="unsupported" if incoming.kind == "file" else incoming.kind)
        try:
            self._files.check_size(file.size_bytes or 0)
            content = await self._patiently(partial(fetch, self._channel.bot, file.id))
            kept = await self._files.take(incoming, content, file.name, once=f"{CHANNEL}:{seq}")
        except FileRefusedError as error:
            return replace(incoming, refused=(refused(file.name, error),))
        except MessageRejectedError as error:
            logger.warning("file not handed over: %s", error.code)
            return replace(incoming, refused=(RefusedFile(file.name, ("not-fetched",)),))
        return replace(incoming, files=(kept,))

    async def _acknowledge(self, address: str, press: Press) -> None:
        """Stop the button's clock and mark the choice. Neither is worth holding the answer up."""
        try:
            await self._channel.answer_callback(press.id)
            keyboard = _with_choice(press)
            if keyboard is not None and press.message is not None:
                await self._channel.show_choice(address, press.message.message_id, keyboard)
        except ChannelError as error:
            logger.warning("press not acknowledged: %s", error.code)

    @asynccontextmanager
    async def _typing(self, address: str) -> AsyncIterator[None]:
        showing = asyncio.create_task(self._show_typing(address))
        try:
            yield
        finally:
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing

    async def _show_typing(self, address: str) -> None:
        await asyncio.sleep(self._typing_after_s)
        while True:
            try:
                await self._channel.typing(address)
            except ChannelError as error:
                logger.warning("typing not shown: %s", error.code)
                return
            await asyncio.sleep(_TYPING_AGAIN_S)

    async def _send_all(self, seq: int, inbound: Inbound, replies: list[Reply], language: Language) -> None:
        address = inbound.address
        for number, reply in enumerate(replies):
            ref = f"inbound:{seq}:{number}"
            reply_to = inbound.reply_to if number == 0 else None
            try:
                address = await self._send(address, reply, language, ref, reply_to)
            except RecipientGoneError as error:
                state: Literal["blocked", "gone"] = "blocked" if error.reason == "blocked" else "gone"
                await self._addresses.address_state_changed(CHANNEL, address, state, error.reason)
                return
            except MessageRejectedError:
                # Trying again cannot help, and the other replies may still be of use.
                logger.exception("reply rejected", extra={"seq": seq, "reply": number, "entry": reply.entry or ""})

    async def _send(self, address: str, reply: Reply, language: Language, ref: str, reply_to: int | None) -> str:
        """Send one reply, as often as it takes; returns the address, which is another one when the group has moved."""
        await self._permits.wait(CHANNEL, address, self._channel.parts(reply, language))

        async def send() -> str:
            nonlocal address
            try:
                await self._channel.send(address, reply, language=language, ref=ref, reply_to=reply_to)
            except ChatMigratedError as error:
                await self._addresses.address_moved(CHANNEL, address, error.new_address)
                address = error.new_address
                await self._channel.send(address, reply, language=language, ref=ref)
            except RateLimitedError as error:
                await self._permits.refused(CHANNEL, address, error)
                raise
            return address

        return await self._patiently(send)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result, tried again while Telegram is away or asks to wait. Raises the last try's ChannelError."""
        for attempt in itertools.count(1):
            try:
                return await call()
            except (RateLimitedError, ChannelUnavailableError) as error:
                if attempt == self._tries:
                    raise
                backoff_s = min(self._retry_base_s * 2 ** (attempt - 1), _LONGEST_WAIT_S)
                wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else backoff_s
                logger.warning(
                    "telegram call failed, again in %.1f s: %s", wait_s, error.code, extra={"attempt": attempt}
                )
            await asyncio.sleep(wait_s)
        raise AssertionError  # count() does not end


def _with_choice(press: Press) -> InlineKeyboardMarkup | None:
    """The keyboard with a mark on the pressed button alone; None when there is nothing to mark."""
    keyboard = press.message.reply_markup if press.message is not None else None
    if keyboard is None:
        return None
    marked = InlineKeyboardMarkup([[_marked(button, press.data) for button in row] for row in keyboard.inline_keyboard])
    return None if marked == keyboard else marked


def _marked(button: InlineKeyboardButton, data: str) -> InlineKeyboardButton:
    if not isinstance(button.callback_data, str):
        return button
    title = button.text.removeprefix(CHOSEN)
    return InlineKeyboardButton(
        f"{CHOSEN}{title}" if button.callback_data == data else title, callback_data=button.callback_data
    )
