"""Questions that were not answered well, without who asked them; ratings; groups of like questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rapidfuzz import fuzz

from bot.channels.model import Language
from knowledge.text import normalise

TEXT_MAX_CHARS = 300
# Likeness from 0 to 100, on normalised texts: below it two questions are about different things more often than not.
_ALIKE = 72.0
_SHOWN_IN_GROUP = 8


class QuestionKind(StrEnum):
    """Why a question is on the list."""

    UNANSWERED = "unanswered"
    POOR = "poor"


class QuestionState(StrEnum):
    """What became of it."""

    OPEN = "open"
    FILED = "filed"
    DISMISSED = "dismissed"


QUESTION_TRANSITIONS: dict[QuestionState, frozenset[QuestionState]] = {
    QuestionState.OPEN: frozenset({QuestionState.FILED, QuestionState.DISMISSED}),
    QuestionState.FILED: frozenset(),
    QuestionState.DISMISSED: frozenset(),
}


class Reason(StrEnum):
    """Why an answer did not help."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    UNCLEAR = "unclear"
    OTHER_MATTER = "other_matter"


@dataclass(frozen=True)
class AskedQuestion:
    """One question. day: when it was asked; the hour is not kept. entry: what was answered, for a poor rating."""

    id: int
    day: date
    language: Language
    kind: QuestionKind
    text: str
    entry: str | None
    reason: Reason | None


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that are alike; the first stands for them. shown: some of them, the newest first."""

    ids: tuple[int, ...]
    shown: tuple[AskedQuestion, ...]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.ids)


@dataclass(frozen=True)
class EntryRating:
    """How often an entry's answer helped and did not."""

    entry: str
    good: int
    bad: int


# What could tell who asked. Numbers of five and more digits are phones, papers, parcels and documents.
_IDENTITY = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "‹mail›"),
    (re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE), "‹link›"),
    (re.compile(r"(?<![\w@])@\w{3,}"), "‹name›"),
    (re.compile(r"(?i)\b[A-Z]{4}\d{7}\b"), "‹container›"),
    (re.compile(r"(?i)(?<![A-Z0-9])[A-Z]{1,3}\d{6,9}(?![A-Z0-9])"), "‹document›"),
    (re.compile(r"(?<!\d)\+?\d(?:[\d -]{3,}\d)"), "‹number›"),
    (re.compile(r"((?:我叫|我的名字是|姓名[:：]?|本人)\s*)[\u4e00-\u9fff]{2,4}"), r"\1‹name›"),
    (re.compile(r"(?i)\b((?:my name is|i am called|this is)\s+)[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?"), r"\1‹name›"),
)


def anonymise(text: str) -> str:
    """A question without addresses, numbers and names given as such, on one line, at most TEXT_MAX_CHARS characters."""
    for pattern, mark in _IDENTITY:
        text = pattern.sub(mark, text)
    return " ".join(text.split())[:TEXT_MAX_CHARS]


def group(questions: Sequence[AskedQuestion]) -> list[QuestionGroup]:
    """Groups of like questions, the largest first. Each question joins the first group whose first question is like it."""
    groups: list[tuple[str, list[AskedQuestion]]] = []
    for question in questions:
        text = normalise(question.text)
        for first, members in groups:
            if fuzz.token_set_ratio(first, text) >= _ALIKE and fuzz.ratio(first, text) >= _ALIKE / 2:
                members.append(question)
                break
        else:
            groups.append((text, [question]))
    groups.sort(key=lambda pair: -len(pair[1]))
    return [QuestionGroup(tuple(q.id for q in members), tuple(members[:_SHOWN_IN_GROUP])) for _, members in groups]
