"""From an update of Telegram to a message for the conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from telegram import CallbackQuery, Chat, ChatMember, Message, MessageEntity, Update, User
from telegram.constants import ChatMemberStatus, UpdateType

from bot.channels.model import Incoming, Language
from bot.channels.telegram.store import CHANNEL

ALLOWED_UPDATES = (
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
)

# What the menu's commands start: tasks are named as the dialogue names its intents.
COMMANDS: dict[str, str] = {
    "start": "t:help",
    "help": "t:help",
    "language": "t:change_language",
    "follow": "t:subscribe_topic",
    "stop": "t:stop_all",
}
_TAKES_ARGUMENT = frozenset({"language", "follow"})
_ARGUMENT_MAX_CHARS = 64
IncomingKind = Literal["text", "edit", "file", "unsupported"]
# Deep links, `https://t.me/<bot>?start=<parameter>` with A-Z a-z 0-9 _ - only.
_DEEP_LINKS = (
    (re.compile(r"follow_([a-z0-9_-]+)"), "t:subscribe_topic:{}"),
    (re.compile(r"e_([a-z0-9-]+)"), "e:{}"),
    (re.compile(r"join_([A-Za-z0-9-]{10,11})"), "firm:join:{}"),
    (re.compile(r"language_([A-Za-z-]+)"), "t:change_language:{}"),
)


@dataclass(frozen=True)
class Press:
    """A button that was pressed. message: the one it stands under, None when Telegram no longer shows it to us."""

    id: str
    data: str
    message: Message | None


@dataclass(frozen=True)
class Attached:
    """A file that came with a message. id: to fetch it by; size_bytes: as Telegram says, None when it does not."""

    id: str
    name: str
    size_bytes: int | None


@dataclass(frozen=True)
class Inbound:
    """What an update means. incoming: for the conversation; None when only the state of the address changed. attached: a file
    to be fetched.

    reply_to: message that an answer should point to (groups). state: what became of the address.
    """

    address: str
    incoming: Incoming | None = None
    reply_to: int | None = None
    press: Press | None = None
    state: Literal["active", "blocked"] | None = None
    attached: Attached | None = None


def read_update(update: Update, me: User) -> Inbound | None:
    """The meaning of an update; None when it does not concern the bot (a group's own talk, service messages)."""
    if update.callback_query is not None:
        return _from_press(update.callback_query)
    if update.my_chat_member is not None:
        member = update.my_chat_member
        return Inbound(str(member.chat.id), state=_state(member.new_chat_member))
    if update.message is not None:
        return _from_message(update.message, me, edited=False)
    if update.edited_message is not None:
        return _from_message(update.edited_message, me, edited=True)
    return None


def language_of(user: User | None) -> Language | None:
    """The language of a person's app: Chinese by script or region, English for everybody else."""
    code = (user.language_code or "").casefold() if user is not None else ""
    if not code:
        return None
    if not code.startswith("zh"):
        return "en"
    return "zh-Hant" if any(mark in code for mark in ("hant", "tw", "hk", "mo")) else "zh-Hans"


def _state(member: ChatMember) -> Literal["active", "blocked"]:
    gone = {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
    return "blocked" if member.status in gone else "active"


def _from_press(query: CallbackQuery) -> Inbound | None:
    if query.message is None or query.data is None:
        return None
    chat = query.message.chat
    accessible = query.message if isinstance(query.message, Message) else None
    return Inbound(
        str(chat.id),
        Incoming(
            CHANNEL,
            str(chat.id),
            payload=query.data,
            kind="button",
            private=_is_private(chat),
            language_hint=language_of(query.from_user),
        ),
        press=Press(query.id, query.data, accessible),
    )


def _is_private(chat: Chat) -> bool:
    return chat.type == Chat.PRIVATE


def _from_message(message: Message, me: User, *, edited: bool) -> Inbound | None:
    if message.from_user is not None and message.from_user.is_bot:
        return None
    private = _is_private(message.chat)
    text = message.text or message.caption
    attached = message.effective_attachment is not None
    if text is None and (edited or not attached):
        return None  # a service message, or an edit of something without words
    if not private and not _concerns(message, me):
        return None
    words, payload = _read_text(message, text, me) if text is not None else (None, None)
    # In a group the file would be everybody's.
    file = _attached(message) if private and not edited else None
    replied_to = _replied_to(message, me) if private else None
    if not words and payload is None:
        kind: IncomingKind = "unsupported" if file is None else "file"
        return (
            None if text is not None and not private else _inbound(message, private, kind, None, None, file, replied_to)
        )
    return _inbound(message, private, "edit" if edited else "text", words, payload, file, replied_to)


def _attached(message: Message) -> Attached | None:
    """A photo in its largest size, or a document. An animation comes as a document too, and is none."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Attached(largest.file_id, f"photo-{message.message_id}.jpg", largest.file_size)
    document = message.document
    if document is None or message.animation is not None:
        return None
    return Attached(document.file_id, document.file_name or "file", document.file_size)


def _replied_to(message: Message, me: User) -> str | None:
    """The text of the bot's own message that this one answers; nobody else's counts."""
    replied = message.reply_to_message
    own = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    return replied.text if own and replied is not None else None


def _inbound(
    message: Message,
    private: bool,
    kind: IncomingKind,
    text: str | None,
    payload: str | None,
    file: Attached | None,
    replied_to: str | None,
) -> Inbound:
    address = str(message.chat.id)
    incoming = Incoming(
        CHANNEL,
        address,
        text=text,
        payload=payload,
        kind=kind,
        private=private,
        language_hint=language_of(message.from_user),
        replied_to=replied_to,
    )
    return Inbound(address, incoming, reply_to=None if private else message.message_id, attached=file)


def _entities(message: Message) -> dict[MessageEntity, str]:
    return message.parse_entities() if message.text is not None else message.parse_caption_entities()


def _concerns(message: Message, me: User) -> bool:
    """Whether a message in a group is meant for the bot: it is named, or one of its messages is answered."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.id:
        return True
    return any(_names(entity, text, me) for entity, text in _entities(message).items())


def _names(entity: MessageEntity, text: str, me: User) -> bool:
    handle = f"@{me.username}".casefold()
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    if entity.type == MessageEntity.BOT_COMMAND:
        return text.casefold().endswith(handle)
    return entity.type == MessageEntity.MENTION and text.casefold() == handle


def _read_text(message: Message, text: str, me: User) -> tuple[str | None, str | None]:
    """(text, payload) of a message: one of both; the bot's name is taken out."""
    for entity, name in _entities(message).items():
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            command = name[1:].partition("@")[0].casefold()
            payload = _command(command, text[len(name) :].strip())
            if payload is not None:
                return None, payload
    words = re.sub(rf"@{re.escape(me.username or '')}\b", " ", text, flags=re.IGNORECASE) if me.username else text
    return " ".join(words.split(" ")).strip(), None


def _command(command: str, argument: str) -> str | None:
    task = COMMANDS.get(command)
    if task is None:
        return None
    if command == "start":
        for pattern, payload in _DEEP_LINKS:
            if match := pattern.fullmatch(argument):
                return payload.format(match[1])
        return task
    if argument and command in _TAKES_ARGUMENT:
        return f"{task}:{argument[:_ARGUMENT_MAX_CHARS]}"
    return task
