"""Texts that say that somebody needs help at once, and what to answer: the right number, wherever the person stands.

Nothing else is asked before: not the classifier, not an open form. So the patterns are narrow, and what they miss is left to the
classifier's intent `emergency`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.answer import Reply, render
from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge, KnowledgeError
from knowledge.model import Language, Localized
from knowledge.text import normalise

GENERAL = "general"
_FILE = "emergencies.yaml"
_KEYS = frozenset({"patterns", "unless", "then", "text"})


@dataclass(frozen=True, slots=True)
class Emergency:
    """One kind. pattern, unless: over normalised texts. then: the id of the entry shown below, or None."""

    kind: str
    pattern: re.Pattern[str]
    unless: tuple[str, ...]
    then: str | None
    text: Localized


@dataclass(frozen=True, slots=True)
class Emergencies:
    """All kinds, the most urgent first."""

    kinds: tuple[Emergency, ...]

    def find(self, text: str) -> Emergency | None:
        """The kind of emergency that a text tells of, or None."""
        plain = normalise(text)
        for kind in self.kinds:
            if kind.pattern.search(plain) and not any(word in plain for word in kind.unless):
                return kind
        return None

    def general(self) -> Emergency:
        """What to say where only the need for help is known."""
        return next(kind for kind in self.kinds if kind.kind == GENERAL)


def emergency_replies(knowledge: Knowledge, emergency: Emergency, language: Language, on: date) -> Sequence[Reply]:
    """The numbers to call first; below them the entry on the matter, where there is one."""
    replies = [Reply(emergency.text.get(language).strip(), "handoff")]
    if emergency.then is not None and emergency.then in knowledge.entries:
        replies.append(render(knowledge, emergency.then, language, on=on, confidence=1.0))
    return replies


def load_emergencies(root: Path) -> Emergencies:
    """Read emergencies.yaml under `root`. Raises KnowledgeError with all its faults."""
    faults: list[Fault] = []
    kinds = [
        _emergency(Reader(_FILE, kind, raw, faults), kind)
        for kind, raw in read_yaml(root / _FILE, _FILE, faults).items()
    ]
    if GENERAL not in {kind.kind for kind in kinds}:
        faults.append(Fault(_FILE, None, f"there must be the kind {GENERAL}"))
    if faults:
        raise KnowledgeError(tuple(faults))
    return Emergencies(tuple(kinds))


def _emergency(reader: Reader, kind: str) -> Emergency:
    reader.refuse_unknown_keys(_KEYS)
    return Emergency(
        kind=kind,
        pattern=_either(reader),
        unless=reader.texts("unless", required=False),
        then=reader.optional_text("then"),
        text=reader.localized("text"),
    )


def _either(reader: Reader) -> re.Pattern[str]:
    patterns = reader.texts("patterns")
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    except re.error as error:
        reader.fault(f"patterns: {error}")
        return re.compile("(?!)")
