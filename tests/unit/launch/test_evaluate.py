"""Scoring follows the rules of the sample: what counts as right, refused, out of scope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StartError
from bot.launch.evaluate import Answered, Question, figures, judge, read_questions, report, table


def answered(got: str | None, topic: str, *also: str, language: str = "en", latency_ms: float = 10.0) -> Answered:
    return Answered(Question("text", language, topic, frozenset(also), None), got, None, None, latency_ms)


@pytest.mark.parametrize(
    ("got", "topic", "also", "right", "refused"),
    [
        ("taxes_fees", "taxes_fees", (), True, False),
        ("expo_goods", "taxes_fees", (), False, False),
        ("expo_goods", "taxes_fees", ("expo_goods",), True, False),
        (None, "taxes_fees", (), False, True),
        (None, "taxes_fees", ("out_of_scope",), True, False),
        ("expo_goods", "taxes_fees", ("out_of_scope",), False, False),
        (None, "out_of_scope", (), True, False),
        ("taxes_fees", "out_of_scope", (), False, False),
        ("taxes_fees", "out_of_scope", ("taxes_fees",), True, False),
        ("expo_goods", "out_of_scope", ("taxes_fees",), False, False),
    ],
)
def test_what_is_right_and_what_is_wrongly_refused(
    got: str | None, topic: str, also: tuple[str, ...], right: bool, refused: bool
) -> None:
    answer = answered(got, topic, *also)

    assert (answer.right, answer.wrongly_refused) == (right, refused)


def reply(kind: str, topic: str | None = None, entry: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "topic": topic, "entry": entry, "confidence": 0.5}


@pytest.mark.parametrize(
    ("replies", "topic"),
    [
        ([reply("answer", "taxes_fees", "e")], "taxes_fees"),
        ([reply("clarify", "taxes_fees")], "taxes_fees"),
        ([reply("task", "clearance_status")], "clearance_status"),
        ([reply("chitchat", "taxes_fees")], None),
        ([reply("handoff", "complaint_contact")], None),
        ([reply("error")], None),
        ([reply("out_of_scope", "out_of_scope")], None),
        ([reply("answer", "out_of_scope")], None),
        ([reply("answer")], None),
        ([reply("chitchat"), reply("answer", "taxes_fees")], "taxes_fees"),
        ([], None),
    ],
)
def test_a_domain_answer_is_known_by_kind_and_topic(replies: list[dict[str, Any]], topic: str | None) -> None:
    assert judge(replies)[0] == topic


def test_figures_count_inside_and_outside_apart() -> None:
    found = figures(
        [
            answered("taxes_fees", "taxes_fees", latency_ms=1),
            answered("expo_goods", "taxes_fees", latency_ms=2),
            answered(None, "taxes_fees", latency_ms=3),
            answered("taxes_fees", "taxes_fees", latency_ms=4),
            answered(None, "out_of_scope", latency_ms=5),
        ]
    )

    assert (found["n"], found["topic_accuracy"], found["wrongly_refused"]) == (5, 0.5, 0.25)
    assert (found["out_of_scope_recall"], found["p50_ms"], found["p95_ms"]) == (1.0, 3, 5)


def test_where_there_is_nothing_to_count_there_is_no_share() -> None:
    assert figures([]) == {
        "n": 0,
        "topic_accuracy": None,
        "out_of_scope_recall": None,
        "wrongly_refused": None,
        "choices": None,
        "p50_ms": None,
        "p95_ms": None,
    }


def test_a_question_back_counts_as_choices_within_scope_only() -> None:
    asked_back = [
        Answered(
            Question("text", "en", topic, frozenset(), None), "taxes_fees", None, None, 1.0, "clarify", "Which one?"
        )
        for topic in ("taxes_fees", "out_of_scope")
    ]

    assert figures([*asked_back, answered("taxes_fees", "taxes_fees")])["choices"] == 0.5


def test_the_report_lists_each_language_and_each_miss() -> None:
    result = report([answered("taxes_fees", "taxes_fees"), answered(None, "expo_goods", language="zh-Hans")])

    assert set(result["by_language"]) == {"en", "zh-Hans"}
    assert [(miss["topic"], miss["got"], miss["lang"]) for miss in result["misses"]] == [
        ("expo_goods", "out_of_scope", "zh-Hans")
    ]
    assert "1 misses" in table(result)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    return path


LINE = {"text": "t", "lang": "en", "topic": "taxes_fees"}


def test_lines_that_cannot_be_scored_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "q.jsonl",
        LINE | {"also": ["expo_goods"], "context": "not sent: the line stands alone"},
        LINE | {"drop": True},
        LINE | {"standalone": False},
        LINE | {"standalone": False, "context": "c"},
    )

    assert read_questions(path) == [
        Question("t", "en", "taxes_fees", frozenset({"expo_goods"}), None),
        Question("t", "en", "taxes_fees", frozenset(), "c"),
    ]


@pytest.mark.parametrize(
    "line", ["{", "[]", "7", '{"text": "t"}', '{"text": "t", "lang": "en", "topic": "x", "also": null}']
)
def test_every_faulty_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"{json.dumps(LINE)}\n{line}\n{line}\n")

    with pytest.raises(StartError, match=r"line 2: [\s\S]*line 3: "):
        read_questions(path)


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no question"):
        read_questions(write(tmp_path / "q.jsonl", LINE | {"drop": True}))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_one_clear_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(content or b"") if content else None

    with pytest.raises(StartError, match=r"q\.jsonl"):
        read_questions(path)
