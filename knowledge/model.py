"""What an entry of the knowledge base is. Pure values; reading and checking them is done in `load` and `lint`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.text import LANGUAGES, Language, to_traditional

__all__ = [
    "LANGUAGES",
    "Audience",
    "Button",
    "Entry",
    "FactGrade",
    "Force",
    "Grade",
    "Language",
    "Localized",
    "LocalizedTexts",
    "Source",
    "SourceKind",
    "Topic",
]


class Grade(StrEnum):
    """How well an entry's weakest unmarked statement is founded; docs/writing-entries.md has the rules."""

    OFFICIAL = "official"
    REPORTED = "reported"
    HISTORICAL = "historical"
    SIGNPOST = "signpost"


class FactGrade(StrEnum):
    """How well a single fact is founded, the best first."""

    OFFICIAL = "official"
    REPORTED = "reported"
    HISTORICAL = "historical"
    UNVERIFIED = "unverified"


class Audience(StrEnum):
    """Whom an entry is for."""

    ENTERPRISE = "enterprise"
    TRAVELLER = "traveller"
    ANY = "any"


class SourceKind(StrEnum):
    """What a source is, the weightiest first."""

    STATUTE = "statute"
    OFFICIAL = "official"
    SECONDARY = "secondary"
    SEED = "seed"


class Force(StrEnum):
    """Where a day lies against the dates of an entry."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Localized:
    """One text in each language. `zh_hant` is None where it is to be made from `zh_hans`."""

    zh_hans: str
    zh_hant: str | None
    en: str

    def get(self, language: Language) -> str:
        """The text in `language`; Traditional is converted from Simplified where it was not written."""
        if language == "en":
            return self.en
        if language == "zh-Hans":
            return self.zh_hans
        return self.zh_hant if self.zh_hant is not None else to_traditional(self.zh_hans)


@dataclass(frozen=True, slots=True)
class LocalizedTexts:
    """A list of texts in each language, not parallel: the languages may hold different numbers of them."""

    zh_hans: tuple[str, ...]
    zh_hant: tuple[str, ...] | None
    en: tuple[str, ...]

    def get(self, language: Language) -> tuple[str, ...]:
        """The texts in `language`, in the order written; Traditional as in `Localized.get`."""
        if language == "en":
            return self.en
        if language == "zh-Hans":
            return self.zh_hans
        return self.zh_hant if self.zh_hant is not None else tuple(map(to_traditional, self.zh_hans))


@dataclass(frozen=True, slots=True)
class Source:
    """Where statements were read.

    number: the instrument's number (海关总署令第277号), None where none is known.
    url: the official address, None where only copies were seen.
    date: of issue or of the text's last amendment, None when undated.
    """

    key: str
    title: Localized
    number: str | None
    publisher: Localized
    url: str | None
    date: date | None
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class Button:
    """A follow-up under an answer: either opens `url` or sends `ask` as the person's next message."""

    label: Localized
    url: str | None
    ask: Localized | None


@dataclass(frozen=True, slots=True)
class Topic:
    """One of the subjects that entries are filed under."""

    id: str
    title: Localized


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, with the questions that lead to it and what it rests on.

    file: the entry's file name without its ending.
    answer: Markdown (paragraphs, lists, bold, links).
    sources: keys of `Knowledge.sources`, the weightiest first, never empty.
    facts: ids of `knowledge/facts.yaml`.
    effective_from, effective_to: first and last day in force, None where not known.
    verified_on: the day on which the sources were last read against the answer.
    related: ids of other entries, at most four.
    """

    id: str
    file: str
    topic: str
    audience: Audience
    title: Localized
    questions: LocalizedTexts
    answer: Localized
    conditions: LocalizedTexts
    sources: tuple[str, ...]
    facts: tuple[str, ...]
    grade: Grade
    effective_from: date | None
    effective_to: date | None
    verified_on: date
    related: tuple[str, ...]
    buttons: tuple[Button, ...]

    def force(self, on: date) -> Force:
        """Whether the entry is in force on a day; both of its dates belong to the time in force."""
        if self.effective_to is not None and on > self.effective_to:
            return Force.EXPIRED
        if self.effective_from is not None and on < self.effective_from:
            return Force.NOT_YET
        return Force.IN_FORCE
