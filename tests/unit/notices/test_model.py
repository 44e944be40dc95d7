from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.model import LANGUAGES
from bot.notices.markup import URL_MAX_CHARS, is_link
from bot.notices.model import (
    BODY_MAX_CHARS,
    MEANING,
    TITLE_MAX_CHARS,
    TRANSITIONS,
    NoticeContent,
    NoticeState,
    NoticeText,
    Origin,
    checked_content,
    schedule_fault,
    versions_of,
)

TOPICS = {"traveller_pets"}
HANS = NoticeText("宠物入境", "须植入芯片。")
ENGLISH = NoticeText("Pets", "A chip is needed.")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_every_state_has_its_transitions_and_its_meaning() -> None:
    assert set(TRANSITIONS) == set(NoticeState)
    assert set(MEANING) == set(NoticeState)


def test_nothing_reaches_readers_without_an_approval() -> None:
    unapproved = {NoticeState.DRAFT, NoticeState.SUBMITTED}
    reaching = {state for state, targets in TRANSITIONS.items() if NoticeState.SENDING in targets}

    assert reaching == {NoticeState.APPROVED, NoticeState.SCHEDULED}
    assert not reaching & unapproved
    assert TRANSITIONS[NoticeState.RECALLED] == {NoticeState.WITHDRAWN}
    assert TRANSITIONS[NoticeState.WITHDRAWN] == frozenset()


def test_traditional_is_made_from_simplified_and_english_falls_back() -> None:
    versions = versions_of(NoticeContent("traveller_pets", "zh-Hans", {"zh-Hans": HANS}))

    assert tuple(versions) == LANGUAGES
    assert versions["zh-Hant"].text == NoticeText("寵物入境", "須植入芯片。")
    assert versions["zh-Hant"].origin is Origin.CONVERTED
    assert versions["en"].text == HANS
    assert (versions["en"].origin, versions["en"].text_language) == (Origin.FALLBACK, "zh-Hans")


def test_written_traditional_is_kept() -> None:
    written = NoticeText("手寫", "手寫內容")

    versions = versions_of(NoticeContent("traveller_pets", "zh-Hans", {"zh-Hans": HANS, "zh-Hant": written}))

    assert versions["zh-Hant"].text == written
    assert versions["zh-Hant"].origin is Origin.WRITTEN


def test_both_chinese_versions_fall_back_to_an_english_base() -> None:
    versions = versions_of(NoticeContent("traveller_pets", "en", {"en": ENGLISH}))

    assert versions["zh-Hans"].text == ENGLISH
    assert versions["zh-Hant"].origin is Origin.FALLBACK
    assert versions["zh-Hant"].text_language == "en"


def test_content_is_trimmed_and_blank_languages_are_left_out() -> None:
    texts = {"zh-Hans": NoticeText(" 宠物 ", "一\r\n二\n"), "en": NoticeText(" ", "\n")}

    content, faults = checked_content("traveller_pets", "zh-Hans", texts, " ", TOPICS)

    assert faults == []
    assert content == NoticeContent("traveller_pets", "zh-Hans", {"zh-Hans": NoticeText("宠物", "一\n二")}, None)


def test_all_faults_are_named_at_once() -> None:
    texts = {
        "zh-Hans": NoticeText("字" * (TITLE_MAX_CHARS + 1), "字" * (BODY_MAX_CHARS + 1)),
        "zh-Hant": NoticeText("", "有正文"),
        "fr": ENGLISH,
    }

    content, faults = checked_content("nonsense", "en", texts, "ftp://example.org", TOPICS)

    assert content is None
    assert {(fault.where, fault.code) for fault in faults} == {
        ("topic", "unknown"),
        ("texts.zh-Hans.title", "too-long"),
        ("texts.zh-Hans.body", "too-long"),
        ("texts.zh-Hant.title", "required"),
        ("texts.fr", "unknown"),
        ("texts.en.title", "required"),
        ("texts.en.body", "required"),
        ("source_url", "format"),
    }


def test_texts_of_just_the_allowed_length_are_taken() -> None:
    texts = {"en": NoticeText("a" * TITLE_MAX_CHARS, "b" * BODY_MAX_CHARS)}

    assert checked_content("traveller_pets", "en", texts, None, TOPICS)[1] == []


@pytest.mark.parametrize(
    ("title", "body"), [("a\x00b", "body"), ("two\nlines", "body"), ("title", "bell\x07"), ("title", "half \ud83d")]
)
def test_control_characters_are_refused(title: str, body: str) -> None:
    _, faults = checked_content("traveller_pets", "en", {"en": NoticeText(title, body)}, None, TOPICS)

    assert [fault.code for fault in faults] == ["control"]


@pytest.mark.parametrize(
    "url", ["https://www.customs.gov.cn/a?b=c#d", "http://example.org:8080/(x)", "https://例子.中国/公告"]
)
def test_web_links_are_taken(url: str) -> None:
    assert is_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://",
        "https://localhost/x",
        "https://user:secret@example.org",
        "https://example.org/a b",
        "https://example.org/<script>",
        "https://example.org:99999/",
        "https://[broken",
        "//example.org",
        "https://example.org/" + "a" * URL_MAX_CHARS,
    ],
)
def test_other_links_are_refused(url: str) -> None:
    assert not is_link(url)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW.replace(tzinfo=None), "zone"),
        (NOW, "past"),
        (NOW - timedelta(seconds=1), "past"),
        (NOW + timedelta(days=367), "too-far"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(at: datetime, code: str) -> None:
    fault = schedule_fault(at, NOW)

    assert fault is not None
    assert fault.code == code


def test_a_time_in_the_coming_year_is_taken() -> None:
    assert schedule_fault(NOW + timedelta(days=366), NOW) is None
