"""What is kept of a question, and which questions are alike."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.learning.model import (
    QUESTION_TRANSITIONS,
    TEXT_MAX_CHARS,
    AskedQuestion,
    QuestionKind,
    QuestionState,
    anonymise,
    group,
)
from bot.learning.texts import Say, load_learning_texts


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("我叫王小明，手机13800138000，货到哪了", "我叫‹name›，手机‹number›，货到哪了"),
        ("my name is Anna Lee, passport E12345678", "my name is ‹name›, passport ‹document›"),
        ("报关单531620261000000103查一下", "报关单‹number›查一下"),
        ("箱号 MSKU1234565 在哪", "箱号 ‹container› 在哪"),
        ("write to a.b@firm.com or @anna_99 see https://x.cn/1", "write to ‹mail› or ‹name› see ‹link›"),
        ("call +86 755 8238 4000", "call ‹number›"),
        ("带2条烟，1500毫升酒", "带2条烟，1500毫升酒"),
        ("HS 8471.30 的监管条件", "HS 8471.30 的监管条件"),
    ],
)
def test_what_tells_who_asked_is_taken_out_and_the_question_stays(text: str, kept: str) -> None:
    assert anonymise(text) == kept


@given(st.text(max_size=600))
def test_no_long_number_and_no_long_text_is_ever_kept(text: str) -> None:
    kept = anonymise(text + " 13800138000 ")

    assert "13800138000" not in kept
    assert len(kept) <= TEXT_MAX_CHARS


def question(number: int, text: str) -> AskedQuestion:
    return AskedQuestion(number, date(2026, 11, 22), "zh-Hans", QuestionKind.UNANSWERED, text, None, None)


def test_like_questions_stand_together_the_largest_group_first() -> None:
    groups = group(
        [
            question(1, "海关招聘什么时候开始"),
            question(2, "香港买的药可以寄回来吗"),
            question(3, "香港买的药能寄回来吗"),
            question(4, "香港买的药可以寄回来嗎？"),
        ]
    )

    assert [one.ids for one in groups] == [(2, 3, 4), (1,)]


def test_every_state_has_its_transitions_and_only_an_open_question_changes() -> None:
    assert set(QUESTION_TRANSITIONS) == set(QuestionState)
    assert [state for state, after in QUESTION_TRANSITIONS.items() if after] == [QuestionState.OPEN]


def test_every_sentence_is_there_in_three_languages() -> None:
    texts = load_learning_texts()

    assert set(texts) == set(Say)
    assert all(set(texts[say]) == {"zh-Hans", "zh-Hant", "en"} for say in Say)
