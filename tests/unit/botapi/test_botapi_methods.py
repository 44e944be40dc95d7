"""The methods, seen by python-telegram-bot as it comes."""

from __future__ import annotations

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken

from tests.botapi import BotApiServer

CHAT = 4242


async def test_get_me_names_the_bot(bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.id, me.is_bot, me.username) == (110201543, True, "kouan_test_bot")


async def test_wrong_token_is_unauthorized(server: BotApiServer) -> None:
    stranger = Bot("1:wrong", base_url=f"{server.url}/bot")

    with pytest.raises(InvalidToken, match="rejected by the server"):
        await stranger.initialize()

    await stranger.shutdown()


async def test_sent_message_comes_back_and_is_logged_with_times(server: BotApiServer, bot: Bot) -> None:
    message = await bot.send_message(CHAT, "  口岸通 🛃  ")

    (sent,) = server.control.sent()
    assert message.text == sent.text == "口岸通 🛃"
    assert message.chat.id == sent.chat_id == CHAT
    assert sent.message_id == message.message_id
    assert sent.at_monotonic_s > 0
    assert sent.at_wall_s > 1_700_000_000


@pytest.mark.parametrize("text", ["a" * 4096, "🛃" * 2048])
async def test_text_of_4096_utf16_units_is_taken(bot: Bot, text: str) -> None:
    message = await bot.send_message(CHAT, text)

    assert message.text == text


@pytest.mark.parametrize("text", ["a" * 4097, "🛃" * 2049])
async def test_longer_text_is_too_long(bot: Bot, text: str) -> None:
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(CHAT, text)


@pytest.mark.parametrize("text", ["", " \n "])
async def test_empty_text_is_refused(bot: Bot, text: str) -> None:
    with pytest.raises(BadRequest, match="text is empty"):
        await bot.send_message(CHAT, text)


async def test_html_becomes_entities_in_utf16_units(bot: Bot) -> None:
    message = await bot.send_message(
        CHAT, '🛃<b>粗 &amp; <i>斜</i></b><a href="https://a.cn/?x=1">链</a>', parse_mode="HTML"
    )

    assert message.text == "🛃粗 & 斜链"
    found = {(e.type, e.offset, e.length, e.url) for e in message.entities}
    assert found == {("bold", 2, 5, None), ("italic", 6, 1, None), ("text_link", 7, 1, "https://a.cn/?x=1")}


@pytest.mark.parametrize("source", ["<b>open", "<b>x</i>", "</b>", "<table>x</table>", "1 < 2"])
async def test_bad_html_cannot_be_parsed(bot: Bot, source: str) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_message(CHAT, source, parse_mode="HTML")


@pytest.mark.parametrize(
    "spans",
    [[(0, 9)], [(-1, 2)], [(1, 1)], [(0, 3), (2, 2)]],
    ids=["beyond the end", "negative", "half a character", "crossing"],
)
async def test_wrong_entities_are_refused(bot: Bot, spans: list[tuple[int, int]]) -> None:
    entities = [MessageEntity(MessageEntity.BOLD, offset, length) for offset, length in spans]

    with pytest.raises(BadRequest, match=r"[Ee]ntit"):
        await bot.send_message(CHAT, "🛃abc", entities=entities)


@pytest.mark.parametrize("data", ["1", "x" * 64, "口" * 21])
async def test_button_data_up_to_64_bytes_is_taken(bot: Bot, data: str) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data=data)]])

    message = await bot.send_message(CHAT, "x", reply_markup=keyboard)

    assert message.reply_markup == keyboard


@pytest.mark.parametrize(
    ("button", "complaint"),
    [
        (InlineKeyboardButton("好", callback_data="口" * 22), "Button_data_invalid"),
        (InlineKeyboardButton("好", url="http://localhost/x"), "wrong http url"),
        (InlineKeyboardButton(" ", callback_data="x"), "text is empty"),
        (InlineKeyboardButton("好"), "Text buttons are unallowed"),
    ],
)
async def test_wrong_buttons_are_refused(bot: Bot, button: InlineKeyboardButton, complaint: str) -> None:
    with pytest.raises(BadRequest, match=complaint):
        await bot.send_message(CHAT, "x", reply_markup=InlineKeyboardMarkup([[button]]))


async def test_more_than_100_buttons_are_refused(bot: Bot) -> None:
    rows = [[InlineKeyboardButton("好", callback_data="x")]] * 101

    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(CHAT, "x", reply_markup=InlineKeyboardMarkup(rows))


async def test_edit_changes_and_the_same_again_is_not_modified(bot: Bot) -> None:
    message = await bot.send_message(CHAT, "before")

    edited = await bot.edit_message_text("after", CHAT, message.message_id)

    assert not isinstance(edited, bool)
    assert edited.text == "after"
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("after", CHAT, message.message_id)


async def test_edit_of_buttons_keeps_the_text(bot: Bot) -> None:
    message = await bot.send_message(CHAT, "text")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="x")]])

    edited = await bot.edit_message_reply_markup(CHAT, message.message_id, reply_markup=keyboard)

    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("text", keyboard)


async def test_deleted_message_cannot_be_edited(bot: Bot) -> None:
    message = await bot.send_message(CHAT, "x")
    assert await bot.delete_message(CHAT, message.message_id)

    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("y", CHAT, message.message_id)


async def test_document_and_photo_with_caption(server: BotApiServer, bot: Bot) -> None:
    document = await bot.send_document(CHAT, b"%PDF", caption="标签 " + "c" * 1021, filename="label.pdf")
    photo = await bot.send_photo(CHAT, b"\x89PNG", caption="<b>图</b>", parse_mode="HTML")

    assert document.document is not None
    assert document.document.file_size == 4
    assert photo.caption == "图"
    assert [call.method for call in server.control.sent()] == ["sendDocument", "sendPhoto"]


async def test_caption_over_1024_is_too_long(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(CHAT, b"x", caption="c" * 1025)


async def test_small_methods_answer_true(server: BotApiServer, bot: Bot) -> None:
    assert await bot.send_chat_action(CHAT, "typing")
    assert await bot.set_my_commands([BotCommand("help", "帮助")])
    assert [command.command for command in await bot.get_my_commands()] == ["help"]
    assert await bot.close()
    assert server.control.counts()["calls"]["close"] == 1


async def test_after_log_out_nothing_is_served(bot: Bot) -> None:
    assert await bot.log_out()

    with pytest.raises(InvalidToken):
        await bot.send_message(CHAT, "x")


async def test_blocked_and_deactivated_people_are_forbidden(server: BotApiServer, bot: Bot) -> None:
    server.control.block(1)
    server.control.add_chat(2, deactivated=True)

    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(1, "x")
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(2, "x")


async def test_unknown_chat_is_not_found(server: BotApiServer, bot: Bot) -> None:
    server.control.forget_chat(9)

    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(9, "x")


async def test_migrated_group_names_its_new_id(server: BotApiServer, bot: Bot) -> None:
    server.control.add_chat(-5, migrated_to=-1005)

    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(-5, "x")

    assert refusal.value.new_chat_id == -1005


async def test_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(InvalidToken, match="method not found"):
        await bot.get_chat(CHAT)
