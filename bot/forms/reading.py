"""Reads an answer out of what was typed: a value, or all that is wrong with it. One reader for each kind of field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bot.forms.form import Asking, Choice, Field, FieldKind, Trouble
from bot.forms.words import FormWords
from knowledge.model import LANGUAGES, Localized
from knowledge.rules.reading.amounts import find_amounts
from knowledge.rules.reading.dates import find_days, find_times
from knowledge.rules.reading.found import CHINESE_NUMBER, chinese_number, fold
from knowledge.text import normalise

_YES = re.compile(
    r"(?:是|对|有|要|需要|好|行|可以|同意|确认|没错|没问题|嗯+|系|啱|冇错)(?:的|啊|呀|哦|呢|吧|了|嘅)*"
    r"|y|yes|yeah|yep|yup|sure|ok|okay|right|correct|true|i do|it is|they are|of course"
)
_NO = re.compile(
    r"(?:否|不|不是|不对|没|没有|不要|不用|不需要|不行|不可以|不同意|无|冇|唔系|唔要|唔使)(?:的|啊|呀|哦|呢|吧|了|嘅)*"
    r"|n|no|nope|none|not|false|i dont|it isnt|it is not|they are not|no thanks"
)
_YEAR = re.compile(r"(?:19|20)\d\d|[去今明]年|[一二〇零九]{2,4}年")
_PAST = re.compile(r"昨|前天|前日|上个?(?:周|星期|月)|之前|以前|\b(?:yesterday|last|ago|past)\b")
_MONTH = re.compile(r"月|\d\s*[/.-]\s*\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_WEEKDAY = re.compile(r"周|星期|礼拜|day\b|\b(?:mon|tue|wed|thu|fri|sat|sun)\b")
_DIGITS = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_ORDINAL = re.compile(r"(?:第|no ?|number ?|option ?)?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:个|项|号|st|nd|rd|th)?")
_SEPARATORS = re.compile(r"[\s\-‐-―_]+")
_FEWEST_CONTAINED = 2


@dataclass(frozen=True)
class Read:
    """A value that was read; None: left out."""

    value: Any


Outcome = Read | list[Localized]


class Reader:
    """Reads answers. choices: those that the field offers now."""

    def __init__(self, words: FormWords) -> None:
        self._words = words
        self._readers: dict[FieldKind, Callable[[Field, str, Asking], Outcome]] = {
            FieldKind.TEXT: self._text,
            FieldKind.DATE: self._date,
            FieldKind.MOMENT: self._moment,
            FieldKind.NUMBER: self._number,
            FieldKind.YES_NO: self._yes_no,
            FieldKind.CODE: self._code,
            FieldKind.FILE: lambda *_: [self._words.all("fault_file")],
        }

    def read(self, field: Field, text: str, asking: Asking, choices: Sequence[Choice]) -> Outcome:
        """A value of the field, or all that is wrong with the text."""
        text = text.strip()
        if not text:
            return [self._words.all("fault_empty")]
        chosen = self._choice(text, choices)
        if isinstance(chosen, Read) or (field.only_choices and (choices or field.kind is FieldKind.CHOICE)):
            return chosen
        if field.read is None:
            reader = self._readers.get(field.kind, self._text)
            return reader(field, text, asking)
        own = field.read(text, asking)
        if isinstance(own, Trouble):
            return [own.text]
        if isinstance(own, list) and own and all(isinstance(fault, Localized) for fault in own):
            return own
        return Read(own)

    def exact(self, field: Field, text: str, choices: Sequence[Choice]) -> Read | None:
        """A value where the whole text can be nothing but an answer to this field: a choice's own words, yes, no."""
        chosen = [choice.value for choice in choices if normalise(text) in _names(choice)]
        if len(chosen) == 1:
            return Read(chosen[0])
        if field.kind is FieldKind.YES_NO:
            said = self.yes_or_no(text)
            return None if said is None else Read(said)
        return None

    def yes_or_no(self, text: str) -> bool | None:
        """Whether a text says yes or no and nothing else."""
        plain = normalise(text)
        if _YES.fullmatch(plain):
            return True
        return False if _NO.fullmatch(plain) else None

    def spot(self, field: Field, text: str, asking: Asking, choices: Sequence[Choice]) -> Read | None:
        """A value that stands somewhere in a longer text beyond doubt; None for kinds that cannot be told from the rest."""
        if field.read is not None:
            return None
        if field.kind is FieldKind.CHOICE:
            return self._spotted_choice(text, choices)
        if field.kind is FieldKind.DATE:
            found = find_days(fold(text), asking.today)
            read = self._date(field, text, asking) if len(found) == 1 else None
            return read if isinstance(read, Read) else None
        if field.kind is FieldKind.MOMENT:
            one_of_each = len(find_days(fold(text), asking.today)) == 1 and len(find_times(fold(text))) == 1
            read = self._moment(field, text, asking) if one_of_each else None
            return read if isinstance(read, Read) else None
        if field.kind is FieldKind.CODE and field.pattern is not None:
            pieces = re.findall(r"[A-Z0-9][A-Z0-9-]*[A-Z0-9]", unicodedata.normalize("NFKC", text).upper())
            matching = [code for code in map(_code, pieces) if re.fullmatch(field.pattern, code)]
            return Read(matching[0]) if len(matching) == 1 else None
        return None

    def _spotted_choice(self, text: str, choices: Sequence[Choice]) -> Read | None:
        plain = normalise(text)
        named = [
            c.value for c in choices if any(len(n) >= _FEWEST_CONTAINED and _stands_in(n, plain) for n in _names(c))
        ]
        return Read(named[0]) if len(named) == 1 else None

    def _choice(self, text: str, choices: Sequence[Choice]) -> Outcome:
        plain = normalise(text)
        exact = [choice for choice in choices if plain in _names(choice) or text == choice.value]
        if len(exact) == 1:
            return Read(exact[0].value)
        ordinal = _ORDINAL.fullmatch(plain)
        if ordinal is not None and not exact:
            number = int(ordinal[1]) if ordinal[1].isdecimal() else (chinese_number(ordinal[1]) or 0)
            if 1 <= number <= len(choices):
                return Read(choices[number - 1].value)
        near = exact or [c for c in choices if any(_stands_in(n, plain) or _stands_in(plain, n) for n in _names(c))]
        if len(near) == 1:
            return Read(near[0].value)
        if near:
            titles = {lang: " / ".join(c.title.get(lang) for c in near[:5]) for lang in LANGUAGES}
            return [
                Localized(*(self._words.say("fault_choice_several", lang, titles=titles[lang]) for lang in LANGUAGES))
            ]
        return [self._words.all("fault_choice")]

    def _text(self, field: Field, text: str, _asking: Asking | None) -> Outcome:
        if len(text) > field.most_chars:
            return [self._words.all("fault_too_long", most=field.most_chars, length=len(text))]
        return Read(text)

    def _date(self, field: Field, text: str, asking: Asking) -> Outcome:
        folded = fold(text)
        found = list(dict.fromkeys(day.value for day in find_days(folded, asking.today, bare=True)))
        if len(found) > 1:
            return [self._words.all("fault_dates_several")]
        if not found:
            return [self._words.all("fault_date")]
        if isinstance(found[0], str):
            return [self._words.all("fault_date_none", day=found[0])]
        return Read((_ahead(found[0], folded, asking.today) if field.ahead else found[0]).isoformat())

    def _moment(self, field: Field, text: str, asking: Asking) -> Outcome:
        day = self._date(field, text, asking)
        times = list(dict.fromkeys(found.value for found in find_times(_without_days(fold(text), asking.today))))
        faults = [] if isinstance(day, Read) else list(day)
        if len(times) != 1:
            faults.append(self._words.all("fault_time"))
        if faults or not isinstance(day, Read):
            return faults
        at: time = times[0]
        return Read(datetime.combine(date.fromisoformat(day.value), at, asking.zone).isoformat(timespec="seconds"))

    def _number(self, field: Field, text: str, _asking: Asking) -> Outcome:
        numbers = _numbers(fold(text))
        if not numbers:
            return [self._words.all("fault_number")]
        if len(numbers) > 1:
            return [self._words.all("fault_numbers_several")]
        faults = []
        if field.lowest is not None and numbers[0] < field.lowest:
            faults.append(self._words.all("fault_lowest", lowest=field.lowest))
        if field.highest is not None and numbers[0] > field.highest:
            faults.append(self._words.all("fault_highest", highest=field.highest))
        return faults or Read(f"{numbers[0]:f}")

    def _yes_no(self, _field: Field, text: str, _asking: Asking | None) -> Outcome:
        said = self.yes_or_no(text)
        return [self._words.all("fault_yes_no")] if said is None else Read(said)

    def _code(self, field: Field, text: str, _asking: Asking) -> Outcome:
        code = _code(text)
        if field.pattern is not None and not re.fullmatch(field.pattern, code):
            return [self._words.all("fault_code", code=code[:40])]
        return Read(code) if len(code) <= field.most_chars else self._text(field, code, None)


def _code(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper())


def _names(choice: Choice) -> set[str]:
    """All that a choice is called, normalised."""
    return {normalise(name) for name in (*(choice.title.get(language) for language in LANGUAGES), *choice.also)} - {""}


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text: Latin ones as whole words."""
    if len(name) < _FEWEST_CONTAINED:
        return False
    return bool(re.search(rf"\b{re.escape(name)}\b", text)) if name.isascii() else name in text


def _numbers(folded: str) -> list[Decimal]:
    amounts = [getattr(found.value, "amount", found.value) for found in find_amounts(folded)]
    numbers = [amount for amount in amounts if isinstance(amount, Decimal)]
    if not numbers:
        numbers = [Decimal(digits.replace(",", "")) for digits in _DIGITS.findall(folded)]
    if not numbers and re.fullmatch(CHINESE_NUMBER, folded):
        written = chinese_number(folded)
        numbers = [] if written is None else [Decimal(written)]
    return list(dict.fromkeys(numbers))


def _without_days(folded: str, today: date) -> str:
    """The text with its days blanked, so that no part of a day is taken for an hour."""
    for found in find_days(folded, today, bare=True):
        folded = folded[: found.start] + " " * (found.end - found.start) + folded[found.end :]
    return folded


def _ahead(day: date, folded: str, today: date) -> date:
    """A day that was written without its year, month or week, moved on to the next such day."""
    if day >= today or _YEAR.search(folded) or _PAST.search(folded):
        return day
    if _MONTH.search(folded):
        return _in_year(day, day.year + 1)
    if _WEEKDAY.search(folded):
        return day + timedelta(days=7)
    following = day.replace(day=1) + timedelta(days=32)
    while following.day != day.day:
        try:
            following = following.replace(day=day.day)
        except ValueError:
            following = following.replace(day=1) + timedelta(days=32)
    return following


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return day.replace(year=year, day=28)
