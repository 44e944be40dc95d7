"""The page of `./kouan eval`: what it counts, and that it stands alone whatever the questions hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bot.launch.evaluate import Answered, Question
from bot.launch.report import calibration, calibration_error, confusion, render_page, topic_rows

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def answered(topic: str, got: str | None, *also: str, confidence: float | None = 0.55, text: str = "text") -> Answered:
    return Answered(Question(text, "en", topic, frozenset(also), None), got, None, confidence, 10.0, "answer", "said")


def test_a_topic_tells_what_was_answered_instead_commonest_first() -> None:
    answers = [answered("a", "a"), answered("a", "c"), answered("a", "b"), answered("a", "b"), answered("a", None)]

    (row,) = topic_rows(answers)

    assert (row.count, row.accuracy, row.refused) == (5, 0.2, 0.2)
    assert row.instead[0] == ("b", 2)
    assert ("out_of_scope", 1) in row.instead


def test_out_of_scope_stands_last() -> None:
    answers = [answered("out_of_scope", None), answered("zebra", "ape")]

    assert [row.topic for row in topic_rows(answers)] == ["zebra", "out_of_scope"]
    assert confusion(answers).topics == ["ape", "zebra", "out_of_scope"]


def test_an_answer_that_counts_as_right_stands_on_the_diagonal() -> None:
    picture = confusion([answered("a", "b", "b"), answered("a", "b"), answered("b", "b")])

    cells = {(cell.expected, cell.got): (cell.count, cell.strength, cell.right) for cell in picture.cells}
    assert cells == {("a", "a"): (1, 0.5, True), ("a", "b"): (1, 0.5, False), ("b", "b"): (1, 1.0, True)}


def test_confidence_is_binned_with_its_edges_and_only_where_a_domain_answer_came() -> None:
    answers = [
        answered("a", "a", confidence=1.0),
        answered("a", "b", confidence=0.95),
        answered("a", "a", confidence=0.0),
    ]
    answers += [answered("a", None, confidence=0.5), answered("a", "a", confidence=None)]

    bins = calibration(answers)

    assert [(one.low, one.count, one.right) for one in bins] == [(0.0, 1, 1.0), (0.9, 2, 0.5)]
    error = calibration_error(bins)
    assert error is not None
    assert abs(error - (1 / 3 * 1.0 + 2 / 3 * 0.475)) < 1e-9
    assert calibration_error([]) is None


def test_the_page_escapes_what_was_asked_and_loads_nothing() -> None:
    answers = [answered("a", "b", text='<script>alert("x")</script>'), answered("a", "a", confidence=None)]

    page = render_page(answers, "questions & more.jsonl", AT)

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "questions &amp; more.jsonl" in page
    assert not re.search(r"https?://|src=|<link|@import|url\(", page)
    assert "1 misses" in page


def test_a_page_without_misses_and_without_confidence_is_written_too() -> None:
    page = render_page([answered("out_of_scope", None, confidence=None)], "one.jsonl", AT)

    assert "0 misses" in page
    assert "No answer with a confidence." in page
