from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from bot.channels.model import LANGUAGES, Language
from bot.notices.markup import plain
from bot.notices.model import NoticeContent, NoticeText
from bot.notices.texts import NoticeTexts, load_notice_texts
from knowledge.model import Localized, Topic

TOPIC = "traveller_pets"


@pytest.fixture
def texts() -> NoticeTexts:
    return load_notice_texts({TOPIC: Topic(TOPIC, Localized("携带宠物", None, "Travelling with pets"))})


def content(title: str = "宠物", url: str | None = None) -> NoticeContent:
    return NoticeContent(TOPIC, "zh-Hans", {"zh-Hans": NoticeText(title, "须植入**芯片**。")}, url)


@pytest.mark.parametrize(
    ("language", "why", "unsubscribe"),
    [
        ("zh-Hans", "您收到这条通知，是因为您订阅了“携带宠物”。", "退订此主题"),
        ("zh-Hant", "您收到這則通知，是因為您訂閱了「攜帶寵物」。", "退訂此主題"),
        ("en", "You receive this because you follow “Travelling with pets”.", "Unsubscribe"),
    ],
)
def test_readers_are_told_why_and_how_to_stop(
    texts: NoticeTexts, language: Language, why: str, unsubscribe: str
) -> None:
    message = texts.message(content(), language)

    assert message.text.endswith(why)
    assert [(button.title, button.payload) for button in message.buttons] == [
        (unsubscribe, "t:unsubscribe_topic:traveller_pets")
    ]


def test_title_is_bold_and_the_source_is_a_link(texts: NoticeTexts) -> None:
    message = texts.message(content(url="https://www.customs.gov.cn/a_(b)"), "en")

    assert message.text.split("\n\n")[0] == "**宠物**"
    assert '<a href="https://www.customs.gov.cn/a_(b)">www.customs.gov.cn</a>' in MarkdownIt().render(message.text)
    assert message.kind == "push"


def test_a_title_is_never_markup(texts: NoticeTexts) -> None:
    title = "2*3*4 _a_ [b](https://evil.example) <b>c</b> `d` \\ & 1. #"

    html = MarkdownIt("commonmark", {"html": True}).render(texts.message(content(title), "zh-Hans").text)

    assert "<em>" not in html
    assert "<a " not in html
    assert "<b>" not in html
    assert "<code>" not in html
    assert "2*3*4 _a_ [b](https://evil.example) &lt;b&gt;c&lt;/b&gt; `d` \\ &amp; 1. #" in html


def test_plain_leaves_chinese_as_it_is() -> None:
    assert plain("宠物（犬、猫）入境：须知") == "宠物（犬、猫）入境：须知"


def test_every_language_has_its_message(texts: NoticeTexts) -> None:
    assert tuple(texts.messages(content())) == LANGUAGES
