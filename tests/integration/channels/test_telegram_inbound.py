"""Updates from the local Bot API server to answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.model import Incoming
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.clock import utc_now
from bot.store.engine import Store
from tests.botapi import BotApiServer
from tests.integration.channels.fakes import Inbox

CHAT = 77


@pytest.fixture
def inbox(sqlite_store: Store, inbound_store: InboundStore, payloads: PayloadStore, channel: TelegramChannel) -> Inbox:
    return Inbox(sqlite_store, inbound_store, payloads, channel)


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def polling(inbox: Inbox, **options: Any) -> AsyncIterator[Poller]:
    processor = inbox.processor(**options)
    poller = Poller(inbox.channel, inbox.inbound, processor.wake, timeout_s=2, backoff_base_s=0.05)
    async with running(poller.run(), processor.run()):
        yield poller


def update(update_id: int, text: str = "你好", chat: int = CHAT) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Ada", "language_code": "zh-hans"}
    body = {"message_id": update_id, "date": 1_800_000_000, "chat": {"id": chat, "type": "private"}, "from": person}
    return {"update_id": update_id, "message": {**body, "text": text}}


async def test_message_is_answered_and_its_text_is_not_kept(server: BotApiServer, inbox: Inbox) -> None:
    async with polling(inbox):
        server.control.user_message(CHAT, "几天内申报？")
        assert await inbox.settled(1) == ["done"]

    assert server.control.texts(CHAT) == ["答 几天内申报？"]
    assert [(row.payload, row.attempts) for row in await inbox.rows()] == [(None, 1)]


@pytest.mark.parametrize("known_before", [True, False])
async def test_known_update_is_dropped(server: BotApiServer, inbox: Inbox, known_before: bool) -> None:
    async with polling(inbox):
        first = server.control.user_message(CHAT, "一")
        if known_before:
            await inbox.settled(1)
        server.control.repeat(first)
        server.control.user_message(CHAT, "二")
        await inbox.settled(2)

    assert server.control.texts(CHAT) == ["答 一", "答 二"]


async def test_store_counts_only_what_is_new(store: Store) -> None:
    inbound = InboundStore(store, utc_now)

    assert await inbound.add([update(1), update(2), update(1)]) == 2
    assert await inbound.add([update(2), update(3)]) == 1
    waiting = await inbound.waiting(known=set(), limit=2)
    assert [stored.payload["update_id"] for stored in waiting] == [1, 2]
    rest = await inbound.waiting(known={stored.seq for stored in waiting}, limit=2)
    assert [stored.payload["update_id"] for stored in rest] == [3]


async def test_payload_is_kept_once(store: Store) -> None:
    payloads = PayloadStore(store, utc_now)

    await payloads.keep({"p:1": "ask:长"})
    await payloads.keep({"p:1": "ask:别的", "p:2": "ask:短"})

    assert [await payloads.find(short) for short in ("p:1", "p:2", "p:3")] == ["ask:长", "ask:短", None]


async def test_offset_rises_only_after_the_update_is_stored(
    server: BotApiServer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [RuntimeError("disk full"), RuntimeError("disk full")]
    add = inbox.inbound.add

    async def failing_add(updates: Any) -> int:
        if failures:
            raise failures.pop()
        return await add(updates)

    monkeypatch.setattr(inbox.inbound, "add", failing_add)
    server.control.user_message(CHAT, "还在吗")

    async with polling(inbox):
        await inbox.settled(1)

    assert server.control.texts(CHAT) == ["答 还在吗"]


async def test_update_stored_before_a_crash_is_answered_after_it(server: BotApiServer, inbox: Inbox) -> None:
    await inbox.inbound.add([update(1, "存了没答")])

    async with running(inbox.processor().run()):
        await inbox.settled(1)

    assert server.control.texts(CHAT) == ["答 存了没答"]


async def test_update_cut_off_in_the_middle_is_begun_again(server: BotApiServer, inbox: Inbox) -> None:
    begun = asyncio.Event()

    async def hang(_incoming: Incoming) -> None:
        begun.set()
        await asyncio.sleep(60)

    await inbox.inbound.add([update(1)])
    inbox.conversation.before = hang
    async with running(inbox.processor().run()):
        await begun.wait()
    assert await inbox.states() == ["received"]

    inbox.conversation = type(inbox.conversation)()
    async with running(inbox.processor().run()):
        await inbox.settled(1)

    assert server.control.texts(CHAT) == ["答 你好"]
    assert [row.attempts for row in await inbox.rows()] == [2]


async def test_update_that_kills_the_process_is_not_tried_for_ever(server: BotApiServer, inbox: Inbox) -> None:
    await inbox.inbound.add([update(1)])
    (stored,) = await inbox.inbound.waiting(known=set(), limit=1)
    for _ in range(3):
        await inbox.inbound.begin(stored.seq)

    async with running(inbox.processor(max_attempts=3).run()):
        assert await inbox.settled(1) == ["failed"]

    assert inbox.conversation.got == []


async def test_one_chat_is_served_in_order_and_others_do_not_wait(server: BotApiServer, inbox: Inbox) -> None:
    hold = asyncio.Event()

    async def hold_one_chat(incoming: Incoming) -> None:
        if incoming.text == "慢":
            await hold.wait()

    inbox.conversation.before = hold_one_chat
    await inbox.inbound.add([update(1, "慢", 1), update(2, "后", 1), update(3, "快", 2)])

    async with running(inbox.processor().run()):
        async with asyncio.timeout(5):
            while not server.control.texts(2):
                await asyncio.sleep(0.01)
        assert server.control.texts(1) == []
        hold.set()
        await inbox.settled(3)

    assert server.control.texts(1) == ["答 慢", "答 后"]


async def test_failing_turn_is_tried_again_and_then_given_up(
    server: BotApiServer, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    async def fail(incoming: Incoming) -> None:
        tries.append(incoming.text or "")
        if incoming.text == "坏" or len(tries) < 2:
            raise RuntimeError("broken")

    inbox.conversation.before = fail
    await inbox.inbound.add([update(1, "再来", 1), update(2, "坏", 1), update(3, "好", 1)])

    async with running(inbox.processor(max_attempts=3).run()):
        states = await inbox.settled(3)

    assert states == ["done", "failed", "done"]
    assert tries == ["再来", "再来", "坏", "坏", "坏", "好"]
    assert server.control.texts(1) == ["答 再来", "答 好"]
    assert "update failed" in caplog.text


async def test_answer_waits_out_telegrams_faults_without_a_second_turn(server: BotApiServer, inbox: Inbox) -> None:
    server.control.fault("500", methods=["sendMessage"])
    server.control.fault("429", methods=["sendMessage"], retry_after_s=0)
    await inbox.inbound.add([update(1)])

    async with running(inbox.processor().run()):
        assert await inbox.settled(1) == ["done"]

    assert server.control.texts(CHAT) == ["答 你好"]
    assert len(inbox.conversation.got) == 1


async def test_answer_that_telegram_never_takes_counts_as_failed(server: BotApiServer, inbox: Inbox) -> None:
    server.control.fault("500", methods=["sendMessage"], count=99)
    await inbox.inbound.add([update(1)])

    async with running(inbox.processor().run()):
        assert await inbox.settled(1) == ["failed"]

    assert len(inbox.conversation.got) == 1


async def test_unreadable_update_fails_and_others_go_on(server: BotApiServer, inbox: Inbox) -> None:
    odd: dict[str, Any] = {"update_id": 1, "message": {"chat": {"id": CHAT}}}
    await inbox.inbound.add([odd, {"update_id": 2, "something_new": {}}, update(3)])

    async with running(inbox.processor().run()):
        assert await inbox.settled(3) == ["failed", "done", "done"]

    assert server.control.texts(CHAT) == ["答 你好"]


async def test_pressed_button_is_answered_shown_and_its_long_payload_found(server: BotApiServer, inbox: Inbox) -> None:
    payload = "ask:" + "进口货物几天内要申报？" * 5
    inbox.conversation.buttons = [{"title": "申报", "payload": payload}, {"title": "别的", "payload": "e:x"}]
    async with polling(inbox):
        server.control.user_message(CHAT, "问")
        await inbox.settled(1)
        (sent,) = server.control.sent(chat_id=CHAT, method="sendMessage")
        server.control.press(CHAT, sent.message_id, "申报")
        await inbox.settled(2)

    (shown,) = server.control.sent(method="editMessageReplyMarkup")
    assert inbox.conversation.got[-1].payload == payload
    assert inbox.conversation.got[-1].kind == "button"
    assert server.control.counts()["callback_answers"] == 1
    assert shown.reply_markup is not None
    assert [[b["text"] for b in row] for row in shown.reply_markup["inline_keyboard"]] == [["✓ 申报", "别的"]]
    assert shown.text == "答 问"


async def test_second_choice_moves_the_mark(server: BotApiServer, inbox: Inbox) -> None:
    inbox.conversation.buttons = [{"title": "甲", "payload": "e:a"}, {"title": "乙", "payload": "e:b"}]
    async with polling(inbox):
        server.control.user_message(CHAT, "问")
        await inbox.settled(1)
        (sent,) = server.control.sent(chat_id=CHAT, method="sendMessage")
        server.control.press(CHAT, sent.message_id, "甲")
        await inbox.settled(2)
        server.control.press(CHAT, sent.message_id, "乙")
        await inbox.settled(3)

    last = server.control.sent(method="editMessageReplyMarkup")[-1]
    assert last.reply_markup is not None
    assert [b["text"] for b in last.reply_markup["inline_keyboard"][0]] == ["甲", "✓ 乙"]


async def test_sticker_photo_voice_and_edit_reach_the_conversation(server: BotApiServer, inbox: Inbox) -> None:
    async with polling(inbox):
        server.control.user_sticker(CHAT)
        server.control.user_photo(CHAT)
        server.control.user_voice(CHAT)
        server.control.user_message(CHAT, "打错")
        server.control.user_edit(CHAT, server.state.last_message_id, "改好")
        await inbox.settled(5)

    assert [incoming.kind for incoming in inbox.conversation.got][:3] == ["unsupported"] * 3
    assert inbox.conversation.got[-1].text == "改好"
    assert inbox.conversation.got[-1].kind == "edit"


async def test_group_is_answered_only_when_asked_and_under_the_question(server: BotApiServer, inbox: Inbox) -> None:
    async with polling(inbox):
        server.control.user_message(-9, "大家好")
        server.control.user_message(-9, "@kouan_test_bot 几天内申报？")
        await inbox.settled(2)
        question = server.state.last_message_id - 1
        server.control.user_message(-9, "那出口呢", reply_to_message_id=server.state.last_message_id)
        await inbox.settled(3)

    first, _second = server.control.sent(chat_id=-9, method="sendMessage")
    assert server.control.texts(-9) == ["答 几天内申报？", "答 那出口呢"]
    assert first.params["reply_parameters"]["message_id"] == question
    assert not any(incoming.private for incoming in inbox.conversation.got)


async def test_blocking_and_coming_back_are_noted(server: BotApiServer, inbox: Inbox) -> None:
    async with polling(inbox):
        server.control.block(CHAT)
        server.control.unblock(CHAT)
        await inbox.settled(2)

    assert [(address, state) for _, address, state, _ in inbox.addresses.changes] == [
        ("77", "blocked"),
        ("77", "active"),
    ]
    assert inbox.conversation.got == []


async def test_person_who_blocked_before_the_answer_is_noted(server: BotApiServer, inbox: Inbox) -> None:
    await inbox.inbound.add([update(1)])
    server.control.add_chat(CHAT, blocked=True)

    async with running(inbox.processor().run()):
        assert await inbox.settled(1) == ["done"]

    assert inbox.addresses.changes == [("telegram", "77", "blocked", "blocked")]


@pytest.mark.parametrize(("turn_s", "actions"), [(0.0, 0), (0.3, 1)])
async def test_typing_shows_only_while_a_person_waits(
    server: BotApiServer, inbox: Inbox, turn_s: float, actions: int
) -> None:
    async def take_time(_incoming: Incoming) -> None:
        await asyncio.sleep(turn_s)

    inbox.conversation.before = take_time
    await inbox.inbound.add([update(1)])

    async with running(inbox.processor(typing_after_s=0.1).run()):
        await inbox.settled(1)

    assert len(server.control.sent(method="sendChatAction")) == actions


@pytest.mark.parametrize("kind", ["500", "502", "cut", "garbage", "429"])
async def test_polling_survives_the_network(server: BotApiServer, inbox: Inbox, kind: str) -> None:
    server.control.call("fault", {"kind": kind, "count": 3, "methods": ["getUpdates"], "retry_after_s": 0})

    async with polling(inbox) as poller:
        server.control.user_message(CHAT, "还在吗")
        await inbox.settled(1)
        assert poller.problem is None

    assert server.control.texts(CHAT) == ["答 还在吗"]


async def test_another_poller_is_reported(
    server: BotApiServer, inbox: Inbox, open_channel: Callable[..., TelegramChannel], caplog: pytest.LogCaptureFixture
) -> None:
    async with polling(inbox) as poller:
        await asyncio.sleep(0.2)
        await open_channel().updates(offset=None, timeout_s=0, allowed=["message"])
        async with asyncio.timeout(5):
            while "Another process polls" not in caplog.text:
                await asyncio.sleep(0.01)
        server.control.user_message(CHAT, "后来")
        await inbox.settled(1)
        assert poller.problem is None

    assert server.options.token not in caplog.text


async def test_polling_takes_an_old_webhook_away(server: BotApiServer, inbox: Inbox) -> None:
    await inbox.channel.set_webhook("http://127.0.0.1:9/hook", "secret", allowed=["message"])

    async with polling(inbox):
        server.control.user_message(CHAT, "在")
        await inbox.settled(1)

    assert server.control.texts(CHAT) == ["答 在"]
