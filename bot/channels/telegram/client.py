"""The Telegram channel: sends replies, and the few other calls that a conversation needs."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from telegram import (
    BotCommand,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    User,
)
from telegram.constants import ChatAction, MessageLimit
from telegram.error import Conflict, TelegramError

from bot.channels.model import Abilities, Earlier, Language, Reply, SendReceipt
from bot.channels.telegram.changes import chat_id_of, delete_parts, message_ids, unmodified_is_fine
from bot.channels.telegram.files import bot_at
from bot.channels.telegram.mapping import to_channel_error
from bot.channels.telegram.render import render
from bot.channels.telegram.request import Prepared, TelegramRequest
from bot.channels.telegram.slots import ChatSlots
from bot.channels.telegram.store import CHANNEL, PayloadStore
from bot.errors import ChannelUnavailableError, ConflictError, MessageRejectedError
from bot.settings import TelegramSettings

logger = logging.getLogger(__name__)

CHAT_INTERVAL_S = 1.0
GROUP_PER_MIN = 20  # source: "Broadcasting to users" of the Bot FAQ, core.telegram.org/bots/faq
_REMEMBERED = 20_000  # half-sent messages, and payloads that are stored
_PREPARED = 256
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True)
class _Ready:
    """A reply as it is sent. reply: itself, so that its identity cannot be another's; parts: JSON without `{"chat_id":…,`."""

    reply: Reply
    parts: list[bytes]
    payloads: dict[str, str]


class TelegramChannel:
    """Implements Channel. Safe for any number of sends at once; two to one chat keep `chat_interval_s` between them.

    Raises ValueError when the settings hold no token.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        payloads: PayloadStore,
        *,
        chat_interval_s: float = CHAT_INTERVAL_S,
        request: TelegramRequest | None = None,
    ) -> None:
        if settings.token is None:
            raise ValueError("the Telegram channel needs a token")
        self._payloads = payloads
        self._request = request or TelegramRequest()
        self.bot = bot_at(settings.api_url, settings.token.get_secret_value(), self._request)
        self._abilities = Abilities(
            text_max_chars=MessageLimit.MAX_TEXT_LENGTH,
            rate_per_s=settings.rate,
            chat_interval_s=chat_interval_s,
            can_edit=True,
            can_delete=True,
            group_per_min=GROUP_PER_MIN,
        )
        self._send_url = f"{self.bot.base_url}/sendMessage"
        self._edit_url = f"{self.bot.base_url}/editMessageText"
        # A notice goes to thousands in the same words: it is made ready once, and each recipient costs a chat id.
        self._ready: OrderedDict[tuple[int, Language], _Ready] = OrderedDict()
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._slots = ChatSlots(chat_interval_s)
        self._progress: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._me: User | None = None

    @property
    def name(self) -> str:
        """`telegram`."""
        return CHANNEL

    @property
    def abilities(self) -> Abilities:
        """See Channel.abilities."""
        return self._abilities

    def parts(self, message: Reply, language: Language) -> int:
        """See Channel.parts."""
        return len(self._prepare(message, language).parts)

    async def send(
        self,
        address: str,
        message: Reply,
        *,
        language: Language,
        ref: str | None = None,
        reply_to: int | None = None,
    ) -> SendReceipt:
        """See Channel.send. reply_to: id of the message that is answered, for groups.

        When a later part of a long message fails, the same `ref` sent again by this process goes on with that part.
        """
        ready = self._prepare(message, language)
        await self._keep(ready.payloads)
        ids = self._progress.get(ref, ()) if ref is not None else ()
        last = len(ready.parts) - 1
        for number in range(len(ids), last + 1):
            await self._slots.wait(address)
            sent = await self._send_part(address, ready.parts[number], None if number else reply_to)
            ids = (*ids, int(sent["message_id"]))
            if ref is not None and last > 0:
                self._note_progress(ref, ids, done=number == last)
        return SendReceipt(provider_ref=",".join(str(number) for number in ids), parts=last + 1)

    async def edit(self, address: str, earlier: Earlier, message: Reply, *, language: Language, ref: str) -> None:
        """See CanEdit.edit. A text that needs more messages than it had is refused, one that needs fewer leaves none over.

        Source: Bot API `editMessageText`: a bot's own messages may be edited at any time.
        """
        ready = self._prepare(message, language)
        ids, last = message_ids(earlier), len(ready.parts) - 1
        if last >= len(ids):
            raise MessageRejectedError("the new text needs more messages than the old one")
        await self._keep(ready.payloads)
        for number, part in enumerate(ready.parts):
            await self._slots.wait(address)
            head = {"chat_id": chat_id_of(address), "message_id": ids[number]}
            with self._ours(address), unmodified_is_fine():
                await self._request.post_prepared(self._edit_url, _joined(head, part))
        await self._delete(address, ids[last + 1 :])

    async def delete(self, address: str, earlier: Earlier, *, ref: str) -> None:
        """See CanDelete.delete.

        Source: Bot API `deleteMessage`: only messages sent less than 48 hours ago.
        """
        await self._delete(address, message_ids(earlier))

    async def _delete(self, address: str, ids: Sequence[int]) -> None:
        async def delete(number: int) -> None:
            await self._slots.wait(address)
            with self._ours(address):
                await self.bot.delete_message(chat_id_of(address), number)

        await delete_parts(ids, delete)

    async def _send_part(self, address: str, part: bytes, reply_to: int | None) -> dict[str, Any]:
        """One message; the Bot API's Message. Past Bot.send_message, which takes three times as long for the same call."""
        head: dict[str, Any] = {"chat_id": chat_id_of(address)}
        if reply_to:
            head["reply_parameters"] = ReplyParameters(reply_to, allow_sending_without_reply=True).to_dict()
        with self._ours(address):
            sent = await self._request.post_prepared(self._send_url, _joined(head, part))
        if not isinstance(sent, dict) or "message_id" not in sent:
            raise ChannelUnavailableError("Telegram sent no message back", maybe_sent=True)
        return sent

    def _prepare(self, message: Reply, language: Language) -> _Ready:
        name = (id(message), language)
        known = self._ready.get(name)
        if known is not None and known.reply is message:
            return known
        rendered = render(message, language)
        last = len(rendered.parts) - 1
        ready = _Ready(
            message,
            [
                _tail(part.text, part.entities(), rendered.keyboard if number == last else None)
                for number, part in enumerate(rendered.parts)
            ],
            rendered.payloads,
        )
        self._ready[name] = ready
        if len(self._ready) > _PREPARED:
            self._ready.popitem(last=False)
        return ready

    async def _keep(self, payloads: dict[str, str]) -> None:
        """Store payloads that were not stored a moment ago: thousands of messages carry the same buttons."""
        if payloads.keys() <= self._kept.keys():
            return
        await self._payloads.keep(payloads)
        self._kept.update(dict.fromkeys(payloads))
        while len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)

    def _note_progress(self, ref: str, ids: tuple[int, ...], *, done: bool) -> None:
        if done:
            self._progress.pop(ref, None)
            return
        self._progress[ref] = ids
        if len(self._progress) > _REMEMBERED:
            self._progress.popitem(last=False)

    @contextmanager
    def _ours(self, address: str | None = None) -> Iterator[None]:
        """Turn Telegram's errors into ours."""
        try:
            yield
        except TelegramError as error:
            scope = self._slots.flooded(address) if address is not None else "channel"
            raise to_channel_error(error, scope=scope) from error

    async def me(self) -> User:
        """The bot's own account, asked for once. Raises ChannelError."""
        if self._me is None:
            with self._ours():
                self._me = await self.bot.get_me()
        return self._me

    async def typing(self, address: str) -> None:
        """Show `typing…` for some five seconds. Raises ChannelError."""
        with self._ours(address):
            await self.bot.send_chat_action(chat_id_of(address), ChatAction.TYPING)

    async def answer_callback(self, callback_id: str) -> None:
        """Stop the clock on the button that was pressed. A query that is too old is no error. Raises ChannelError."""
        try:
            with self._ours():
                await self.bot.answer_callback_query(callback_id)
        except MessageRejectedError as error:
            logger.info("callback query not answered: %s", error)

    async def show_choice(self, address: str, message_id: int, keyboard: InlineKeyboardMarkup) -> None:
        """Change the keyboard under a message. One that shows it already, or is gone, is no error. Raises ChannelError."""
        try:
            with self._ours(address):
                await self.bot.edit_message_reply_markup(chat_id_of(address), message_id, reply_markup=keyboard)
        except MessageRejectedError as error:
            logger.info("choice not shown: %s", error)

    async def set_commands(self, commands: Sequence[BotCommand], language_code: str | None = None) -> None:
        """Set the menu of commands. language_code: two letters; None: for all other languages. Raises ChannelError."""
        with self._ours():
            await self.bot.set_my_commands(commands, language_code=language_code)

    async def updates(self, *, offset: int | None, timeout_s: int, allowed: Sequence[str]) -> list[dict[str, Any]]:
        """Updates from `offset` on as Telegram sent them, waiting up to `timeout_s` for the first.

        Raises ConflictError when another process asks too, or a webhook is set; else ChannelError.
        """
        arguments: dict[str, Any] = {"timeout": timeout_s, "allowed_updates": list(allowed), "offset": offset}
        try:
            with self._ours():
                # Raw, and not through Bot.get_updates: one update that the library cannot read must not hold up all
                # others. In lower case, since the library warns of a name that it has a method for; Telegram takes both.
                result: Any = await self.bot.do_api_request("getupdates", arguments, read_timeout=timeout_s + 10.0)
        except ChannelUnavailableError as error:
            if isinstance(error.__cause__, Conflict):
                raise ConflictError(error.__cause__.message, state="polled elsewhere") from error
            raise
        if not isinstance(result, list):
            raise ChannelUnavailableError("Telegram sent no list of updates")
        return result

    async def set_webhook(self, url: str, secret: str, *, allowed: Sequence[str], connections: int = 40) -> None:
        """Have updates sent to `url`, each with the secret in its header. Raises ChannelError."""
        with self._ours():
            await self.bot.set_webhook(url, secret_token=secret, allowed_updates=allowed, max_connections=connections)

    async def delete_webhook(self) -> None:
        """Take the webhook away, as polling needs it; updates that wait are kept. Raises ChannelError."""
        with self._ours():
            await self.bot.delete_webhook(drop_pending_updates=False)

    async def close(self) -> None:
        """See Channel.close."""
        await self._request.shutdown()


def _tail(text: str, entities: Sequence[MessageEntity], keyboard: InlineKeyboardMarkup | None) -> bytes:
    """Everything of a sendMessage but its chat, as the inside of a JSON object after its first member."""
    members: dict[str, Any] = {"text": text, "link_preview_options": _NO_PREVIEW.to_dict()}
    if entities:
        members["entities"] = [entity.to_dict() for entity in entities]
    if keyboard is not None:
        members["reply_markup"] = keyboard.to_dict()
    return orjson.dumps(members)[1:]


def _joined(head: dict[str, Any], tail: bytes) -> Prepared:
    return Prepared(orjson.dumps(head)[:-1] + b"," + tail)
