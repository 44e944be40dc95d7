"""The Bot API's methods that need no waiting. Each takes the parameters and returns `result`, or raises ApiError."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
from telegram.constants import CallbackQueryLimit, MessageLimit

from tests.botapi import markup
from tests.botapi.limits import Limits
from tests.botapi.problems import bad_request, too_many_requests
from tests.botapi.state import BotState, Chat, JsonObject

_HANDED_OVER_MAX_BYTES = 20 * 1024 * 1024  # source: Bot API, getFile
_DELETED_WITHIN_S = 48 * 3600  # source: Bot API, deleteMessage
_CHAT_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


def json_value(params: JsonObject, name: str, default: Any = None) -> Any:
    """A structured parameter: JSON in a form field, or the value itself in a JSON body."""
    value = params.get(name, default)
    if isinstance(value, str | bytes) and value:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {name} JSON object") from None
    return value


def integer(params: JsonObject, name: str, default: int = 0) -> int:
    """A whole number; `default` when it is missing or no number, as Telegram reads it."""
    try:
        return int(params.get(name, default))
    except (TypeError, ValueError):
        return default


class Methods:
    """The methods of one bot, by lower-case name in `table`."""

    def __init__(self, state: BotState, limits: Limits) -> None:
        self._state = state
        self._limits = limits
        self.table: dict[str, Callable[[JsonObject], Any]] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "senddocument": self._send_document,
            "sendphoto": self._send_photo,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback,
            "sendchataction": self._chat_action,
            "getfile": self._get_file,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "close": self._close,
            "logout": self._log_out,
        }

    def _get_me(self, _params: JsonObject) -> JsonObject:
        return {
            **self._state.bot_user(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _target(self, params: JsonObject) -> Chat:
        if params.get("chat_id") in (None, ""):
            raise bad_request("chat_id is empty")
        return self._state.reachable_chat(integer(params, "chat_id"))

    def _permit(self, chat: Chat) -> None:
        wait_s = self._limits.refusal_s(chat.id, time.monotonic())
        if wait_s:
            raise too_many_requests(wait_s)

    def _formatted(self, params: JsonObject, text_key: str, entities_key: str) -> tuple[str, list[JsonObject]]:
        text = str(params.get(text_key) or "")
        mode = str(params.get("parse_mode") or "").lower()
        if mode == "html":
            text, entities = markup.parse_html(text)
        elif mode:
            raise bad_request("unsupported parse_mode")
        else:
            entities = json_value(params, entities_key) or []
        if entities:
            markup.check_entities(text, entities)
        return markup.trim(text, entities)

    def _text(self, params: JsonObject) -> JsonObject:
        text, entities = self._formatted(params, "text", "entities")
        if not text:
            raise bad_request("message text is empty")
        if markup.utf16_length(text) > MessageLimit.MAX_TEXT_LENGTH:
            raise bad_request("message is too long")
        return self._with_markup({"text": text, **({"entities": entities} if entities else {})}, params)

    def _caption(self, params: JsonObject) -> JsonObject:
        text, entities = self._formatted(params, "caption", "caption_entities")
        if markup.utf16_length(text) > MessageLimit.CAPTION_LENGTH:
            raise bad_request("message caption is too long")
        content: JsonObject = {"caption": text} if text else {}
        return self._with_markup({**content, **({"caption_entities": entities} if entities else {})}, params)

    def _with_markup(self, content: JsonObject, params: JsonObject) -> JsonObject:
        keyboard = json_value(params, "reply_markup")
        if keyboard:
            markup.check_keyboard(keyboard)
            if "inline_keyboard" in keyboard:
                content["reply_markup"] = keyboard
        return content

    def _send(self, method: str, params: JsonObject, chat: Chat, content: JsonObject) -> JsonObject:
        replied = integer(json_value(params, "reply_parameters") or {}, "message_id")
        if replied and (chat.id, replied) in self._state.messages:
            original = self._state.messages[chat.id, replied]
            content["reply_to_message"] = {k: v for k, v in original.items() if k != "reply_to_message"}
        message = self._state.new_message(chat, self._state.bot_user(), **content)
        self._state.log(method, message, params)
        return message

    def _send_message(self, params: JsonObject) -> JsonObject:
        chat = self._target(params)
        content = self._text(params)
        self._permit(chat)
        return self._send("sendMessage", params, chat, content)

    def _send_document(self, params: JsonObject) -> JsonObject:
        chat = self._target(params)
        content = self._caption(params)
        file = self._file(params, "document")
        self._permit(chat)
        return self._send("sendDocument", params, chat, {"document": file, **content})

    def _send_photo(self, params: JsonObject) -> JsonObject:
        chat = self._target(params)
        content = self._caption(params)
        file = self._file(params, "photo")
        self._permit(chat)
        return self._send("sendPhoto", params, chat, {"photo": [{**file, "width": 90, "height": 90}], **content})

    def _file(self, params: JsonObject, name: str) -> JsonObject:
        value = params.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            value = params.get(value.removeprefix("attach://"))
        if not value:
            raise bad_request(f"there is no {name} in the request")
        size = len(value["content"]) if isinstance(value, dict) else 1
        return {"file_id": f"file{name}", "file_unique_id": f"unique{name}", "file_size": size}

    def _get_file(self, params: JsonObject) -> JsonObject:
        file_id = str(params.get("file_id") or "")
        content = self._state.files.get(file_id)
        if content is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(content) > _HANDED_OVER_MAX_BYTES:
            raise bad_request("file is too big")
        return {**self._state.file_json(file_id), "file_path": f"documents/{file_id}"}

    def _own_message(self, params: JsonObject, act: str) -> JsonObject:
        chat = self._target(params)
        message = self._state.messages.get((chat.id, integer(params, "message_id")))
        if message is None:
            raise bad_request(f"message to {act} not found")
        if act == "edit" and message["from"]["id"] != self._state.bot_id:
            raise bad_request("message can't be edited")
        return message

    def _edit(self, method: str, params: JsonObject, content: JsonObject, parts: tuple[str, ...]) -> JsonObject:
        message = self._own_message(params, "edit")
        if all(message.get(part) == content.get(part) for part in parts):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        for part in parts:
            message.pop(part, None)
        message.update(content, edit_date=int(time.time()))
        self._state.log(method, message, params)
        return message

    def _edit_text(self, params: JsonObject) -> JsonObject:
        return self._edit("editMessageText", params, self._text(params), ("text", "entities", "reply_markup"))

    def _edit_markup(self, params: JsonObject) -> JsonObject:
        return self._edit("editMessageReplyMarkup", params, self._with_markup({}, params), ("reply_markup",))

    def _delete_message(self, params: JsonObject) -> bool:
        message = self._own_message(params, "delete")
        if time.time() - message["date"] > _DELETED_WITHIN_S:
            raise bad_request("message can't be deleted for everyone")
        self._state.log("deleteMessage", message, params)
        del self._state.messages[message["chat"]["id"], message["message_id"]]
        return True

    def _answer_callback(self, params: JsonObject) -> bool:
        callback_id = str(params.get("callback_query_id", ""))
        if len(str(params.get("text") or "")) > CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH:
            raise bad_request("MESSAGE_TOO_LONG")
        if callback_id not in self._state.open_callbacks:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self._state.open_callbacks.discard(callback_id)
        self._state.callback_answers.append(dict(params))
        return True

    def _chat_action(self, params: JsonObject) -> bool:
        chat = self._target(params)
        if params.get("action") not in _CHAT_ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._state.log("sendChatAction", {"chat": chat.as_json(), "message_id": 0}, params)
        return True

    def _set_commands(self, params: JsonObject) -> bool:
        commands = json_value(params, "commands") or []
        if any(not command.get("command") or not command.get("description") for command in commands):
            raise bad_request("command and description must not be empty")
        self._state.commands = commands
        return True

    def _get_commands(self, _params: JsonObject) -> list[JsonObject]:
        return self._state.commands

    def _close(self, _params: JsonObject) -> bool:
        return True

    def _log_out(self, _params: JsonObject) -> bool:
        self._state.logged_out = True
        return True
