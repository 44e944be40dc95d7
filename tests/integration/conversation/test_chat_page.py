"""The page in a real browser, at the size of a phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.channels.model import Button, Citation, Reply
from bot.people.model import conversation_key
from tests.browser import find_chromium, open_browser
from tests.chat_server import ChatServer

pytestmark = pytest.mark.e2e

ANSWER = Reply(
    text="**14天**内申报。\n\n<img src=x onerror='window.hacked = 1'>\n\n来源：海关法；2026年11月22日核对",
    topic="declaration_time_limits",
    buttons=[
        Button(title="滞报金怎么算", payload="e:late-declaration-fee"),
        Button(title="单一窗口", url="https://a.example/"),
    ],
    citations=[
        Citation(
            title="海关法",
            number="第81号",
            publisher="全国人大常委会",
            url="https://b.example/",
            verified_on="2026-11-22",
        )
    ],
)
LONG = Reply(text="\n\n".join(["很长的一段"] * 60), topic="taxes_fees")

CONTRAST = """(selectors) => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const color = parts(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  return selectors.flatMap((selector) => [...document.querySelectorAll(selector)].map((one) => {
    const [a, b] = [luminance(parts(getComputedStyle(one).color)), luminance(ground(one))].sort((x, y) => y - x);
    return [selector, (a + 0.05) / (b + 0.05)];
  }));
}"""
TEXTS = [
    *("h1", "h1 span", ".state", ".language", ".own .bubble", ".card .body p", ".card .body a", ".source summary"),
    *(".source .title", ".source .about", ".button", ".push .head", ".push .body p", ".chip b", ".chip span"),
    *(".greeting h2", ".greeting p"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium: install chromium, or name one in KOUAN_CHROMIUM")
    async with open_browser(executable) as browser:
        yield browser


@asynccontextmanager
async def opened(
    browser: Browser, chat: ChatServer, *, width: int = 390, locale: str = "zh-CN", scheme: str = "light"
) -> AsyncIterator[Page]:
    """The page, connected; no error may have come up by the end."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        locale=locale,
        has_touch=True,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    await page.goto(f"http://{chat.host}/")
    await is_connected(page)
    yield page
    await context.close()
    assert [error for error in errors if "ERR_INTERNET_DISCONNECTED" not in error] == []


async def is_connected(page: Page) -> None:
    await expect(page.locator("#state")).to_have_attribute("data-state", "open")


async def ask(page: Page, text: str) -> None:
    await page.fill("#input", text)
    await page.press("#input", "Enter")


async def pushed(chat: ChatServer, page: Page, text: str, ref: str) -> None:
    conversation_id = await page.evaluate("localStorage.getItem('kouan.conversation')")
    await chat.push.send(
        conversation_key("web", conversation_id), Reply(text=text, kind="push"), language="zh-Hans", ref=ref
    )


@pytest.fixture
def answering(chat: ChatServer) -> ChatServer:
    chat.dialogue.answers = lambda message: ANSWER
    return chat


async def test_topic_chip_asks_and_the_answer_shows_its_source(browser: Browser, answering: ChatServer) -> None:
    async with opened(browser, answering) as page:
        await page.locator(".chip").first.tap()
        card = page.locator(".card")
        await expect(card.locator("strong")).to_have_text("14天")
        await expect(card.locator("summary")).to_have_text("来源：海关法；2026年11月22日核对")
        await card.locator("summary").tap()

        await expect(card.locator(".source a")).to_have_text("海关法（第81号）")
        await expect(card.locator(".source li")).to_contain_text("核对于 2026年11月22日")
        await expect(page.locator(".own .bubble")).to_have_text("进口货物几天内要申报？")
        assert await card.get_attribute("lang") == "zh-Hans"


async def test_markup_of_either_side_is_shown_and_never_run(browser: Browser, answering: ChatServer) -> None:
    script = "<img src=x onerror='window.hacked = 2'>关税"
    async with opened(browser, answering) as page:
        await ask(page, script)
        await expect(page.locator(".card")).to_contain_text("<img src=x onerror=")
        await expect(page.locator(".own .bubble")).to_have_text(script)
        await page.reload()
        await expect(page.locator(".own .bubble")).to_have_text(script)

        assert await page.evaluate("window.hacked") is None
        assert await page.locator(".messages img").count() == 0


async def test_enter_sends_but_not_while_a_word_is_chosen_nor_with_shift(
    browser: Browser, answering: ChatServer
) -> None:
    async with opened(browser, answering) as page:
        await page.fill("#input", "关税")
        await page.evaluate(
            "document.getElementById('input').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
        )
        await page.press("#input", "Shift+Enter")
        await page.type("#input", "怎么算")
        assert await page.locator(".own").count() == 0
        await page.press("#input", "Enter")

        await expect(page.locator(".own .bubble")).to_have_text("关税\n怎么算")
        await expect(page.locator("#input")).to_have_value("")


async def test_message_written_without_a_network_goes_out_when_it_is_back(
    browser: Browser, answering: ChatServer
) -> None:
    async with opened(browser, answering) as page:
        await page.context.set_offline(True)
        await expect(page.locator("#state")).not_to_have_attribute("data-state", "open")
        await ask(page, "关税怎么算")
        await expect(page.locator(".own .status")).to_contain_text("等待连接")
        await expect(page.locator("#notice")).to_contain_text("没有网络")
        await expect(page.locator(".own .status")).to_be_in_viewport()
        await page.context.set_offline(False)

        await expect(page.locator(".card")).to_have_count(1)
        await expect(page.locator(".own .status")).to_be_hidden()
    assert len(answering.dialogue.asked) == 1


async def test_reload_brings_back_questions_answers_and_what_was_chosen(
    browser: Browser, answering: ChatServer
) -> None:
    async with opened(browser, answering) as page:
        await ask(page, "几天内要申报")
        await page.locator(".card button.button").tap()
        await expect(page.locator(".card")).to_have_count(2)
        before = await page.locator(".message").all_inner_texts()
        await page.reload()
        await expect(page.locator(".card")).to_have_count(2)

        assert await page.locator(".message").all_inner_texts() == before
        await expect(page.locator(".card").first.locator(".chosen")).to_contain_text("滞报金怎么算")
        await expect(page.locator("#announcer")).to_be_empty()
    assert len(answering.dialogue.asked) == 2


async def test_message_that_cannot_be_answered_offers_to_send_it_again(browser: Browser, chat: ChatServer) -> None:
    def broken(message: str) -> Reply:
        raise LookupError

    chat.dialogue.answers = broken
    async with opened(browser, chat) as page:
        await ask(page, "关税怎么算")
        await expect(page.locator(".own .status")).to_contain_text("我们这边出了问题")
        chat.dialogue.answers = lambda message: ANSWER
        await page.locator(".own .status button").tap()

        await expect(page.locator(".card")).to_have_count(1)
        await expect(page.locator(".own .status")).to_be_hidden()


async def test_push_is_announced_once_and_neither_scrolls_nor_takes_the_focus(
    browser: Browser, chat: ChatServer
) -> None:
    chat.dialogue.answers = lambda message: LONG
    async with opened(browser, chat) as page:
        await ask(page, "关税怎么算")
        await expect(page.locator(".card")).to_be_visible()
        await page.evaluate("document.getElementById('scroller').scrollTop = 0")
        await page.fill("#input", "我正在写")
        await pushed(chat, page, "您的货物**已放行**", "delivery-1")
        await expect(page.locator(".push")).to_contain_text("您的货物已放行")

        assert await page.evaluate("document.getElementById('scroller').scrollTop") == 0
        assert await page.evaluate("document.activeElement.id") == "input"
        said = await page.locator("#announcer p").all_inner_texts()
        assert [line for line in said if "已放行" in line] == ["通知: 您的货物已放行"]
        await page.locator("#newer").tap()
        await expect(page.locator("#newer")).to_be_hidden()
        await expect(page.locator(".push")).to_be_in_viewport()


async def test_push_sent_while_the_page_was_closed_is_there_when_it_opens(
    browser: Browser, answering: ChatServer
) -> None:
    async with opened(browser, answering) as page:
        await ask(page, "关税怎么算")
        await expect(page.locator(".card")).to_have_count(1)
        context: BrowserContext = page.context
        await page.goto("about:blank")
        other = await context.new_page()
        await other.goto(f"http://{answering.host}/chat/x/texts.js")
        await pushed(answering, other, "已放行", "delivery-1")
        await page.goto(f"http://{answering.host}/")

        await expect(page.locator(".push")).to_contain_text("已放行")
        await expect(page.locator(".divider")).to_have_text("以下是新消息")


async def test_keyboard_walks_the_messages_as_one_stop(browser: Browser, answering: ChatServer) -> None:
    async with opened(browser, answering) as page:
        await ask(page, "几天内要申报")
        await expect(page.locator(".card")).to_have_count(1)

        async def focused() -> str:
            return str(await page.evaluate("document.activeElement.className || document.activeElement.id"))

        stops: list[str] = []
        # Back from the field: its two tools first, then the messages.
        for key in (*["Shift+Tab"] * 3, "ArrowUp", "Home", "End", "Enter", "Tab", "Escape", "Escape"):
            await page.keyboard.press(key)
            stops.append(await focused())

    assert [stop.split(" arrived")[0] for stop in stops] == [
        *("tool camera", "tool"),
        "message card answer by-dialogue",
        "message own",
        "message greeting",
        "message card answer by-dialogue",
        *("", "button"),
        "message card answer by-dialogue",
        "input",
    ]


async def test_language_switch_turns_page_and_answers_and_is_remembered(
    browser: Browser, answering: ChatServer
) -> None:
    async with opened(browser, answering, locale="zh-CN") as page:
        await page.select_option("#language", "en")
        await expect(page.locator(".greeting h2")).to_have_text("Hello, I am Kouan")
        await ask(page, "关税怎么算")
        await expect(page.locator(".card")).to_have_count(1)
        await page.reload()

        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("#state")).to_have_text("Connected")
    assert [asked.language for asked in answering.dialogue.asked] == ["en"]


@pytest.mark.parametrize(
    ("locale", "greeting"), [("zh-HK", "報關"), ("zh-CN", "报关"), ("en-GB", "Declarations"), ("fr-FR", "Declarations")]
)
async def test_page_speaks_the_browsers_language(
    browser: Browser, chat: ChatServer, locale: str, greeting: str
) -> None:
    async with opened(browser, chat, locale=locale) as page:
        await expect(page.locator(".greeting")).to_contain_text(greeting)
        await expect(page.locator(".chip")).to_have_count(6)


async def test_too_long_message_cannot_be_sent_and_is_not_cut(browser: Browser, chat: ChatServer) -> None:
    async with opened(browser, chat) as page:
        await page.fill("#input", "长" * 1900)
        await expect(page.locator("#counter")).to_have_text("1900 / 2000")
        await page.fill("#input", "长" * 2003)
        await expect(page.locator("#counter")).to_have_text("超出3字")
        await page.press("#input", "Enter")

        await expect(page.locator("#send")).to_be_disabled()
        assert len(await page.input_value("#input")) == 2003
    assert chat.dialogue.asked == []


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_sticks_out_and_everything_can_be_touched(
    browser: Browser, answering: ChatServer, width: int
) -> None:
    async with opened(browser, answering, width=width, locale="en-GB") as page:
        await ask(page, "关税" + "x" * 200)
        await expect(page.locator(".card")).to_have_count(1)
        small = await page.evaluate(
            "[...document.querySelectorAll('button, select, summary, a.button')].filter((one) => one.checkVisibility())"
            ".map((one) => one.getBoundingClientRect()).filter((box) => box.height < 44 || box.width < 44).length"
        )

        assert await page.evaluate("document.getElementById('scroller').scrollWidth") <= width
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert small == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_contrast_reaches_aa(browser: Browser, answering: ChatServer, scheme: str) -> None:
    async with opened(browser, answering, scheme=scheme) as page:
        await ask(page, "关税怎么算")
        await page.locator(".card summary").tap()
        await pushed(answering, page, "已放行", "delivery-1")
        await expect(page.locator(".push")).to_have_count(1)
        await asyncio.sleep(0.3)
        ratios = await page.evaluate(CONTRAST, TEXTS)

    assert len({selector for selector, _ in ratios}) >= len(TEXTS) - 1  # the answer has no link in its text
    assert [pair for pair in ratios if pair[1] < 4.5] == []
