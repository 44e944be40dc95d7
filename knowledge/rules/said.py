"""Sentences in three languages that rules fill in: written in texts.yaml, named in code, shown per language."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import KnowledgeError
from knowledge.model import LANGUAGES, Language, Localized
from knowledge.phrases import day
from knowledge.text import to_traditional

_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAYS_ZH = "一二三四五六日"

# ISO 4217 code -> how an amount is written in Chinese and in English.
CURRENCIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "CNY": ("{}元", "{} yuan"),
        "USD": ("{}美元", "USD {}"),
        "HKD": ("{}港元", "HKD {}"),
        "MOP": ("{}澳门元", "MOP {}"),
        "EUR": ("{}欧元", "EUR {}"),
        "GBP": ("{}英镑", "GBP {}"),
        "JPY": ("{}日元", "JPY {}"),
        "AUD": ("{}澳元", "AUD {}"),
        "CAD": ("{}加元", "CAD {}"),
        "SGD": ("{}新加坡元", "SGD {}"),
        "CHF": ("{}瑞士法郎", "CHF {}"),
        "KRW": ("{}韩元", "KRW {}"),
        "TWD": ("{}新台币", "TWD {}"),
    }
)
# unit -> the Chinese measure word, English singular, English plural.
_UNITS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "day": ("天", "day", "days"),
        "working_day": ("个工作日", "working day", "working days"),
        "month": ("个月", "month", "months"),
        "hour": ("小时", "hour", "hours"),
        "time": ("次", "time", "times"),
    }
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. currency: a key of `CURRENCIES`."""

    amount: Decimal
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number of something. unit: day, working_day, month, hour, time."""

    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class PlainDay:
    """A day shown without its weekday, as one writes the day since when a rule is in force."""

    value: date


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence by its name in texts.yaml, with what fills its blanks."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)


Value = str | int | Decimal | date | datetime | Money | Count | PlainDay | Localized | Line | tuple["Value", ...]


def line(name: str, /, **values: Value) -> Line:
    """A sentence and its values; names of blanks as in texts.yaml."""
    return Line(name, MappingProxyType(values))


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one package by name."""

    sentences: Mapping[str, Localized]

    def say(self, said: Line, language: Language) -> str:
        """A sentence with its blanks filled. Raises KeyError for an unknown sentence or a missing value."""
        shown = {name: self.show(value, language) for name, value in said.values.items()}
        return _template(self.sentences[said.name], language).format(**shown)

    def localized(self, said: Line) -> Localized:
        """A sentence in all languages, filled."""
        hans, hant, en = (self.say(said, language) for language in LANGUAGES)
        return Localized(zh_hans=hans, zh_hant=hant, en=en)

    def show(self, value: Value, language: Language) -> str:
        """A value as people write it in the language; a tuple as a list of words."""
        if isinstance(value, Line):
            return self.say(value, language)
        if isinstance(value, tuple):
            return (", " if language == "en" else "、").join(self.show(part, language) for part in value)
        return show(value, language)

    def merged(self, other: Texts) -> Texts:
        """Both together. Raises ValueError when a name stands in both."""
        twice = self.sentences.keys() & other.sentences.keys()
        if twice:
            raise ValueError(f"sentences named twice: {sorted(twice)}")
        return Texts(MappingProxyType({**self.sentences, **other.sentences}))


def show(value: str | int | Decimal | date | Money | Count | PlainDay | Localized, language: Language) -> str:
    """A single value as people write it in the language."""
    if isinstance(value, Localized):
        return value.get(language)
    if isinstance(value, Money):
        return _in_script(CURRENCIES[value.currency][language == "en"], language).format(number(value.amount))
    if isinstance(value, Count):
        measure, one, many = _UNITS[value.unit]
        if language == "en":
            return f"{value.number} {one if value.number == 1 else many}"
        return f"{value.number}{_in_script(measure, language)}"
    if isinstance(value, PlainDay):
        return day(value.value, language)
    if isinstance(value, datetime):
        return f"{_with_weekday(value.date(), language)} {value:%H:%M}"
    if isinstance(value, date):
        return _with_weekday(value, language)
    return number(value) if isinstance(value, Decimal) else str(value)


def number(value: Decimal) -> str:
    """A number with thousands commas; two decimals where it is not whole, unless it has more that matter (0.0005)."""
    if value == value.to_integral_value():
        return f"{value.to_integral_value():,}"
    if abs(value) < Decimal("0.01"):
        return f"{value.normalize():f}"
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _with_weekday(value: date, language: Language) -> str:
    if language == "en":
        return f"{_WEEKDAYS_EN[value.weekday()]} {day(value, language)}"
    return f"{day(value, language)}（星期{_WEEKDAYS_ZH[value.weekday()]}）"


def _in_script(text: str, language: Language) -> str:
    return to_traditional(text) if language == "zh-Hant" else text


@lru_cache(maxsize=4_000)
def _template(sentence: Localized, language: Language) -> str:
    """A sentence before its blanks are filled; OpenCC is asked once for each."""
    return sentence.get(language)


def read_texts(path: Path) -> Texts:
    """Read a texts.yaml: name -> {zh-Hans, zh-Hant?, en}. Raises KnowledgeError with all faults of form at once."""
    faults: list[Fault] = []
    name = "/".join(path.parts[-3:])
    raw = read_yaml(path, name, faults)
    reader = Reader(name, None, raw, faults)
    sentences = {key: reader.localized(key) for key in raw}
    for key, sentence in sentences.items():
        if len({frozenset(blanks(sentence.get(language))) for language in LANGUAGES}) > 1:
            reader.fault(f"{key}: the languages have different {{blanks}}")
    if faults:
        raise KnowledgeError(tuple(faults))
    return Texts(MappingProxyType(sentences))


def blanks(text: str) -> set[str]:
    """The names of the {blanks} of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
