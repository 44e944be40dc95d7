"""Replies as Telegram messages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from telegram.constants import InlineKeyboardButtonLimit, MessageEntityType, MessageLimit

from bot.channels.model import Button, Citation, Language, Reply
from bot.channels.telegram.formatted import Formatted, utf16_length
from bot.channels.telegram.markdown import to_formatted
from bot.channels.telegram.render import Rendered, render, short_id
from tests.botapi import markup

LAW = Citation(
    title="中华人民共和国海关法",
    number="主席令第81号",
    publisher="全国人民代表大会常务委员会",
    url="https://www.customs.gov.cn/law",
    effective_from=date(2021, 4, 29),
    verified_on=date(2026, 11, 22),
)


def spans(formatted: Formatted) -> set[tuple[str, str, str | None]]:
    return {(span.kind.value, formatted.text[span.start : span.end], span.url) for span in formatted.spans}


def test_bold_italic_code_and_links_become_entities() -> None:
    shown = to_formatted("**粗** *斜* `码` [链](https://a.cn/x?a=1&b=2)")

    assert shown.text == "粗 斜 码 链"
    assert spans(shown) == {
        ("bold", "粗", None),
        ("italic", "斜", None),
        ("code", "码", None),
        ("text_link", "链", "https://a.cn/x?a=1&b=2"),
    }


def test_lists_get_marks_and_depth() -> None:
    shown = to_formatted("先：\n\n- 一\n  - 二\n- 三\n\n3. 甲\n4. 乙\n\n末")

    assert shown.text == "先：\n\n• 一\n  ◦ 二\n• 三\n\n3. 甲\n4. 乙\n\n末"


def test_loose_list_items_stand_on_their_marks_line() -> None:
    assert to_formatted("- a\n\n  b\n\n- c").text == "• a\nb\n• c"


@pytest.mark.parametrize(
    "source", ["<b>x</b> <script>alert(1)</script>", "1 < 2 & 3 > 2", "a_b_c 2*3*4 &amp;lt;", "_ * ` [ ] ( )"]
)
def test_what_is_no_markdown_stays_visible(source: str) -> None:
    shown = to_formatted(source)

    assert shown.text == source.replace("&amp;", "&").replace("2*3*4", "234")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://localhost/x", "mailto:a@b.cn", "//x", "http://a b.cn"])
def test_address_that_telegram_refuses_is_no_link(url: str) -> None:
    shown = to_formatted(f"[文字]({url})")

    assert "文字" in shown.text
    assert "text_link" not in {span.kind.value for span in shown.spans}


def test_code_never_lies_within_other_formatting() -> None:
    entities = to_formatted("**a `b` c** [d `e`](https://x.cn)").entities()

    assert [(e.type, e.offset, e.length) for e in entities] == [
        ("bold", 0, 2),
        ("code", 2, 1),
        ("bold", 3, 2),
        ("text_link", 6, 3),
    ]


def test_offsets_count_utf16_units() -> None:
    (entity,) = to_formatted("🛃🛃 **粗🛃**").entities()

    assert (entity.offset, entity.length) == (5, 3)


def test_title_named_in_the_text_becomes_the_link_and_nothing_is_repeated() -> None:
    text = "答案。\n\n来源：中华人民共和国海关法；自2021-04-29起施行；2026-11-22核对"

    (part,) = render(Reply(text=text, citations=[LAW]), "zh-Hans").parts

    assert part.text == text
    assert spans(part) == {("text_link", LAW.title, LAW.url)}


def test_further_source_gets_a_line_without_what_was_said() -> None:
    more = LAW.model_copy(update={"title": "海关总署公告", "number": None, "effective_from": None, "url": None})
    text = f"答案。\n\n来源：{LAW.title}等2份；自2021-04-29起施行；2026-11-22核对"

    (part,) = render(Reply(text=text, citations=[LAW, more]), "zh-Hans").parts

    assert part.text == f"{text}\n\n• 海关总署公告 · 全国人民代表大会常务委员会"


@pytest.mark.parametrize(
    ("language", "since", "checked"),
    [("zh-Hans", "自2021-04-29起施行", "2026-11-22核对"), ("en", "in force from 2021-04-29", "checked 2026-11-22")],
)
def test_source_that_the_text_does_not_name_is_given_in_full(language: Language, since: str, checked: str) -> None:
    (part,) = render(Reply(text="答案。", citations=[LAW]), language).parts

    assert part.text == f"答案。\n\n• {LAW.title} · {LAW.number} · {LAW.publisher} · {since} · {checked}"
    assert spans(part) == {("text_link", LAW.title, LAW.url)}


def rows(rendered: Rendered) -> list[list[str]]:
    assert rendered.keyboard is not None
    return [[button.text for button in row] for row in rendered.keyboard.inline_keyboard]


def test_short_buttons_stand_in_pairs_and_long_ones_alone() -> None:
    titles = ["是", "否", "滞报金怎么计算和缴纳", "好"]
    buttons = [Button(title=title, payload="e:x") for title in titles]

    assert rows(render(Reply(text="?", buttons=buttons), "zh-Hans")) == [["是", "否"], ["滞报金怎么计算和缴纳"], ["好"]]


def test_payload_over_64_bytes_is_kept_under_a_short_id() -> None:
    payload = "ask:" + "进口货物几天内要申报" * 3

    rendered = render(Reply(text="?", buttons=[Button(title="问", payload=payload)]), "zh-Hans")

    assert rendered.keyboard is not None
    assert rendered.keyboard.inline_keyboard[0][0].callback_data == short_id(payload)
    assert rendered.payloads == {short_id(payload): payload}
    assert len(short_id(payload).encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


def test_url_that_no_button_may_have_is_written_out() -> None:
    button = Button.model_validate({"title": "页面", "url": "http://localhost:8000/x"})

    rendered = render(Reply(text="看", buttons=[button]), "zh-Hans")

    assert rendered.keyboard is None
    assert rendered.parts[0].text == "看\n\n页面: http://localhost:8000/x"


def test_long_text_is_cut_at_sentence_ends() -> None:
    sentence = "这是一句不长也不短的话，用来看文字在哪里被切开。"

    parts = render(Reply(text=sentence * 400), "zh-Hans").parts

    assert len(parts) == 3
    assert all(part.text.endswith("。") for part in parts)
    assert "".join(part.text for part in parts) == sentence * 400


def test_cut_does_not_fall_into_a_link() -> None:
    text = "字" * 4090 + "[这里是链接文字](https://a.cn)" + "字" * 10

    parts = render(Reply(text=text), "zh-Hans").parts

    assert [len(part.text) for part in parts] == [4090, 17]
    assert spans(parts[1]) == {("text_link", "这里是链接文字", "https://a.cn")}


def test_link_longer_than_a_message_stays_a_link_in_each_part() -> None:
    parts = render(Reply(text=f"[{'字' * 5000}](https://a.cn)"), "zh-Hans").parts

    assert [{kind for kind, _, _ in spans(part)} for part in parts] == [{"text_link"}, {"text_link"}]


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301"])
def test_hard_cut_leaves_characters_whole(cluster: str) -> None:
    parts = render(Reply(text="字" * 4095 + cluster + "字"), "zh-Hans").parts

    assert parts[1].text == cluster + "字"


def test_message_of_nothing_visible_still_says_something() -> None:
    (part,) = render(Reply(text="\u200b\u200b", buttons=[Button(title="好", payload="x")]), "zh-Hans").parts

    assert part.text == "…"


MARKDOWN = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [
                "**",
                "*",
                "`",
                "_",
                "[",
                "](https://a.cn/b)",
                "](http://x)",
                "\n",
                "\n\n",
                "- ",
                "  - ",
                "1. ",
                "> ",
                "# ",
                "```",
                "。",
                ". ",
                " ",
                "🛃",
                "👩\u200d👩\u200d👧",
                "\\",
                "&lt;",
                "<b>",
                "---\n",
                "![",
                "口岸",
                "\u202e",
                "\x00",
                "\r",
            ]
        ),
        st.integers(1, 600).map(lambda count: "申报。" * count),
        st.integers(1, 3000).map(lambda count: "🛃" * count),
    ),
    min_size=1,
    max_size=30,
).map("".join)
TITLES = st.text(min_size=1, max_size=120)
BUTTONS = st.lists(
    st.one_of(
        st.builds(Button, title=TITLES, payload=st.text(min_size=1, max_size=300)),
        st.builds(Button, title=TITLES, url=st.sampled_from(["https://a.cn", "http://localhost"])),
    ),
    max_size=8,
)
CITATIONS = st.lists(
    st.builds(
        Citation,
        title=st.one_of(st.text(max_size=60), st.just("申报")),
        number=st.none() | st.text(max_size=20),
        publisher=st.none() | st.text(max_size=20),
        url=st.sampled_from([None, "https://a.cn/1", "ftp://x.cn", "http://[", "https://a"]),
        effective_from=st.none() | st.just(date(2021, 4, 29)),
    ),
    max_size=3,
)


def visible(markdown: str) -> str:
    """The characters of a Markdown text that a reader sees, by markdown-it's own tokens, without white space."""
    seen: list[str] = []
    for token in MarkdownIt("commonmark", {"html": False}).parse(markdown.replace("\0", " ")):
        seen.append(token.content if token.type in {"fence", "code_block"} else "")
        seen.extend(child.content for child in token.children or () if child.type != "softbreak")
    return bare("".join(seen))


def bare(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def is_within(needle: str, haystack: str) -> bool:
    rest = iter(haystack)
    return all(char in rest for char in needle)


@settings(deadline=None, max_examples=60)  # the texts are long
@given(text=MARKDOWN.filter(lambda text: text != ""), buttons=BUTTONS, citations=CITATIONS)
def test_any_reply_keeps_the_limits_and_loses_no_visible_text(
    text: str, buttons: list[Button], citations: list[Citation]
) -> None:
    reply = Reply(text=text, buttons=buttons, citations=citations)

    rendered = render(reply, "zh-Hans")

    for part in rendered.parts:
        entities = [entity.to_dict() for entity in part.entities()]
        assert 0 < utf16_length(part.text) <= MessageLimit.MAX_TEXT_LENGTH
        assert len(entities) <= MessageLimit.MESSAGE_ENTITIES
        markup.check_entities(part.text, entities)
    if rendered.keyboard is not None:
        markup.check_keyboard(rendered.keyboard.to_dict())
    assert is_within(visible(text), bare("".join(part.text for part in rendered.parts)))
    assert rendered == render(reply, "zh-Hans")


def test_every_entity_kind_that_is_used_exists_at_telegram() -> None:
    kinds = {span.kind for span in to_formatted("**b** *i* `c` [l](https://a.cn)\n\n> q\n\n```\np\n```\n").spans}

    assert kinds == {
        MessageEntityType.BOLD,
        MessageEntityType.ITALIC,
        MessageEntityType.CODE,
        MessageEntityType.TEXT_LINK,
        MessageEntityType.BLOCKQUOTE,
        MessageEntityType.PRE,
    }
