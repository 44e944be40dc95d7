"""The fixed sentences around the answers, in three languages."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.model import Language, Localized


class Phrase(StrEnum):
    """The names of the sentences in phrases.yaml; each must be there, and no other."""

    OUT_OF_SCOPE = "out_of_scope"
    NOT_FOUND = "not_found"
    DID_YOU_MEAN = "did_you_mean"
    NONE_OF_THESE = "none_of_these"
    REPHRASE = "rephrase"
    EMPTY_QUESTION = "empty_question"
    HANDOFF_OFFER = "handoff_offer"
    HANDOFF_BUTTON = "handoff_button"
    RASA_AWAY = "rasa_away"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    GRADE_REPORTED = "grade_reported"
    GRADE_HISTORICAL = "grade_historical"
    GRADE_SIGNPOST = "grade_signpost"
    CONDITIONS = "conditions"
    SOURCE = "source"
    SOURCE_AND_MORE = "source_and_more"
    IN_FORCE_FROM = "in_force_from"
    IN_FORCE_UNTIL = "in_force_until"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences by name; complete."""

    sentences: Mapping[Phrase, Localized]

    def say(self, phrase: Phrase, language: Language, **values: str | int | date) -> str:
        """A sentence with its blanks filled; days are written as the language does (2026年11月22日, 22 November 2026).

        Raises KeyError when a value for one of its blanks is missing.
        """
        written = {name: day(v, language) if isinstance(v, date) else v for name, v in values.items()}
        return self.sentences[phrase].get(language).format(**written)


def day(value: date, language: Language) -> str:
    """A day as people write it in the language, without the machine's locale."""
    if language != "en":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def read_phrases(root: Path, faults: list[Fault]) -> Phrases:
    """Read phrases.yaml under `root`; missing, unknown and uneven sentences are noted in `faults`."""
    name = "phrases.yaml"
    reader = Reader(name, None, read_yaml(root / name, name, faults), faults)
    reader.refuse_unknown_keys(set(Phrase))
    sentences = {phrase: reader.localized(phrase) for phrase in Phrase}
    for phrase, sentence in sentences.items():
        texts = [sentence.zh_hans, sentence.en, sentence.zh_hant or sentence.zh_hans]
        if len({frozenset(_blanks(text)) - {"count", "more"} for text in texts}) > 1:
            reader.fault(f"{phrase}: the languages have different {{blanks}}")
    return Phrases(MappingProxyType(sentences))


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
