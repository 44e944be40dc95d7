"""The channel against the local Bot API server."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import pytest

from bot.channels.model import Button, Citation, Reply
from bot.channels.ports import Channel
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.render import short_id
from bot.channels.telegram.store import PayloadStore
from bot.errors import (
    ChannelUnavailableError,
    ChatMigratedError,
    ConflictError,
    RateLimitedError,
    RecipientGoneError,
)
from bot.settings import TelegramSettings
from tests.botapi import BotApiServer, Options

CHAT = "4242"
LONG = Reply(text="这是一句话，凑够长度。" * 900)  # three messages


def test_channel_is_the_port(channel: TelegramChannel) -> None:
    port: Channel = channel

    assert port.name == "telegram"
    assert (port.abilities.text_max_chars, port.abilities.rate_per_s) == (4096, 30)


async def test_reply_arrives_with_formatting_link_and_buttons(server: BotApiServer, channel: TelegramChannel) -> None:
    reply = Reply(
        text="**14天内**申报。\n\n来源：海关法",
        buttons=[Button(title="滞报金", payload="e:late-declaration-fee")],
        citations=[Citation(title="海关法", url="https://www.customs.gov.cn/l")],
    )

    receipt = await channel.send(CHAT, reply, language="zh-Hans")

    (sent,) = server.control.sent()
    assert receipt.provider_ref == str(sent.message_id)
    assert sent.text == "14天内申报。\n\n来源：海关法"
    assert {(e["type"], e["offset"], e["length"]) for e in sent.entities} == {("bold", 0, 4), ("text_link", 12, 3)}
    assert sent.reply_markup == {"inline_keyboard": [[{"text": "滞报金", "callback_data": "e:late-declaration-fee"}]]}


async def test_long_payload_is_stored_before_its_button_is_sent(
    server: BotApiServer, channel: TelegramChannel, payloads: PayloadStore
) -> None:
    payload = "ask:" + "几天内申报？" * 10
    reply = Reply(text="?", buttons=[Button(title="问", payload=payload)])

    await channel.send(CHAT, reply, language="zh-Hans")
    await channel.send(CHAT, reply, language="zh-Hans")

    assert await payloads.find(short_id(payload)) == payload
    assert await payloads.find("p:unknown") is None


async def test_parts_are_what_is_sent_and_keep_the_chats_pace(
    server: BotApiServer, open_channel: Callable[..., TelegramChannel]
) -> None:
    channel = open_channel(chat_interval_s=0.2)

    receipt = await channel.send(CHAT, LONG, language="zh-Hans")

    times = [sent.at_monotonic_s for sent in server.control.sent()]
    assert receipt.parts == channel.parts(LONG, "zh-Hans") == len(times) == 3
    assert times[-1] - times[0] >= 0.3  # two pauses, less what the first connection took to open


async def test_part_already_sent_is_not_sent_again(
    server: BotApiServer, open_channel: Callable[..., TelegramChannel]
) -> None:
    channel = open_channel(chat_interval_s=0.3)
    sending = asyncio.create_task(channel.send(CHAT, LONG, language="zh-Hans", ref="delivery:1"))
    await asyncio.sleep(0.15)
    server.control.fault("500")

    with pytest.raises(ChannelUnavailableError):
        await sending
    assert len(server.control.texts()) == 1
    await channel.send(CHAT, LONG, language="zh-Hans", ref="delivery:1")

    assert "".join(server.control.texts()) == LONG.text


async def test_two_hundred_at_once_all_arrive(server: BotApiServer, channel: TelegramChannel) -> None:
    await asyncio.gather(
        *(channel.send(str(chat), Reply(text=f"给{chat}"), language="zh-Hans") for chat in range(1, 201))
    )

    assert {(sent.chat_id, sent.text) for sent in server.control.sent()} == {(c, f"给{c}") for c in range(1, 201)}


async def test_refusals_become_our_errors(server: BotApiServer, channel: TelegramChannel) -> None:
    server.control.block(1)
    server.control.add_chat(2, deactivated=True)
    server.control.forget_chat(3)
    server.control.add_chat(-4, migrated_to=-1004)

    async def refusal(address: str) -> Exception:
        with pytest.raises((RecipientGoneError, ChatMigratedError)) as caught:
            await channel.send(address, Reply(text="x"), language="en")
        return caught.value

    reasons = [getattr(await refusal(address), "reason", None) for address in ("1", "2", "3")]
    migrated = await refusal("-4")

    assert reasons == ["blocked", "deleted", "not_found"]
    assert isinstance(migrated, ChatMigratedError)
    assert migrated.new_address == "-1004"


@pytest.mark.parametrize("kind", ["500", "502", "cut", "garbage", "cut_after"])
async def test_faults_of_the_network_may_be_tried_again(
    server: BotApiServer, channel: TelegramChannel, kind: str
) -> None:
    server.control.call("fault", {"kind": kind})

    with pytest.raises(ChannelUnavailableError):
        await channel.send(CHAT, Reply(text="x"), language="en")
    await channel.send(CHAT, Reply(text="y"), language="en")

    assert server.control.texts()[-1] == "y"


async def test_flood_over_all_chats_names_the_channel(server: BotApiServer, channel: TelegramChannel) -> None:
    server.control.fault("429", retry_after_s=7)

    with pytest.raises(RateLimitedError) as refusal:
        await channel.send(CHAT, Reply(text="x"), language="en")

    assert (refusal.value.retry_after_s, refusal.value.scope) == (7, "unknown")


async def test_flood_of_one_chat_names_the_chat(telegram_settings: TelegramSettings, payloads: PayloadStore) -> None:
    async with BotApiServer(Options(chat_burst=1)) as strict:
        settings = telegram_settings.model_copy(update={"api_url": strict.url})
        channel = TelegramChannel(settings, payloads, chat_interval_s=0)
        await channel.send(CHAT, Reply(text="1"), language="en")

        with pytest.raises(RateLimitedError) as refusal:
            await channel.send(CHAT, Reply(text="2"), language="en")

        assert (refusal.value.retry_after_s, refusal.value.scope) == (1, "chat")
        await channel.close()


async def test_own_pace_is_never_refused_by_a_strict_chat(
    telegram_settings: TelegramSettings, payloads: PayloadStore
) -> None:
    async with BotApiServer(Options(chat_burst=1, chat_interval_s=0.2)) as strict:
        settings = telegram_settings.model_copy(update={"api_url": strict.url})
        channel = TelegramChannel(settings, payloads, chat_interval_s=0.3)

        await asyncio.gather(*(channel.send(CHAT, Reply(text=str(n)), language="en") for n in range(4)))

        assert strict.control.counts()["refused"] == 0
        await channel.close()


async def test_wrong_token_is_no_fault_of_the_message_and_is_not_logged(
    telegram_settings: TelegramSettings, payloads: PayloadStore, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "999999999:AAwrongwrongwrongwrongwrongwrongwro"
    settings = TelegramSettings.model_validate({"token": wrong, "api_url": telegram_settings.api_url})
    channel = TelegramChannel(settings, payloads)

    with pytest.raises(ChannelUnavailableError) as refusal:
        await channel.send(CHAT, Reply(text="x"), language="en")

    await channel.close()
    assert wrong not in f"{refusal.value!r}{refusal.value.__cause__!r}{caplog.text}"


async def test_second_poller_is_a_conflict(channel: TelegramChannel) -> None:
    first = asyncio.create_task(channel.updates(offset=None, timeout_s=5, allowed=["message"]))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(channel.updates(offset=None, timeout_s=0, allowed=["message"]))

    with pytest.raises(ConflictError, match="terminated by other getUpdates"):
        await first
    assert await second == []


async def test_normal_sending_logs_no_token(
    server: BotApiServer, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "httpx")  # as bot.logs sets it
    with caplog.at_level(logging.INFO):
        await channel.send(CHAT, Reply(text="x"), language="en")

    assert server.options.token not in caplog.text


async def test_send_is_quick_enough_for_a_bulk_notice(server: BotApiServer, channel: TelegramChannel) -> None:
    began_s = time.monotonic()

    for start in range(1, 601, 100):
        batch = range(start, start + 100)
        await asyncio.gather(*(channel.send(str(chat), Reply(text="公告"), language="zh-Hans") for chat in batch))

    # Server and client share one loop here; 30/s is what Telegram allows.
    assert 600 / (time.monotonic() - began_s) > 60
