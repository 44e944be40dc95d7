"""What updates mean."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from telegram import Update, User

from bot.channels.model import Incoming
from bot.channels.telegram.service import MENUS
from bot.channels.telegram.updates import COMMANDS, Inbound, language_of, read_update
from bot.settings import REPOSITORY
from tests.botapi.control import _entities

ME = User(110201543, "Kouan", is_bot=True, username="kouan_test_bot")
PERSON = {"id": 5, "is_bot": False, "first_name": "Ada", "language_code": "zh-hans"}


def read(kind: str, content: dict[str, Any]) -> Inbound | None:
    update = Update.de_json({"update_id": 1, kind: content}, None)
    return read_update(update, ME)


def message(text: str | None, *, chat: int = 5, **content: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "message_id": 9,
        "date": 1_800_000_000,
        "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
        "from": PERSON,
        **content,
    }
    return body if text is None else {**body, "text": text, "entities": _entities(text)}


def incoming(kind: str, content: dict[str, Any]) -> Incoming:
    inbound = read(kind, content)
    assert inbound is not None
    assert inbound.incoming is not None
    return inbound.incoming


def test_private_text_is_a_private_message() -> None:
    assert incoming("message", message("几天内申报？")) == Incoming(
        "telegram", "5", text="几天内申报？", kind="text", private=True, language_hint="zh-Hans"
    )


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", "t:help"),
        ("/start follow_origin_certificate", "t:subscribe_topic:origin_certificate"),
        ("/start e_late-declaration-fee", "e:late-declaration-fee"),
        ("/start language_zh-Hant", "t:change_language:zh-Hant"),
        ("/start something-unknown", "t:help"),
        ("/help", "t:help"),
        ("/HELP@Kouan_Test_Bot", "t:help"),
        ("/language", "t:change_language"),
        ("/language en", "t:change_language:en"),
        ("/follow", "t:subscribe_topic"),
        ("/follow origin_certificate", "t:subscribe_topic:origin_certificate"),
        ("/stop now", "t:stop_all"),
    ],
)
def test_commands_and_deep_links_are_tasks(text: str, payload: str) -> None:
    got = incoming("message", message(text))

    assert (got.text, got.payload, got.kind) == (None, payload, "text")


def test_unknown_command_stays_a_text() -> None:
    assert incoming("message", message("/weather now")).text == "/weather now"


def test_edit_is_a_new_text() -> None:
    got = incoming("edited_message", message("改过的", edit_date=1_800_000_001))

    assert (got.text, got.kind) == ("改过的", "edit")


FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 1}
ATTACHMENTS: list[dict[str, Any]] = [
    {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
    {"photo": [{**FILE, "width": 1, "height": 1}]},
    {"voice": {**FILE, "duration": 1}},
    {"document": FILE},
    {"location": {"latitude": 1.0, "longitude": 2.0}},
]


@pytest.mark.parametrize("attachment", ATTACHMENTS, ids=lambda value: next(iter(value)))
def test_message_without_words_has_a_kind_of_its_own(attachment: dict[str, Any]) -> None:
    got = incoming("message", message(None, **attachment))

    is_file = bool({"photo", "document"} & set(attachment))
    assert (got.text, got.payload, got.kind) == (None, None, "file" if is_file else "unsupported")


def test_photo_is_fetched_in_its_largest_size() -> None:
    sizes = [
        {**FILE, "file_id": name, "width": side, "height": side} for name, side in (("s", 9), ("l", 90), ("m", 30))
    ]
    inbound = read("message", message(None, photo=sizes, caption="标签"))

    assert inbound is not None
    assert inbound.attached is not None
    assert (inbound.attached.id, inbound.attached.size_bytes) == ("l", 1)


def test_file_in_a_group_is_not_read() -> None:
    mention = [{"type": "mention", "offset": 0, "length": 15}]
    inbound = read(
        "message", message(None, document=FILE, caption="@kouan_test_bot 看看", caption_entities=mention, chat=-7)
    )

    assert inbound is not None
    assert inbound.attached is None


def test_caption_is_read_as_the_text() -> None:
    got = incoming("message", message(None, **ATTACHMENTS[1], caption="这个要申报吗"))

    assert (got.text, got.kind) == ("这个要申报吗", "text")


@pytest.mark.parametrize(
    "content",
    [
        message(None, pinned_message=message("x")),
        message(None, new_chat_members=[PERSON], chat=-7),
        message("大家好", chat=-7),
        message("/help", chat=-7),
        message("@kouan_test_bot_2 hi", chat=-7),
        message("hi") | {"from": {**PERSON, "is_bot": True}},
    ],
    ids=["pinned", "member", "group talk", "command to nobody", "another bot", "from a bot"],
)
def test_what_does_not_concern_the_bot_is_left_alone(content: dict[str, Any]) -> None:
    assert read("message", content) is None


@pytest.mark.parametrize("text", ["@kouan_test_bot 几天内申报？", "几天内申报？ @Kouan_Test_Bot"])
def test_mention_in_a_group_is_answered_there_and_is_not_private(text: str) -> None:
    inbound = read("message", message(text, chat=-7))

    assert inbound is not None
    assert inbound.reply_to == 9
    assert inbound.incoming is not None
    assert (inbound.incoming.text, inbound.incoming.private, inbound.incoming.address) == ("几天内申报？", False, "-7")


def test_answer_to_the_bot_in_a_group_concerns_it() -> None:
    replied = {**message("答", chat=-7), "from": ME.to_dict()}

    assert incoming("message", message("那出口呢", chat=-7, reply_to_message=replied)).text == "那出口呢"


def test_press_carries_the_payload() -> None:
    query = {"id": "q", "from": PERSON, "chat_instance": "1", "data": "e:x", "message": message("?")}

    got = incoming("callback_query", query)

    assert (got.payload, got.kind, got.private) == ("e:x", "button", True)


@pytest.mark.parametrize(
    ("status", "state"), [("kicked", "blocked"), ("left", "blocked"), ("member", "active"), ("administrator", "active")]
)
def test_membership_tells_the_state_of_the_address(status: str, state: str) -> None:
    rights = dict.fromkeys(
        [
            "can_be_edited",
            "is_anonymous",
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        ],
        True,
    )
    member = {"status": status, "user": ME.to_dict(), "until_date": 0, **(rights if status == "administrator" else {})}
    old = {"status": "member", "user": ME.to_dict()}
    content = {**message(None), "old_chat_member": old, "new_chat_member": member}

    inbound = read("my_chat_member", content)

    assert inbound == Inbound("5", state=state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("zh-hans", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-hk", "zh-Hant"),
        ("en-US", "en"),
        ("ru", "en"),
        (None, None),
    ],
)
def test_language_of_the_app_is_a_hint(code: str | None, language: str | None) -> None:
    assert language_of(User(5, "Ada", is_bot=False, language_code=code)) == language


def test_every_command_starts_a_task_that_the_dialogue_knows() -> None:
    domain = yaml.safe_load((REPOSITORY / "nlu/domain/intents.yml").read_text(encoding="utf-8"))
    intents = {name for entry in domain["intents"] for name in (entry if isinstance(entry, dict) else [entry])}

    assert len(COMMANDS) >= 5
    assert {payload.removeprefix("t:") for payload in COMMANDS.values()} <= intents


def test_every_command_but_start_is_in_the_menu_of_each_language() -> None:
    menus = [{command.command for command in commands} for _, commands in MENUS]

    assert len(menus) == 2
    assert all(menu == set(COMMANDS) - {"start"} for menu in menus)
