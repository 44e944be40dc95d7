"""Several questions in one message, told apart only where that is safe."""

from __future__ import annotations

import re

from actions.parts import Parts
from actions.turn import Turn
from knowledge.text import HAN

_MOST_QUESTIONS = 3
_END = re.compile(r"(?<=[?？])\s*|\n+|[;；]\s*")
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,2}[.)、:：）]|[-*•])\s*")
_JOINT = re.compile(
    r"^(?:另外|还有|再问一下|再问|同时|以及|其次|also|another question|second(?:ly)?|and|besides)[,，:：]?\s*",
    re.IGNORECASE,
)
_FEWEST_HAN, _FEWEST_WORDS = 5, 4
_SURE = 0.5
_HAN = re.compile(f"[{HAN}]")


def several_questions(parts: Parts, turn: Turn) -> list[str]:
    """The questions of a message, in order, when it is two or three that have nothing to do with each other; else empty.

    Safe means: each part is a question that names its own subject, and search is sure of a different topic for each.
    What tells a story, points back ("how long does it take?") or goes on about one matter stays one question.
    """
    pieces = [_JOINT.sub("", _NUMBERED.sub("", piece)).strip() for piece in _END.split(turn.text)]
    questions = [piece for piece in pieces if parts.cues.bare(piece)]
    if not 2 <= len(questions) <= _MOST_QUESTIONS or not all(_stands_alone(parts, question) for question in questions):
        return []
    topics = [_topic(parts, turn, question) for question in questions]
    return questions if None not in topics and len(set(topics)) == len(topics) else []


def _stands_alone(parts: Parts, question: str) -> bool:
    long_enough = (
        len(_HAN.findall(question)) >= _FEWEST_HAN if _HAN.search(question) else len(question.split()) >= _FEWEST_WORDS
    )
    return long_enough and parts.cues.has("question", question) and not parts.cues.has("pointing", question)


def _topic(parts: Parts, turn: Turn, question: str) -> str | None:
    hits = parts.index.search(question, limit=1, on=turn.today)
    if not hits or hits[0].confidence < _SURE:
        return None
    return parts.knowledge.entry(hits[0].entry).topic
