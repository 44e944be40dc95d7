"""Updates by polling and by webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict

from tests.botapi import BotApiServer

CHAT = 77


async def test_updates_stay_until_the_offset_passes_them(server: BotApiServer, bot: Bot) -> None:
    first = server.control.user_message(CHAT, "一")
    second = server.control.user_message(CHAT, "二")

    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
    assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
    assert await bot.get_updates(offset=second + 1) == ()


async def test_negative_offset_keeps_the_last(server: BotApiServer, bot: Bot) -> None:
    server.control.user_message(CHAT, "一")
    last = server.control.user_message(CHAT, "二")

    assert [u.update_id for u in await bot.get_updates(offset=-1)] == [last]


async def test_long_poll_waits_for_an_update(server: BotApiServer, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.05)
    assert not poll.done()

    update_id = server.control.user_message(CHAT, "/help@kouan_test_bot 好")

    (update,) = await poll
    assert update.update_id == update_id
    assert update.message is not None
    assert [(e.type, e.length) for e in update.message.entities] == [("bot_command", 20)]


async def test_second_poller_ends_the_first_with_conflict(server: BotApiServer, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.05)
    async with Bot(server.options.token, base_url=f"{server.url}/bot") as other:
        second = asyncio.create_task(other.get_updates(timeout=5))

        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first
        server.control.user_message(CHAT, "x")
        assert len(await second) == 1


async def test_unwanted_kinds_do_not_arrive(server: BotApiServer, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])

    assert server.control.user_message(CHAT, "x") == 0
    assert await bot.get_updates() == ()


async def test_every_kind_of_input_is_parsed_by_the_library(server: BotApiServer, bot: Bot) -> None:
    control = server.control
    sent = await bot.send_message(-9, "q")
    control.user_message(-9, "@kouan_test_bot hi", user_id=5, reply_to_message_id=sent.message_id)
    control.user_edit(-9, server.state.last_message_id, "ho")
    control.user_sticker(CHAT)
    control.user_photo(CHAT, "see")
    control.user_voice(CHAT)
    control.block(CHAT)
    control.unblock(CHAT)

    updates = await bot.get_updates()

    message, edited, sticker, photo, voice, blocked, unblocked = updates
    assert message.message is not None
    assert message.message.reply_to_message is not None
    assert message.message.from_user is not None
    assert (message.message.reply_to_message.text, message.message.from_user.id) == ("q", 5)
    assert edited.edited_message is not None
    assert edited.edited_message.text == "ho"
    assert sticker.message is not None
    assert sticker.message.sticker is not None
    assert photo.message is not None
    assert (photo.message.caption, len(photo.message.photo)) == ("see", 1)
    assert voice.message is not None
    assert voice.message.voice is not None
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"


async def test_pressed_button_is_answered_once(server: BotApiServer, bot: Bot) -> None:
    message = await bot.send_message(
        CHAT, "q", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="ok")]])
    )
    server.control.press(CHAT, message.message_id, "好")

    (update,) = await bot.get_updates()

    query = update.callback_query
    assert query is not None
    assert (query.data, query.message) == ("ok", message)
    assert await bot.answer_callback_query(query.id, text="好")
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(query.id)


class Webhook:
    """What a bot's webhook got; it refuses the first `refuse` calls."""

    def __init__(self) -> None:
        self.got: list[tuple[int, str | None]] = []
        self.refuse = 0
        self.taken = asyncio.Event()
        self.url = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        body: dict[str, Any] = await request.json()
        self.got.append((body["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        self.refuse -= 1
        if self.refuse >= 0:
            return web.Response(status=503)
        self.taken.set()
        return web.Response()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    runner = web.ServerRunner(web.Server(hook.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_webhook_gets_the_secret_and_is_tried_until_it_answers(
    server: BotApiServer, bot: Bot, webhook: Webhook
) -> None:
    server.options.webhook_retry_s = 0.01
    webhook.refuse = 2
    update_id = server.control.user_message(CHAT, "x")

    await bot.set_webhook(webhook.url, secret_token="s3cret_-")
    await asyncio.wait_for(webhook.taken.wait(), 5)

    assert webhook.got == [(update_id, "s3cret_-")] * 3
    info = await bot.get_webhook_info()
    assert info.url == webhook.url
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


async def test_polling_while_a_webhook_is_set_is_a_conflict(bot: Bot, webhook: Webhook) -> None:
    await bot.set_webhook(webhook.url)

    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_webhook_secret_is_checked(bot: Bot, webhook: Webhook) -> None:
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook(webhook.url, secret_token="not allowed!")
