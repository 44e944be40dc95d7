"""What the server remembers: chats, messages, and a log of everything that the bot sent."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tests.botapi.options import BOT_USERNAME, Options
from tests.botapi.problems import bad_request, forbidden

JsonObject = dict[str, Any]


@dataclass
class Chat:
    """A chat as the server knows it. A negative id is a group's."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str = "Ada"
    language_code: str | None = "zh-hans"
    blocked: bool = False
    deactivated: bool = False
    migrated_to: int | None = None

    def as_json(self) -> JsonObject:
        """The Bot API's Chat."""
        name = "first_name" if self.kind == "private" else "title"
        return {"id": self.id, "type": self.kind, name: self.title}


@dataclass(slots=True)
class Sent:
    """One successful call that the bot made to a chat. Times: `time.monotonic()` and `time.time()`, seconds."""

    method: str
    chat_id: int
    message_id: int
    text: str
    entities: list[JsonObject]
    reply_markup: JsonObject | None
    params: JsonObject
    at_monotonic_s: float
    at_wall_s: float

    def as_json(self) -> JsonObject:
        """The same as a JSON object."""
        return asdict(self)


@dataclass
class BotState:
    """Everything of one bot."""

    options: Options
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], JsonObject] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    unknown_chats: set[int] = field(default_factory=set)
    open_callbacks: set[str] = field(default_factory=set)
    callback_answers: list[JsonObject] = field(default_factory=list)
    commands: list[JsonObject] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    last_message_id: int = 0
    logged_out: bool = False

    @property
    def bot_id(self) -> int:
        """The bot's user id: the number in its token."""
        return int(self.options.token.split(":", 1)[0])

    def bot_user(self) -> JsonObject:
        """The Bot API's User of the bot."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Kouan", "username": BOT_USERNAME}

    def add_file(self, content: bytes) -> JsonObject:
        """Keep a file that somebody sends; the Bot API's members that all kinds of files have."""
        file_id = f"file{len(self.files)}"
        self.files[file_id] = content
        return self.file_json(file_id)

    def file_json(self, file_id: str) -> JsonObject:
        """The members that all kinds of files have."""
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(self.files[file_id])}

    def add_chat(self, chat_id: int, **data: Any) -> Chat:
        """Make a chat known, or change it."""
        chat = self.chats.get(chat_id)
        if chat is None:
            chat = self.chats[chat_id] = Chat(chat_id, "private" if chat_id > 0 else "supergroup")
        for name, value in data.items():
            setattr(chat, name, value)
        self.unknown_chats.discard(chat_id)
        return chat

    def reachable_chat(self, chat_id: int) -> Chat:
        """The chat, when the bot may write to it; else Telegram's refusal."""
        chat = self.chats.get(chat_id)
        if chat is None:
            if self.options.strict_chats or chat_id in self.unknown_chats or chat_id == 0:
                raise bad_request("chat not found")
            chat = self.add_chat(chat_id)
        if chat.deactivated:
            raise forbidden("user is deactivated")
        if chat.blocked and chat.kind == "private":
            raise forbidden("bot was blocked by the user")
        if chat.blocked:
            raise forbidden("bot was kicked from the supergroup chat")
        if chat.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        return chat

    def new_message(self, chat: Chat, sender: JsonObject, **content: Any) -> JsonObject:
        """Store a message and return the Bot API's Message."""
        self.last_message_id += 1
        message: JsonObject = {
            "message_id": self.last_message_id,
            "date": int(time.time()),
            "chat": chat.as_json(),
            "from": sender,
            **content,
        }
        if self.options.keep_sent:
            self.messages[chat.id, self.last_message_id] = message
        return message

    def log(self, method: str, message: JsonObject, params: JsonObject) -> None:
        """Remember a successful call that changed or made `message`."""
        if not self.options.keep_sent:
            return
        caption = "caption" in message
        self.sent.append(
            Sent(
                method,
                message["chat"]["id"],
                message["message_id"],
                message.get("caption" if caption else "text", ""),
                message.get("caption_entities" if caption else "entities", []),
                message.get("reply_markup"),
                params,
                time.monotonic(),
                time.time(),
            )
        )
