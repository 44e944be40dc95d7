"""Files in the web chat: over the socket, and in a real browser at the size of a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser import find_chromium, open_browser
from tests.chat_server import ChatServer, Page
from tests.files import PDF, picture
from tests.integration.conversation.test_chat_page import ask, is_connected, opened


async def uploaded(chat: ChatServer, page: Page, content: bytes = PDF, name: str = "报关单.pdf") -> str:
    headers = {"Authorization": f"Bearer {page.conversation_id}"}
    async with httpx.AsyncClient(base_url=f"http://{chat.host}") as client:
        sent = await client.post("/v1/files", files={"file": (name, content)}, headers=headers)
    return str(sent.json()["id"])


async def test_file_alone_gets_a_way_on_and_can_be_deleted_again(chat: ChatServer) -> None:
    async with chat.page(locale="en") as page:
        file_id = await uploaded(chat, page)
        await page.send({"type": "message", "id": "message-1", "files": [file_id], "locale": "en"})
        reply = (await page.next("reply"))["reply"]
        delete = next(button for button in reply["buttons"] if button["payload"].startswith("file:del:"))
        for number in (2, 3):
            press = {"type": "message", "id": f"message-{number}", "payload": delete["payload"], "locale": "en"}
            await page.send(press)
        answers = [(await page.next("reply"))["reply"]["text"] for _ in range(2)]

    assert "报关单.pdf" in reply["text"]
    assert sorted(answers) == [
        "Deleted.",
        "Nothing to delete: it is gone already, or was handed in with a case of yours.",
    ]
    assert chat.dialogue.asked == []


async def test_file_of_somebody_else_is_not_there(chat: ChatServer) -> None:
    async with chat.page() as one, chat.page() as other:
        file_id = await uploaded(chat, one)
        await other.send({"type": "message", "id": "message-1", "files": [file_id], "locale": "en"})
        reply = (await other.next("reply"))["reply"]

    assert "not there any more" in reply["text"]


async def test_words_with_a_file_are_answered_as_words(chat: ChatServer) -> None:
    async with chat.page() as page:
        file_id = await uploaded(chat, page)
        await page.send({"type": "message", "id": "message-1", "text": "进口要几天申报", "files": [file_id]})
        await page.next("reply")

    assert len(chat.dialogue.asked) == 1


async def test_button_carries_no_files(chat: ChatServer) -> None:
    async with chat.page() as page:
        await page.send({"type": "message", "id": "message-1", "payload": "t:help", "files": ["0" * 32]})
        assert (await page.next("error"))["code"] == "invalid-frame"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium: install chromium, or name one in KOUAN_CHROMIUM")
    async with open_browser(executable) as browser:
        yield browser


@pytest.mark.e2e
async def test_photo_is_chosen_shown_sent_and_stays_in_the_talk(browser: Browser, chat: ChatServer) -> None:
    async with opened(browser, chat) as page:
        await page.set_input_files("#file", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": picture()})
        await expect(page.locator("#pending .name")).to_have_text("现场.jpg")
        await expect(page.locator("#send")).to_be_enabled()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.locator("#send").tap()
        await expect(page.locator(".card")).to_contain_text("现场.jpg")
        await expect(page.locator("#pending")).to_be_hidden()
        await page.reload()

        await expect(page.locator(".own .file")).to_have_text("📎 现场.jpg")
        await expect(page.locator(".card")).to_have_count(1)


@pytest.mark.e2e
async def test_dropped_file_is_taken_away_again_and_words_go_alone(browser: Browser, chat: ChatServer) -> None:
    async with opened(browser, chat) as page:
        transfer = await page.evaluate_handle(
            "() => { const t = new DataTransfer(); t.items.add(new File(['hello'], 'a.txt')); return t; }"
        )
        await page.dispatch_event("#composer", "drop", {"dataTransfer": transfer})
        await expect(page.locator("#pending li")).to_have_count(1)
        await expect(page.locator("#send")).to_be_enabled()
        await page.locator("#pending button").tap()
        await expect(page.locator("#pending")).to_be_hidden()
        await expect(page.locator("#send")).to_be_disabled()
        await ask(page, "几天内申报")

        await expect(page.locator(".card")).to_have_count(1)


@pytest.mark.e2e
async def test_refused_file_says_why_beside_it(browser: Browser, chat: ChatServer) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True)
    await page.goto(f"http://{chat.host}/")
    await is_connected(page)
    await page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg/>"})
    await expect(page.locator("#pending .refused .about")).to_contain_text("SVG")
    await expect(page.locator("#send")).to_be_disabled()
    await page.fill("#input", "How many days?")

    await expect(page.locator("#send")).to_be_enabled()
    await page.close()
