"""A message of the page is answered once, and the answer reaches the page whatever happens to the connection."""

from __future__ import annotations

import asyncio

from bot.channels.model import Reply
from bot.people.model import conversation_key
from tests.chat_server import ChatServer


async def test_new_page_gets_an_id_of_ours(chat: ChatServer) -> None:
    async with chat.page() as page:
        assert chat.sessions.is_ours(page.conversation_id)
        assert page.welcome["newest"] == 0
        assert page.welcome["message_max_chars"] == 2000


async def test_message_is_answered_with_html_and_reference(chat: ChatServer) -> None:
    chat.dialogue.answers = lambda message: Reply(text="**bold** <script>", topic="taxes_fees")

    async with chat.page() as page:
        await page.say("进口关税怎么算")
        typing = await page.receive()
        reply = await page.receive()

    assert typing == {"type": "typing", "reply_to": "message-1"}
    assert reply["reply_to"] == "message-1"
    assert reply["language"] == "zh-Hans"
    assert reply["by"] == "dialogue"
    assert reply["html"] == "<p><strong>bold</strong> &lt;script&gt;</p>"
    assert reply["reply"]["topic"] == "taxes_fees"


async def test_same_id_is_answered_once_and_sent_again(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.say("关税怎么算")
        first = await page.next("reply")
        await page.say("关税怎么算")
        again = await page.next("reply")

    assert again == first
    assert len(chat.dialogue.asked) == 1


async def test_same_id_in_another_conversation_is_another_message(chat: ChatServer) -> None:
    async with chat.page() as one, chat.page() as other:
        await one.say("关税怎么算")
        await one.next("reply")
        await other.say("关税怎么算")
        await other.next("reply")

    assert len(chat.dialogue.asked) == 2


async def test_answer_given_while_the_page_was_away_comes_at_its_next_hello(chat: ChatServer) -> None:
    chat.dialogue._latency_s = 0.3
    async with chat.page() as page:
        await page.say("关税怎么算")
        await page.next("typing")
        page.socket.transport.abort()

    async with chat.page(page.conversation_id, after=0) as back:
        reply = await back.next("reply")

    assert reply["reply_to"] == "message-1"
    assert len(chat.dialogue.asked) == 1


async def test_message_sent_again_while_it_is_being_answered_is_not_answered_twice(chat: ChatServer) -> None:
    chat.dialogue._latency_s = 0.3
    async with chat.page() as page:
        await page.say("关税怎么算")
        await page.next("typing")
        page.socket.transport.abort()

    async with chat.page(page.conversation_id, after=0) as back:
        await back.say("关税怎么算")
        reply = await back.next("reply")
        await asyncio.sleep(0.6)  # a second turn would begin only after the first one's end

    assert reply["reply_to"] == "message-1"
    assert len(chat.dialogue.asked) == 1


async def test_reply_is_kept_before_it_is_sent(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.say("关税怎么算")
        reply = await page.next("reply")
        kept = await chat.inbox.after(conversation_key("web", page.conversation_id), 0, 10)

    assert [row.seq for row in kept] == [reply["seq"]]


async def test_every_page_of_a_conversation_gets_the_reply(chat: ChatServer) -> None:
    async with chat.page() as phone, chat.page(phone.conversation_id) as desk:
        await phone.say("关税怎么算")

        assert (await desk.next("reply")) == (await phone.next("reply"))


async def test_page_without_history_gets_the_last_fifty(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.say("关税怎么算")
        await page.next("reply")
    await asyncio.gather(
        *(
            chat.push.send(
                conversation_key("web", page.conversation_id),
                Reply(text=f"n{number}", kind="push"),
                language="en",
                ref=f"d{number}",
            )
            for number in range(60)
        )
    )

    async with chat.page(page.conversation_id) as again:
        frames = [await again.receive() for _ in range(50)]

    assert [frame["type"] for frame in frames] == ["push"] * 50
    assert frames[-1]["seq"] == again.welcome["newest"]
    assert frames[0]["seq"] == again.welcome["after"] + 1


async def test_number_that_was_never_given_out_is_taken_as_none(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.say("关税怎么算")
        await page.next("reply")

    async with chat.page(page.conversation_id, after=10_000) as again:
        assert again.welcome["after"] == 0
        assert (await again.receive())["type"] == "reply"


async def test_unforeseen_error_is_told_in_the_persons_language_and_the_next_try_is_answered(chat: ChatServer) -> None:
    def broken(message: str) -> Reply:
        raise LookupError("a secret detail")

    chat.dialogue.answers, working = broken, chat.dialogue.answers
    async with chat.page() as page:
        await page.say("duty?", locale="en")
        error = await page.next("error")
        chat.dialogue.answers = working
        await page.say("duty?", locale="en")
        reply = await page.next("reply")

    assert error["code"] == "not-answered"
    assert error["reply_to"] == "message-1"
    assert error["text"].startswith("Something went wrong")
    assert "secret" not in str(error)
    assert reply["reply"]["text"] == "from the dialogue"


async def test_language_chosen_on_the_page_is_kept_and_given_up(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.say("关税怎么算")
        await page.next("reply")
        await page.send({"type": "language", "locale": "en"})
        await page.say("关税怎么算", "message-2")
        chosen = await page.next("reply")
        await page.send({"type": "language", "locale": None})
        await page.say("关税怎么算", "message-3")
        guessed = await page.next("reply")

    assert chosen["language"] == "en"
    assert guessed["language"] == "zh-Hans"
