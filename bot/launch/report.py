"""The page that `./kouan eval` writes: what was confused with what, where, and how far the stated confidence can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.launch.evaluate import LANGUAGES, OUT_OF_SCOPE, Answered, figures

_BINS = 10
_COMMONEST = 12
_CELL, _LABELS = 15, 178


@dataclass(frozen=True)
class TopicRow:
    """One topic's figures. accuracy, refused: shares from 0 to 1. instead: what was answered in its place, commonest first."""

    topic: str
    count: int
    accuracy: float
    refused: float
    instead: list[tuple[str, int]]


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence lies in [low, high): how many, how sure they were on average, which share of them was right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Cell:
    """A square of the confusion picture. strength: share of its row, from 0 to 1. right: it stands on the diagonal."""

    row: int
    column: int
    count: int
    strength: float
    right: bool
    expected: str
    got: str


@dataclass(frozen=True)
class Picture:
    """The confusion picture: `topics` name rows and columns alike. All lengths in pixels."""

    topics: list[str]
    cells: list[Cell]
    cell: int = _CELL
    labels: int = _LABELS

    @property
    def side(self) -> int:
        """Length of the square of cells."""
        return self.cell * len(self.topics)


def topic_rows(answers: Sequence[Answered]) -> list[TopicRow]:
    """Figures of each expected topic, in the order of their names; out of scope last."""
    rows = []
    for topic in _in_order({answer.question.topic for answer in answers}):
        own = [answer for answer in answers if answer.question.topic == topic]
        wrong = Counter(_got(answer) for answer in own if not answer.right)
        accuracy = sum(answer.right for answer in own) / len(own)
        refused = sum(answer.wrongly_refused for answer in own) / len(own)
        rows.append(TopicRow(topic, len(own), accuracy, refused, wrong.most_common(3)))
    return rows


def confusion(answers: Sequence[Answered]) -> Picture:
    """What was expected (rows) against what came (columns). An answer that counts as right stands on the diagonal."""
    pairs = Counter((answer.question.topic, _counted(answer)) for answer in answers)
    topics = _in_order({name for pair in pairs for name in pair})
    place = {topic: number for number, topic in enumerate(topics)}
    sums = Counter(answer.question.topic for answer in answers)
    cells = [
        Cell(place[row], place[column], count, count / sums[row], row == column, row, column)
        for (row, column), count in sorted(pairs.items())
    ]
    return Picture(topics, cells)


def calibration(answers: Iterable[Answered]) -> list[Bin]:
    """Domain answers by their confidence, in tenths; empty tenths are left out."""
    sure = [
        (min(answer.confidence, 1.0), answer.right)
        for answer in answers
        if answer.topic and answer.confidence is not None
    ]
    bins = []
    for number in range(_BINS):
        inside = [pair for pair in sure if min(int(pair[0] * _BINS), _BINS - 1) == number]
        if inside:
            confidence = sum(pair[0] for pair in inside) / len(inside)
            share = sum(pair[1] for pair in inside) / len(inside)
            bins.append(Bin(number / _BINS, (number + 1) / _BINS, len(inside), confidence, share))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: by how much confidence and accuracy differ, weighted by answers. None without answers.

    Source: Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total if total else None


def render_page(answers: Sequence[Answered], source: str, written_at: datetime) -> str:
    """The whole page, without anything outside it. source: the name of the file of questions. answers: at least one."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    bins = calibration(answers)
    wrong = Counter((a.question.topic, _got(a)) for a in answers if not a.right)
    context: dict[str, Any] = {
        "source": source,
        "written_at": written_at,
        "all": figures(answers),
        "languages": {
            language: figures([answer for answer in answers if answer.question.language == language])
            for language in LANGUAGES
            if any(answer.question.language == language for answer in answers)
        },
        "topics": topic_rows(answers),
        "picture": confusion(answers),
        "commonest": wrong.most_common(_COMMONEST),
        "bins": bins,
        "error": calibration_error(bins),
        "misses": sorted((a for a in answers if not a.right), key=lambda a: (a.question.topic, a.question.language)),
        "out_of_scope": OUT_OF_SCOPE,
    }
    return environment.get_template("report.html").render(context)


def _got(answer: Answered) -> str:
    return answer.topic or OUT_OF_SCOPE


def _counted(answer: Answered) -> str:
    return answer.question.topic if answer.right else _got(answer)


def _in_order(topics: Iterable[str]) -> list[str]:
    return sorted(topics, key=lambda topic: (topic == OUT_OF_SCOPE, topic))
