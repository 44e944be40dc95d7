"""What a rule's outcome rests on, and the reply that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.answer import Reply, ReplyButton, citations, grade_note, source_line
from knowledge.load import Knowledge
from knowledge.model import Grade, Language


@dataclass(frozen=True, slots=True)
class Basis:
    """The founding of one outcome, with the meaning that the same fields have in an entry.

    sources: keys of `Knowledge.sources`, the weightiest first, never empty. facts: ids of `knowledge/facts.yaml`. grade: that
    of the weakest statement that is not marked as weak in the text. verified_on: when the sources were last read.
    """

    sources: tuple[str, ...]
    facts: tuple[str, ...]
    grade: Grade
    verified_on: date
    effective_from: date | None = None
    effective_to: date | None = None


def founded_reply(
    knowledge: Knowledge,
    basis: Basis,
    paragraphs: Sequence[str],
    language: Language,
    *,
    topic: str,
    buttons: Sequence[ReplyButton] = (),
) -> Reply:
    """An answer as an entry gives it: the paragraphs (Markdown), the grade's note, the source line, the citations.

    Raises KeyError for a source that is not in the knowledge base.
    """
    note = grade_note(knowledge, basis, language)
    text = "\n\n".join([*paragraphs, *([note] if note else []), source_line(knowledge, basis, language)])
    return Reply(
        text=text,
        kind="answer",
        buttons=tuple(buttons),
        citations=citations(knowledge, basis, language),
        topic=topic,
    )
