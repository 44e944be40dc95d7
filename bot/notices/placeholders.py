"""Placeholders in a notice's texts: ((name)), typed, filled in for each language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from bot.channels.model import Language
from bot.notices.markup import is_link, link, plain
from knowledge.text import to_traditional

NAME = r"[a-z][a-z0-9_]{0,30}"
VALUE_MAX_CHARS = 200
_PLACEHOLDER = re.compile(rf"[(（]{{2}}\s*({NAME})\s*[)）]{{2}}")
_KEY = re.compile(rf"({NAME})(?:\[(zh-Hans|zh-Hant|en)\])?")
_AMOUNT = re.compile(r"([A-Z]{3}) ?(-?\d{1,15}(?:\.\d{1,4})?)")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


class PlaceholderKind(StrEnum):
    """What may stand in the place of a placeholder."""

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    URL = "url"
    PORT = "port"


class Problem(StrEnum):
    """What the report finds."""

    MISSING = "missing"
    SURPLUS = "surplus"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report. part: of the audience, None: for everybody; language: whose text lacks the value."""

    problem: Problem
    name: str
    part: int | None = None
    language: Language | None = None


def names_in(text: str) -> list[str]:
    """The placeholders of a text, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def is_key(key: str) -> bool:
    """Whether a value may be given under this key: a placeholder's name, or the name with a language: `port[en]`."""
    return _KEY.fullmatch(key) is not None


def value_for(given: Mapping[str, str], name: str, language: Language) -> str | None:
    """The value for a language: its own, else the one for all; Traditional Chinese is made from Simplified."""
    if f"{name}[{language}]" in given:
        return given[f"{name}[{language}]"]
    if language == "zh-Hant" and f"{name}[zh-Hans]" in given:
        return to_traditional(given[f"{name}[zh-Hans]"])
    found = given.get(name)
    return to_traditional(found) if found is not None and language == "zh-Hant" else found


def fits(kind: PlaceholderKind, value: str) -> bool:
    """Whether a value is of its kind: a date as 2026-12-01, an amount as CNY 1200.50, a link, or words."""
    if kind is PlaceholderKind.DATE:
        return _date(value) is not None
    if kind is PlaceholderKind.AMOUNT:
        return _amount(value) is not None
    if kind is PlaceholderKind.URL:
        return is_link(value)
    return 0 < len(value.strip()) <= VALUE_MAX_CHARS and value.isprintable()


def filled(
    text: str, language: Language, kinds: Mapping[str, PlaceholderKind], given: Mapping[str, str], *, markdown: bool
) -> str:
    """A text with its values. What has none stays as it was typed, so that it shows. markdown: values mark nothing up."""

    def value(match: re.Match[str]) -> str:
        found = value_for(given, match[1], language)
        kind = kinds.get(match[1], PlaceholderKind.TEXT)
        if found is None or not fits(kind, found):
            return match[0]
        return _shown(kind, found, language, markdown=markdown)

    return _PLACEHOLDER.sub(value, text)


def report(
    texts: Mapping[Language, str],
    kinds: Mapping[str, PlaceholderKind],
    given: Mapping[str, str],
    parts: Mapping[int, Mapping[str, str]],
) -> list[Finding]:
    """What is missing, surplus or of the wrong kind.

    texts: title and body together, as readers of each language get them. parts: values of parts of the audience alone.
    """
    used = {name for text in texts.values() for name in names_in(text)}
    told = {key.partition("[")[0] for key in (*given, *kinds, *(key for own in parts.values() for key in own))}
    found = [Finding(Problem.SURPLUS, name) for name in sorted(told - used)]
    groups: Iterable[tuple[int | None, Mapping[str, str]]] = [
        (None, given),
        *((part, {**given, **own}) for part, own in parts.items() if own),
    ]
    everybody_has_parts = bool(parts) and all(parts.values())
    for part, values in groups:
        if part is None and everybody_has_parts:
            continue  # nobody gets the message without a part's own values
        for name in sorted(used):
            found += _lacking(name, texts, kinds.get(name, PlaceholderKind.TEXT), values, part)
    return found


def _lacking(
    name: str, texts: Mapping[Language, str], kind: PlaceholderKind, values: Mapping[str, str], part: int | None
) -> list[Finding]:
    found = []
    for language, text in texts.items():
        if name not in names_in(text):
            continue
        value = value_for(values, name, language)
        if value is None or not value.strip():
            found.append(Finding(Problem.MISSING, name, part, language))
        elif not fits(kind, value):
            found.append(Finding(Problem.WRONG, name, part, language))
    return found


def _shown(kind: PlaceholderKind, value: str, language: Language, *, markdown: bool) -> str:
    shown = value.strip()
    if kind is PlaceholderKind.URL and markdown:
        return link(shown)
    if kind is PlaceholderKind.DATE and (day := _date(shown)):
        shown = _day(day, language)
    if kind is PlaceholderKind.AMOUNT and (amount := _amount(shown)):
        currency, number = amount
        chinese = f"{number:,}元" if currency == "CNY" else f"{number:,} {currency}"
        shown = f"{currency} {number:,}" if language == "en" else chinese
    return plain(shown) if markdown else shown


def _day(day: date, language: Language) -> str:
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _amount(value: str) -> tuple[str, Decimal] | None:
    match = _AMOUNT.fullmatch(value.strip())
    try:
        return (match[1], Decimal(match[2])) if match else None
    except InvalidOperation:  # pragma: no cover - the pattern lets only numbers through
        return None
