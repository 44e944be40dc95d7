"""Holds every rule of docs/writing-entries.md that a program can hold. `./kouan check` prints what it finds."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from knowledge.load import Knowledge, parse_knowledge
from knowledge.model import Entry, FactGrade, Force, Grade, LocalizedTexts, Source, SourceKind
from knowledge.text import HAN, normalise

ID_MAX_CHARACTERS = 48
TITLE_MAX_CHARACTERS = {"zh-Hans": 20, "en": 48}
MIN_QUESTIONS = 3
GOOD_QUESTIONS = 8
MAX_RELATED = 4
ANSWER_HAN = (60, 350)
ANSWER_WORDS = (30, 170)
EXPIRY_NOTICE = timedelta(days=30)

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’.,-]*")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]*)[^)]*\)")
_FORBIDDEN_MARKDOWN = {
    "a heading": re.compile(r"^\s{0,3}#{1,6}\s|^[^\n]+\n(?:=+|-+)\s*$", re.MULTILINE),
    "a table": re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE),
    "HTML": re.compile(r"</?[A-Za-z][^>]*>|<!--"),
    "a picture": re.compile(r"!\["),
}
# How a weaker statement is marked on the spot: in brackets, or in a sentence that says what was not read or checked.
_MARKS = {
    "zh-Hans": re.compile(
        r"[（(][^（）()]*(?:据[^（）()]{0,12}报道|未核实)[^（）()]*[）)]|没有核对|未核对|没有读|未读到|没有查到"
    ),
    "en": re.compile(
        r"\([^()]*\b(?:reported|unverified)\b[^()]*\)|\b(?:not|never) (?:been )?(?:checked|read)|\bread [^.]{0,40}\bonly\b"
        r"|\bhave read [^.]{0,40}, not\b|\b(?:did|could|do) not find\b|\bnot found\b",
        re.IGNORECASE,
    ),
}
# A fact on what once was needs no such mark where the text says that it is past.
_PAST = {
    "zh-Hans": re.compile("以前|过去|原来|原先|当时|当年|旧|曾|历史|取消|废止|停用|不再|已并入|划入"),
    "en": re.compile(
        r"\b(?:former|formerly|used to|old|older|once|histor\w+|abolished|ended|no longer|past|merged)\b", re.I
    ),
}
_STRENGTH = {FactGrade.OFFICIAL: 3, FactGrade.REPORTED: 2, FactGrade.HISTORICAL: 1, FactGrade.UNVERIFIED: 0}
# A signpost states no rule, and history may rest on seed documents; both may list any fact.
_DEMANDED = {Grade.OFFICIAL: 3, Grade.REPORTED: 2, Grade.HISTORICAL: 1, Grade.SIGNPOST: 0}


class Level(StrEnum):
    """error: must be put right before release. warning: should be. info: to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. file is relative to the knowledge folder; entry is None where none can be named."""

    level: Level
    file: str
    entry: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.entry + ': ' if self.entry else ''}{self.message}"


Check = Callable[[Entry, Knowledge], Iterator[tuple[Level, str]]]


def lint(root: Path, on: date) -> list[Finding]:
    """Check the knowledge base under `root` as of a day; findings ordered by level, file, entry.

    Faults of form are errors too; entries that have them are left out of the further checks.
    """
    knowledge, faults = parse_knowledge(root)
    findings = [Finding(Level.ERROR, fault.file, fault.entry, fault.message) for fault in faults]
    for entry in knowledge.entries.values():
        for check in _ENTRY_CHECKS:
            findings += [Finding(level, _file(entry), entry.id, message) for level, message in check(entry, knowledge)]
        findings += [Finding(level, _file(entry), entry.id, message) for level, message in _dates(entry, on)]
    findings += _shared_questions(knowledge)
    findings += [finding for source in knowledge.sources.values() for finding in _source(source)]
    order = {level: place for place, level in enumerate(Level)}
    return sorted(set(findings), key=lambda f: (order[f.level], f.file, f.entry or "", f.message))


def _file(entry: Entry) -> str:
    return f"entries/{entry.file}.yaml"


def _names(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Level, str]]:
    if not _ID.fullmatch(entry.id) or len(entry.id) > ID_MAX_CHARACTERS:
        yield Level.ERROR, f"id must be kebab-case ASCII of at most {ID_MAX_CHARACTERS} characters"
    for language, title in (("zh-Hans", entry.title.zh_hans), ("en", entry.title.en)):
        longest = TITLE_MAX_CHARACTERS[language]
        if len(title) > longest:
            yield Level.ERROR, f"title.{language} has {len(title)} characters, at most {longest} fit on a button"
    if entry.title.zh_hant is not None and len(entry.title.zh_hant) > TITLE_MAX_CHARACTERS["zh-Hans"]:
        yield Level.ERROR, "title.zh-Hant is too long for a button"


def _references(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Level, str]]:
    for related in entry.related:
        if related not in knowledge.entries:
            yield Level.ERROR, f"related: no entry {related}"
    if entry.id in entry.related:
        yield Level.ERROR, "related: the entry itself"
    if len(set(entry.related)) != len(entry.related) or len(entry.related) > MAX_RELATED:
        yield Level.ERROR, f"related: at most {MAX_RELATED}, none twice"
    for fact in entry.facts:
        if fact not in knowledge.facts:
            yield Level.ERROR, f"facts: no fact {fact} in facts.yaml"
    for button in entry.buttons:
        if button.url is not None and not button.url.startswith(("https://", "http://")):
            yield Level.ERROR, f"buttons: {button.url} is not an http(s) address"


def _questions(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Level, str]]:
    for language, questions in (("zh-Hans", entry.questions.zh_hans), ("en", entry.questions.en)):
        if len(questions) < MIN_QUESTIONS:
            yield Level.ERROR, f"questions.{language}: {len(questions)}, at least {MIN_QUESTIONS} are needed"
        elif len(questions) < GOOD_QUESTIONS:
            yield Level.WARNING, f"questions.{language}: {len(questions)}, better {GOOD_QUESTIONS} or more"
    for question in _all_questions(entry.questions):
        if not normalise(question):
            yield Level.ERROR, f"questions: {question!r} has no words"
    for question in entry.questions.zh_hans:
        if not _HAN_CHARACTER.search(question):
            yield Level.WARNING, f"questions.zh-Hans: {question!r} has no Chinese"


def _all_questions(questions: LocalizedTexts) -> tuple[str, ...]:
    return questions.zh_hans + (questions.zh_hant or ()) + questions.en


def _answers(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Level, str]]:
    answers = {"zh-Hans": entry.answer.zh_hans, "en": entry.answer.en}
    if entry.answer.zh_hant is not None:
        answers["zh-Hant"] = entry.answer.zh_hant
    for language, answer in answers.items():
        for name, pattern in _FORBIDDEN_MARKDOWN.items():
            if pattern.search(answer):
                yield Level.ERROR, f"answer.{language} has {name}; allowed are paragraphs, lists, bold and links"
        for address in _LINK.findall(answer):
            if not address.startswith(("https://", "http://")):
                yield Level.ERROR, f"answer.{language}: the link {address} is not an http(s) address"
    if not _HAN_CHARACTER.search(entry.answer.zh_hans):
        yield Level.ERROR, "answer.zh-Hans has no Chinese"
    yield from _length("answer.zh-Hans", len(_HAN_CHARACTER.findall(entry.answer.zh_hans)), ANSWER_HAN, "characters")
    yield from _length("answer.en", len(_WORD.findall(entry.answer.en)), ANSWER_WORDS, "words")


def _length(name: str, length: int, bounds: tuple[int, int], unit: str) -> Iterator[tuple[Level, str]]:
    if not bounds[0] <= length <= bounds[1]:
        yield Level.WARNING, f"{name} has {length} {unit}; {bounds[0]} to {bounds[1]} suit a phone screen"


def _founding(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Level, str]]:
    """Nothing unverified is said as a fact, and nothing weaker than its entry goes unmarked."""
    grades = [knowledge.facts[fact] for fact in entry.facts if fact in knowledge.facts]
    if not entry.facts and entry.grade is not Grade.SIGNPOST:
        yield Level.ERROR, "facts: an entry that states a rule names the facts it rests on"
    if grades and entry.grade is not Grade.SIGNPOST and set(grades) == {FactGrade.UNVERIFIED}:
        yield Level.ERROR, "rests on unverified facts alone; only a signpost may"
    weakest = min(grades, key=_STRENGTH.__getitem__, default=FactGrade.OFFICIAL)
    if _STRENGTH[weakest] < _DEMANDED[entry.grade]:
        weak = ", ".join(fact for fact in entry.facts if knowledge.facts.get(fact) is weakest)
        for language, text in _stated(entry).items():
            told_as_past = weakest is FactGrade.HISTORICAL and _PAST[language].search(text)
            if not (_MARKS[language].search(text) or told_as_past):
                yield (
                    Level.ERROR,
                    (f"graded {entry.grade}, but {weak} is {weakest}: mark the statement on the spot in {language}"),
                )
    if entry.grade is Grade.OFFICIAL:
        kinds = {knowledge.sources[key].kind for key in entry.sources}
        if kinds <= {SourceKind.SECONDARY, SourceKind.SEED}:
            yield Level.ERROR, "graded official, but none of its sources is a statute or official"


def _stated(entry: Entry) -> dict[str, str]:
    """What an entry says, answer and conditions, by language."""
    return {
        "zh-Hans": "\n".join((entry.answer.zh_hans, *entry.conditions.zh_hans)),
        "en": "\n".join((entry.answer.en, *entry.conditions.en)),
    }


def _dates(entry: Entry, on: date) -> Iterator[tuple[Level, str]]:
    force = entry.force(on)
    if entry.effective_from and entry.effective_to and entry.effective_from > entry.effective_to:
        yield Level.ERROR, "effective_to lies before effective_from"
    if entry.verified_on > on:
        yield Level.ERROR, f"verified_on {entry.verified_on} lies in the future"
    if force is Force.EXPIRED:
        yield Level.WARNING, f"expired on {entry.effective_to}"
    elif force is Force.NOT_YET:
        yield Level.INFO, f"not in force before {entry.effective_from}"
    elif entry.effective_to is not None and entry.effective_to - on <= EXPIRY_NOTICE:
        yield Level.WARNING, f"expires on {entry.effective_to}"


def _shared_questions(knowledge: Knowledge) -> Iterator[Finding]:
    """A question or title that stands under two entries, or twice under one, after normalising."""
    places: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
    for entry in knowledge.entries.values():
        for question in _all_questions(entry.questions):
            places[normalise(question)].append((entry, question))
    titles: dict[str, Entry] = {}
    for entry in knowledge.entries.values():
        for title in {normalise(entry.title.zh_hans), normalise(entry.title.en)}:
            others = [other for other, _ in places.get(title, []) if other.id != entry.id]
            if title in titles:
                others.append(titles[title])
            for other in others:
                yield Finding(Level.ERROR, _file(entry), entry.id, f"its title is a title or question of {other.id}")
            titles[title] = entry
    for found in places.values():
        for (first, _), (entry, question) in pairwise(found):
            where = "twice under the entry" if first.id == entry.id else f"also under {first.id} ({_file(first)})"
            level = Level.WARNING if first.id == entry.id else Level.ERROR
            yield Finding(level, _file(entry), entry.id, f"the question {question!r} stands {where}")


def _source(source: Source) -> Iterator[Finding]:
    if source.url is not None and not source.url.startswith(("https://", "http://")):
        yield Finding(Level.ERROR, "sources", source.key, f"{source.url} is not an http(s) address")


_ENTRY_CHECKS: tuple[Check, ...] = (_names, _references, _questions, _answers, _founding)


def main(arguments: list[str] | None = None) -> int:
    """Print all findings (of the knowledge folder given, default: this package's); 1 when one is an error, else 0."""
    given = sys.argv[1:] if arguments is None else arguments
    root = Path(given[0]) if given else Path(__file__).parent
    findings = lint(root, datetime.now(UTC).date())
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    counts = ", ".join(f"{sum(f.level is level for f in findings)} {level}" for level in Level)
    sys.stdout.write(f"knowledge: {counts}\n")
    return int(any(finding.level is Level.ERROR for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
