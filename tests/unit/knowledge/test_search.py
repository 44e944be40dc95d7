from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.load import Knowledge, load_knowledge
from knowledge.search import Index

ON = date(2026, 11, 22)
Change = Callable[[str, str, str], None]


@pytest.fixture
def index(knowledge: Knowledge) -> Index:
    return Index(knowledge)


def best(index: Index, text: str, on: date = ON) -> str | None:
    hits = index.search(text, on=on)
    return hits[0].entry if hits else None


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("滞报金每天收多少", "late-declaration-fee"),
        ("滞报金", "late-declaration-fee"),
        ("滯報金點計", "late-declaration-fee"),
        ("滞 报 金 怎么 算？", "late-declaration-fee"),
        ("报晚了，滞报金的计算公式是什么", "late-declaration-fee"),
        ("宠物狗要不要隔离", "bring-a-dog"),
        ("狗", "bring-a-dog"),
        ("LATE DECLARATION FEES", "late-declaration-fee"),
        ("how do you calculate the late fee", "late-declaration-fee"),
        ("is qurantine needed for dogs", "bring-a-dog"),
        ("ｄｏｇ　ｐａｐｅｒｓ", "bring-a-dog"),
        ("每日完税价格的万分之五", "late-declaration-fee"),
    ],
)
def test_search_finds_the_entry(index: Index, text: str, entry: str) -> None:
    assert best(index, text) == entry


@pytest.mark.parametrize("text", ["", "   ", "？？！", "😀😀", "qwzx vbnm"])
def test_a_text_without_known_words_finds_nothing(index: Index, text: str) -> None:
    assert index.search(text, on=ON) == []


@pytest.mark.parametrize(
    "text",
    ["今天天气怎么样", "tell me a joke", "你好", "hello", "how do I", "best pizza in Rome", "股票怎么买", "a" * 10_000],
)
def test_an_unrelated_text_has_little_confidence(index: Index, text: str) -> None:
    assert all(hit.confidence < 0.3 for hit in index.search(text, on=ON))


@pytest.mark.parametrize("text", ["滞报金每天收多少", "can I bring my dog", "猫咪入境要隔离吗"])
def test_a_known_question_has_full_confidence(index: Index, text: str) -> None:
    assert index.search(text, on=date(2024, 1, 1))[0].confidence == pytest.approx(1.0)


def test_hits_come_best_first_and_no_more_than_asked_for(index: Index) -> None:
    hits = index.search("带一只狗回国要什么证", on=ON, limit=2)

    assert [hit.entry for hit in hits] == ["bring-a-dog", "bring-a-cat"]
    assert hits[0].score > hits[1].score
    assert all(0 <= hit.confidence <= 1 for hit in hits)


def test_an_expired_entry_ranks_lower_but_is_found(index: Index) -> None:
    in_force = index.search("猫咪入境要隔离吗", on=date(2024, 1, 1))[0]
    expired = index.search("猫咪入境要隔离吗", on=ON)[0]

    assert in_force.entry == expired.entry == "bring-a-cat"
    assert expired.score < in_force.score


def test_blanks_width_and_script_change_nothing(index: Index) -> None:
    assert index.search("宠物狗入境要隔离吗", on=ON) == index.search("寵物狗　入境 要隔離嗎？", on=ON)


def test_a_written_traditional_question_is_found(root: Path, change: Change) -> None:
    change("entries/fees.yaml", "zh-Hans: [滞报金每天", "zh-Hant: [遲咗報關罰幾多]\n      zh-Hans: [滞报金每天")

    assert best(Index(load_knowledge(root)), "遲咗報關") == "late-declaration-fee"
