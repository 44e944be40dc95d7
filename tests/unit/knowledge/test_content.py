"""The content that is shipped: it can be read, found and compiled, and quickly enough."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import render
from knowledge.compile import compile_nlu
from knowledge.lint import Level, lint
from knowledge.load import Knowledge, load_knowledge
from knowledge.model import LANGUAGES
from knowledge.search import Index

ROOT = Path(__file__).parents[3] / "knowledge"
ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge(ROOT)


@pytest.fixture(scope="module")
def index(shipped: Knowledge) -> Index:
    return Index(shipped)


def test_every_answer_can_be_rendered_in_every_language_with_a_source(shipped: Knowledge) -> None:
    replies = [
        render(shipped, entry, language, on=ON, confidence=1) for entry in shipped.entries for language in LANGUAGES
    ]

    assert len(replies) >= 180
    assert all(reply.citations for reply in replies)


def test_the_writing_rules_are_kept(shipped: Knowledge) -> None:
    assert [str(finding) for finding in lint(ROOT, ON) if finding.level is Level.ERROR] == []


def test_titles_find_their_own_entry(shipped: Knowledge, index: Index) -> None:
    lost = [
        entry.id
        for entry in shipped.entries.values()
        if entry.id not in [hit.entry for hit in index.search(entry.title.zh_hans, on=ON, limit=3)]
    ]

    assert len(lost) <= 0.02 * len(shipped.entries), lost


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("滞报金怎么算", "taxes_fees"),
        ("進口貨物幾多日內要申報", "declaration_time_limits"),
        ("RCEP 原产地证 背对背", "origin_certificate_apply"),
        ("can I bring my cat to China", "traveller_pets"),
        ("how much cash can I carry", "traveller_cash"),
    ],
)
def test_plain_questions_find_their_topic(shipped: Knowledge, index: Index, text: str, topic: str) -> None:
    assert shipped.entry(index.search(text, on=ON)[0].entry).topic == topic


def test_everything_compiles(shipped: Knowledge, tmp_path: Path) -> None:
    assert compile_nlu(shipped, tmp_path / "kb.yml") > 10 * len(shipped.entries)


def test_building_and_searching_stay_cheap(shipped: Knowledge) -> None:
    # CPU time, because wall time also measures what else the machine does.
    start = time.process_time()
    index = Index(shipped)
    build_s = time.process_time() - start
    start = time.process_time()
    for entry in list(shipped.entries.values())[:100]:
        index.search(entry.questions.zh_hans[0], on=ON)
    search_s = (time.process_time() - start) / 100

    questions = sum(
        len(texts) for entry in shipped.entries.values() for texts in (entry.questions.zh_hans, entry.questions.en)
    )
    assert build_s / questions < 0.00025
    assert search_s < 0.008
