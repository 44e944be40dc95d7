from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import render
from knowledge.files import Fault
from knowledge.load import Knowledge, load_knowledge
from knowledge.model import LANGUAGES, Language
from knowledge.terms import Term, explain_terms, read_terms
from knowledge.text import to_traditional

from .conftest import PACKAGE

SCREEN: dict[Language, int] = {"zh-Hans": 700, "zh-Hant": 700, "en": 1200}


@pytest.fixture(scope="module")
def content() -> Knowledge:
    return load_knowledge(PACKAGE)


@pytest.fixture(scope="module")
def terms(content: Knowledge) -> tuple[Term, ...]:
    assert len(content.terms) >= 15
    return content.terms


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "Add it to the customs value.", "**customs value**: the value that tax is worked out from."),
        ("en", "Two Manifests differ.", "**Manifests**: the carrier's list of what is on board."),
        ("zh-Hans", "按完税价格计算。", "**完税价格**：海关用来计算税款的价格。"),
        ("zh-Hant", to_traditional("按完税价格计算。"), to_traditional("**完税价格**：海关用来计算税款的价格。")),
    ],
)
def test_a_term_is_explained_as_it_stands(terms: tuple[Term, ...], language: Language, text: str, said: str) -> None:
    assert explain_terms(terms, "A title", text, language) == f"- {said}"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("What is the customs value", "The customs value is settled by customs."),
        ("Tax", "The customs value (what tax is worked out from) counts."),
        ("Tax", "**Customs value**: what you paid."),
        ("Tax", "A manifesto."),
        ("Tax", "Nothing here."),
    ],
    ids=["title", "brackets", "colon", "part of a word", "no term"],
)
def test_what_is_explained_already_or_not_named_is_left_alone(terms: tuple[Term, ...], title: str, text: str) -> None:
    assert explain_terms(terms, title, text, "en") is None


def test_at_most_two_terms_are_explained_the_first_first(terms: tuple[Term, ...]) -> None:
    told = explain_terms(terms, "t", "A bill of lading, a manifest, an advance ruling and the customs value.", "en")

    assert told is not None
    assert [line.split("**")[1] for line in told.splitlines()] == ["bill of lading", "manifest"]


def test_faults_of_the_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text("aeo: {words: {zh-Hans: [甲]}, x: 1}\n", encoding="utf-8")
    faults: list[Fault] = []

    read_terms(tmp_path, faults)

    told = " ".join(map(str, faults))
    assert all(fault in told for fault in ("unknown key x", "words.en", "means"))


def test_without_the_file_nothing_is_explained(tmp_path: Path) -> None:
    assert read_terms(tmp_path, []) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_fits_a_phone_with_its_terms_explained(content: Knowledge, language: Language) -> None:
    on = date(2026, 11, 22)
    lengths = {entry: len(render(content, entry, language, on=on, confidence=1).text) for entry in content.entries}

    assert len(lengths) > 300
    assert {entry: length for entry, length in lengths.items() if length > SCREEN[language]} == {}
