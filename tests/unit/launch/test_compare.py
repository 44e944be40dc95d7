"""A candidate is taken only when nothing falls."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StartError
from bot.launch import compare

BEFORE = {"dev/en": {"topic_accuracy": 0.9, "out_of_scope_recall": 0.8, "wrongly_refused": 0.05}}


def test_the_same_and_better_fall_nowhere() -> None:
    better = {"dev/en": {"topic_accuracy": 0.95, "out_of_scope_recall": 0.8, "wrongly_refused": 0.01}}

    assert compare.falls(BEFORE, BEFORE) == []
    assert compare.falls(BEFORE, better) == []


@pytest.mark.parametrize(
    ("figure", "value"), [("topic_accuracy", 0.89), ("out_of_scope_recall", 0.79), ("wrongly_refused", 0.06)]
)
def test_each_figure_that_gets_worse_is_named(figure: str, value: float) -> None:
    after = {"dev/en": BEFORE["dev/en"] | {figure: value}}

    (line,) = compare.falls(BEFORE, after)

    assert line.startswith(f"dev/en: {figure} ")


def test_a_suite_that_is_new_cannot_fall_and_one_without_such_lines_neither() -> None:
    nothing = {"topic_accuracy": 1.0, "out_of_scope_recall": None, "wrongly_refused": 0.0}

    assert compare.falls(BEFORE, {"new/en": nothing}) == []
    assert compare.falls({"dev/en": nothing}, {"dev/en": nothing}) == []


def test_the_suites_are_our_own_sets() -> None:
    assert "dev_questions" in compare.suites()


def test_no_suite_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no questions"):
        compare.suites(tmp_path)


def test_the_table_shows_both() -> None:
    shown = compare.table(BEFORE, {"dev/en": BEFORE["dev/en"] | {"topic_accuracy": 0.95}})

    assert "0.900 →   0.950" in shown
