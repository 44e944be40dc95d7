"""Placeholders: found, filled in for each language, and reported when something lacks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.model import Language
from bot.notices.placeholders import (
    Finding,
    PlaceholderKind,
    Problem,
    filled,
    fits,
    is_key,
    names_in,
    report,
    value_for,
)

KINDS = {
    "day": PlaceholderKind.DATE,
    "fee": PlaceholderKind.AMOUNT,
    "form": PlaceholderKind.URL,
    "port": PlaceholderKind.PORT,
}
GIVEN = {
    "day": "2026-12-01",
    "fee": "CNY 1200.50",
    "form": "https://example.org/a_(b)",
    "port": "蛇口",
    "port[en]": "Shekou",
}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh-Hans", "2026年12月1日在蛇口缴1,200\\.50元"),
        ("zh-Hant", "2026年12月1日在蛇口缴1,200\\.50元"),
        ("en", "1 December 2026在Shekou缴CNY 1,200\\.50"),
    ],
)
def test_values_stand_in_the_form_of_the_language(language: Language, shown: str) -> None:
    assert filled("((day))在((port))缴((fee))", language, KINDS, GIVEN, markdown=True) == shown


def test_full_width_brackets_are_placeholders_too() -> None:
    assert names_in("（（day）） ((fee)) ((day))") == ["day", "fee"]


def test_a_value_marks_nothing_up() -> None:
    assert filled("((x))", "en", {}, {"x": "**a** [b](c)"}, markdown=True) == "\\*\\*a\\*\\* \\[b\\]\\(c\\)"


def test_traditional_is_made_from_simplified() -> None:
    assert value_for({"port": "盐田口岸"}, "port", "zh-Hant") == "鹽田口岸"


@pytest.mark.parametrize(
    ("kind", "value", "is_right"),
    [
        ("date", "2026-02-30", False),
        ("date", "2026-02-28", True),
        ("amount", "12", False),
        ("amount", "USD 12", True),
        ("url", "javascript:x", False),
        ("url", "https://example.org", True),
        ("text", "", False),
        ("text", "a\nb", False),
        ("port", "蛇口", True),
    ],
)
def test_a_value_is_of_its_kind(kind: str, value: str, is_right: bool) -> None:
    assert fits(PlaceholderKind(kind), value) is is_right


@pytest.mark.parametrize(
    ("key", "is_right"), [("a", True), ("a[en]", True), ("a[fr]", False), ("A", False), ("", False)]
)
def test_keys(key: str, is_right: bool) -> None:
    assert is_key(key) is is_right


def test_the_report_names_missing_wrong_and_surplus() -> None:
    findings = report({"en": "((day)) ((fee))"}, KINDS, {"fee": "much"}, {})

    assert findings == [
        Finding(Problem.SURPLUS, "form"),
        Finding(Problem.SURPLUS, "port"),
        Finding(Problem.MISSING, "day", None, "en"),
        Finding(Problem.WRONG, "fee", None, "en"),
    ]


def test_a_part_of_the_audience_may_bring_what_the_others_have() -> None:
    findings = report({"en": "((port))"}, {}, {}, {0: {"port": "A"}, 1: {"port": "B"}})

    assert findings == []


def test_a_part_without_the_value_is_named() -> None:
    findings = report({"en": "((port))"}, {}, {}, {0: {"port": "A"}, 1: {}})

    assert findings == [Finding(Problem.MISSING, "port", None, "en")]


def test_a_value_in_one_language_alone_is_missing_in_the_other() -> None:
    findings = report({"en": "((port))", "zh-Hans": "((port))"}, {}, {"port[zh-Hans]": "蛇口"}, {})

    assert findings == [Finding(Problem.MISSING, "port", None, "en")]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.dictionaries(st.sampled_from(["a", "b", "a[en]"]), st.text(max_size=20)))
def test_a_text_without_findings_has_no_placeholder_left(text: str, values: dict[str, str]) -> None:
    findings = [one for one in report({"en": text}, {}, values, {}) if one.problem is not Problem.SURPLUS]
    plain_values = {key: value for key, value in values.items() if "((" not in value and "（" not in value}
    shown = filled(text, "en", {}, plain_values, markdown=False)

    assert findings or plain_values != values or names_in(shown) == []
