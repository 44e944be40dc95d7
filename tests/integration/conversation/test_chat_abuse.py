"""What a page may not do, and what it gets for it."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from bot.conversation.chat_connection import CLOSE_NO_HELLO, CLOSE_REPLACED, CLOSE_TOO_MANY_FRAMES, ChatLimits
from tests.chat_server import ChatServer, Page


@pytest.fixture
def limits() -> ChatLimits:
    return ChatLimits(hello_s=0.3, frame_max_bytes=4096)


async def test_page_of_another_origin_is_refused(chat: ChatServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{chat.host}/v1/chat", origin="https://evil.example")  # type: ignore[arg-type]

    assert refused.value.response.status_code == 403


async def test_conversation_id_that_is_not_ours_gets_an_error_and_a_new_one(chat: ChatServer) -> None:
    async with connect(f"ws://{chat.host}/v1/chat") as socket:
        page = Page(socket)
        await page.send({"type": "hello", "conversation_id": "my-phone-1"})
        error, welcome = await page.receive(), await page.receive()

    assert error["code"] == "unknown-conversation"
    assert welcome["conversation_id"] != "my-phone-1"
    assert chat.sessions.is_ours(welcome["conversation_id"])


async def test_page_that_says_nothing_is_closed(chat: ChatServer) -> None:
    async with connect(f"ws://{chat.host}/v1/chat") as socket:
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_NO_HELLO


async def test_first_frame_must_be_a_hello(chat: ChatServer) -> None:
    async with connect(f"ws://{chat.host}/v1/chat") as socket:
        page = Page(socket)
        await page.say("duty")

        assert (await page.receive())["code"] == "hello-first"
    assert chat.dialogue.asked == []


@pytest.mark.parametrize(
    ("frame", "where"),
    [
        ("not json", {"frame"}),
        ("[]", {"frame"}),
        ('{"type": "shout"}', {"frame"}),
        ('{"type": "message", "id": "x", "text": 7, "locale": "fr"}', {"message.id", "message.text", "message.locale"}),
        ('{"type": "message", "id": "message-1"}', {"message"}),
        ('{"type": "message", "id": "message-1", "text": "a", "payload": "e:b"}', {"message"}),
        ('{"type": "ping", "extra": 1}', {"ping.extra"}),
    ],
)
async def test_bad_frame_is_answered_with_every_fault_and_the_connection_stays(
    chat: ChatServer, frame: str, where: set[str]
) -> None:
    async with chat.page() as page:
        await page.socket.send(frame)
        error = await page.receive()
        await page.send({"type": "ping"})
        pong = await page.receive()

    assert error["code"] == "invalid-frame"
    assert {fault["where"] for fault in error["faults"]} == where
    assert pong == {"type": "pong"}


async def test_binary_and_oversized_frames_are_refused_and_the_connection_stays(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.socket.send(b"\x00\x01")
        binary = await page.receive()
        await page.say("长" * 5000)
        oversized = await page.receive()
        await page.send({"type": "ping"})

        assert (await page.receive()) == {"type": "pong"}
    assert binary["code"] == "not-text"
    assert (oversized["code"], oversized["limit_bytes"]) == ("frame-too-large", 4096)
    assert chat.dialogue.asked == []


@pytest.mark.parametrize(
    ("locale", "beginning"),
    [("zh-Hans", "您发得太快了"), ("zh-Hant", "您發得太快了"), ("en", "You are writing too fast")],
)
async def test_eleventh_message_in_ten_seconds_is_refused_in_the_persons_language(
    chat: ChatServer, locale: str, beginning: str
) -> None:
    async with chat.page(locale=locale) as page:
        for number in range(11):
            await page.say("duty", f"message-{number}")
        error = await page.next("error")

    assert error["code"] == "too-many-messages"
    assert error["reply_to"] == "message-10"
    assert 1 <= error["retry_after_s"] <= 10
    assert error["text"].startswith(beginning)
    assert "message-10" not in {asked.message for asked in chat.dialogue.asked}


async def test_flood_of_frames_closes_the_connection(chat: ChatServer) -> None:
    async with chat.page() as page:
        for _ in range(60):
            await page.send({"type": "ping"})
        with pytest.raises(ConnectionClosedError) as closed:
            await page.next("reply")  # pongs come first, then the end

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_TOO_MANY_FRAMES


async def test_sixth_page_of_a_conversation_closes_the_oldest(chat: ChatServer) -> None:
    async with chat.page() as oldest:
        others = [chat.page(oldest.conversation_id) for _ in range(5)]
        opened = [await other.__aenter__() for other in others]
        with pytest.raises(ConnectionClosedError) as closed:
            await asyncio.wait_for(oldest.socket.recv(), 5)
        await opened[0].send({"type": "ping"})
        pong = await opened[0].receive()
        for other in others:
            await other.__aexit__(None, None, None)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_REPLACED
    assert pong == {"type": "pong"}


async def test_second_hello_is_refused_and_the_connection_stays(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.send({"type": "hello", "conversation_id": chat.sessions.issue()})

        assert (await page.receive())["code"] == "hello-twice"
