"""The other side of the server: what people do, what the bot sent, and what goes wrong. In process or over HTTP."""

from __future__ import annotations

import inspect
import itertools
import re
import secrets
import time
from typing import Any

from tests.botapi.faults import Fault, FaultKind, Faults
from tests.botapi.limits import Limits
from tests.botapi.markup import utf16_length
from tests.botapi.options import BOT_USERNAME, Options
from tests.botapi.state import BotState, Chat, JsonObject, Sent
from tests.botapi.updates import Updates

_COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@\w+)?")
_MENTION = re.compile(r"(?<!\w)@\w{4,32}")
_FILE: JsonObject = {"file_id": "userfile", "file_unique_id": "userfileunique", "file_size": 100}


class Control:
    """What a test does as the world around the bot. Every public method is also `POST /control/<method>`."""

    def __init__(self, options: Options, state: BotState, updates: Updates, limits: Limits, faults: Faults) -> None:
        self._options = options
        self._state = state
        self._updates = updates
        self._limits = limits
        self._faults = faults

    # people

    def add_chat(self, chat_id: int, **data: Any) -> Chat:
        """Make a chat known: kind, title, language_code, blocked, deactivated, migrated_to."""
        return self._state.add_chat(chat_id, **data)

    def forget_chat(self, chat_id: int) -> None:
        """From now on `chat not found`."""
        self._state.chats.pop(chat_id, None)
        self._state.unknown_chats.add(chat_id)

    def block(self, chat_id: int) -> int:
        """The person blocks the bot (a group removes it); returns the id of the my_chat_member update."""
        return self._member(chat_id, blocked=True)

    def unblock(self, chat_id: int) -> int:
        """The person takes the bot back; returns the id of the my_chat_member update."""
        return self._member(chat_id, blocked=False)

    def _member(self, chat_id: int, *, blocked: bool) -> int:
        chat = self._state.add_chat(chat_id, blocked=blocked)

        def member(is_out: bool) -> JsonObject:
            user = self._state.bot_user()
            return {"status": "kicked", "user": user, "until_date": 0} if is_out else {"status": "member", "user": user}

        return self._updates.push(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": self._user(chat, None),
                "date": int(time.time()),
                "old_chat_member": member(not blocked),
                "new_chat_member": member(blocked),
            },
        )

    def _user(self, chat: Chat, user_id: int | None) -> JsonObject:
        user: JsonObject = {"id": user_id or abs(chat.id), "is_bot": False, "first_name": "Ada"}
        return user | ({"language_code": chat.language_code} if chat.language_code else {})

    def _message(
        self, chat_id: int, user_id: int | None, reply_to_message_id: int | None, **content: Any
    ) -> JsonObject:
        chat = self._state.chats.get(chat_id) or self._state.add_chat(chat_id)
        if reply_to_message_id is not None:
            content["reply_to_message"] = self._state.messages[chat_id, reply_to_message_id]
        return self._state.new_message(chat, self._user(chat, user_id), **content)

    def user_message(
        self, chat_id: int, text: str, *, user_id: int | None = None, reply_to_message_id: int | None = None
    ) -> int:
        """A person writes; returns the update's id. Commands and mentions get their entities."""
        entities = _entities(text)
        content: JsonObject = {"text": text, **({"entities": entities} if entities else {})}
        return self._updates.push("message", self._message(chat_id, user_id, reply_to_message_id, **content))

    def user_edit(self, chat_id: int, message_id: int, text: str) -> int:
        """A person edits a message of theirs; returns the update's id."""
        message = self._state.messages[chat_id, message_id]
        message.update(text=text, edit_date=int(time.time()))
        return self._updates.push("edited_message", message)

    def user_sticker(self, chat_id: int) -> int:
        """A person sends a sticker; returns the update's id."""
        sticker = {**_FILE, "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
        return self._updates.push("message", self._message(chat_id, None, None, sticker={**sticker, "emoji": "🛃"}))

    def user_photo(self, chat_id: int, caption: str | None = None) -> int:
        """A person sends a photo; returns the update's id."""
        content: JsonObject = {
            "photo": [{**_FILE, "width": 9, "height": 9}],
            **({"caption": caption} if caption else {}),
        }
        return self._updates.push("message", self._message(chat_id, None, None, **content))

    def user_document(self, chat_id: int, content: bytes, name: str, caption: str | None = None) -> int:
        """A person sends a file; returns the update's id."""
        document = {**self._state.add_file(content), "file_name": name}
        more = {"caption": caption} if caption else {}
        return self._updates.push("message", self._message(chat_id, None, None, document=document, **more))

    def user_picture(self, chat_id: int, content: bytes, caption: str | None = None) -> int:
        """A person sends a photo that can be fetched, in two sizes; returns the update's id."""
        small = {**self._state.add_file(b"a smaller one"), "width": 9, "height": 9}
        photo = [small, {**self._state.add_file(content), "width": 90, "height": 90}]
        more = {"caption": caption} if caption else {}
        return self._updates.push("message", self._message(chat_id, None, None, photo=photo, **more))

    def user_voice(self, chat_id: int) -> int:
        """A person speaks; returns the update's id."""
        return self._updates.push("message", self._message(chat_id, None, None, voice={**_FILE, "duration": 2}))

    def press(self, chat_id: int, message_id: int, title: str, *, user_id: int | None = None) -> str:
        """A person presses the button `title` under a message of the bot; returns the callback query's id."""
        message = self._state.messages[chat_id, message_id]
        rows = message["reply_markup"]["inline_keyboard"]
        data = next(button["callback_data"] for row in rows for button in row if button["text"] == title)
        callback_id = secrets.token_hex(8)
        self._state.open_callbacks.add(callback_id)
        query = {
            "id": callback_id,
            "from": self._user(self._state.chats[chat_id], user_id),
            "message": message,
            "chat_instance": "1",
            "data": data,
        }
        self._updates.push("callback_query", query)
        return callback_id

    def age(self, chat_id: int, message_id: int, seconds: int) -> None:
        """A message was sent that long ago."""
        self._state.messages[chat_id, message_id]["date"] -= seconds

    def delete(self, chat_id: int, message_id: int) -> None:
        """A person deletes a message for both sides; the bot is not told."""
        del self._state.messages[chat_id, message_id]

    def push_update(self, update: JsonObject) -> int:
        """Any update, as it is; returns its id."""
        return self._updates.push_raw(update)

    def repeat(self, update_id: int) -> int:
        """The same update once more, under the same id."""
        return self._updates.repeat(update_id)

    # what was sent

    def sent(self, since: int = 0, chat_id: int | None = None, method: str | None = None) -> list[Sent]:
        """Successful calls from the log's position `since` on, in order; of one chat, of one method, or all."""
        return [
            call
            for call in itertools.islice(self._state.sent, since, None)
            if (chat_id is None or call.chat_id == chat_id) and (method is None or call.method == method)
        ]

    def texts(self, chat_id: int | None = None) -> list[str]:
        """Texts of the messages sent, in order."""
        return [call.text for call in self.sent(chat_id=chat_id, method="sendMessage")]

    def counts(self) -> JsonObject:
        """Numbers: calls by method, messages, refusals by limit, faults befallen, updates not yet confirmed."""
        return {
            "calls": self._state.calls,
            "messages": self._state.last_message_id,
            "refused": self._limits.refused,
            "faults": self._faults.befallen,
            "pending_updates": self._updates.pending,
            "webhook_attempts": self._updates.webhook_attempts,
            "callback_answers": len(self._state.callback_answers),
        }

    # what goes wrong

    def latency(self, latency_ms: float, jitter_ms: float = 0) -> None:
        """Set the delay of each way and its jitter."""
        self._options.latency_ms, self._options.jitter_ms = latency_ms, jitter_ms

    def fault(
        self,
        kind: FaultKind,
        *,
        count: int = 1,
        methods: list[str] | None = None,
        chat_id: int | None = None,
        retry_after_s: int = 1,
        delay_s: float = 30.0,
    ) -> None:
        """Order a fault for the next `count` calls that match; see Fault."""
        names = frozenset(name.lower() for name in methods or ())
        self._faults.order(Fault(kind, count, names, chat_id, retry_after_s, delay_s))

    def clear(self) -> None:
        """Forget what was sent and take every fault back; chats and updates stay."""
        self._state.sent.clear()
        self._faults.clear()

    def call(self, name: str, arguments: JsonObject) -> Any:
        """A public method by name, for HTTP. Raises LookupError for an unknown one, TypeError for wrong arguments."""
        method = getattr(self, name, None)
        if name.startswith("_") or name == "call" or not inspect.ismethod(method):
            raise LookupError(name)
        result = method(**arguments)
        if isinstance(result, list):
            return [item.as_json() if isinstance(item, Sent) else item for item in result]
        return result.as_json() if isinstance(result, Chat) else result


def _entities(text: str) -> list[JsonObject]:
    found = [("bot_command", match) for match in _COMMAND.finditer(text)]
    taken = {position for _, match in found for position in range(*match.span())}
    found += [("mention", match) for match in _MENTION.finditer(text) if match.start() not in taken]
    return [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for kind, match in sorted(found, key=lambda pair: pair[1].start())
    ]


MENTION = f"@{BOT_USERNAME}"
