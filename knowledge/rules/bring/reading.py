"""Reads the slots of May I bring it? out of what people type, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.files import Fault, Reader, read_yaml
from knowledge.rules.bring.carried import CASH, AmountReader, plain
from knowledge.rules.bring.vocabulary import Found as FoundGood
from knowledge.rules.bring.vocabulary import Vocabulary
from knowledge.rules.reading.amounts import find_amounts
from knowledge.rules.reading.dates import find_days, iso
from knowledge.rules.reading.found import chinese_number, fold
from knowledge.rules.said import Money
from knowledge.text import normalise

UNKNOWN_GOOD = "~"
_LONGEST_NAME = 40
_MAX_GOODS = 4
_PLACES = ("hong_kong", "macao", "elsewhere", "mainland")
# Slot, value, and the name of the patterns that say it; of one slot the first that is said counts.
_SAID = (
    ("resident", "no", "visitor"),
    ("resident", "yes", "resident"),
    ("frequency", "same_day", "same_day"),
    ("frequency", "repeat", "repeat"),
    ("frequency", "first", "first"),
    ("contains", "no", "contains_no"),
    ("contains", "yes", "contains_yes"),
)
_AGE = re.compile(
    r"(\d{1,3})\s?(?:周?岁|years? old|year.old|y/?o(?![a-z]))|"
    r"(?<![a-z])(?:aged?|(?:son|daughter|child|kid|he|she|i) (?:is|am)|he.s|she.s|i.m) (\d{1,3})(?!\s?[a-z])"
)
# Words that say what for, or in what: where another good is named, that one is meant.
_VAGUE = frozenset(
    ("gift", "luggage_item", "souvenirs", "sample", "documents", "any_food", "allowance", "unknown_parcel")
)
_TIMES = re.compile(r"(?:15\s?(?:天|日)(?:之?内|里)?[^\d]{0,6}|第)(\d{1,2})\s?次|(\d{1,2}) times in")
_AGE_IN_CHINESE = re.compile(r"([一二两三四五六七八九十]{1,4})周?岁")


@dataclass(frozen=True, slots=True)
class Words:
    """Compiled patterns by name; `places` by place."""

    patterns: Mapping[str, re.Pattern[str]]
    places: Mapping[str, re.Pattern[str]]

    def has(self, name: str, text: str) -> bool:
        """Whether one of the patterns stands in a folded text."""
        return self.patterns[name].search(text) is not None


@dataclass(frozen=True, slots=True)
class SlotReader:
    """Reads values of slots."""

    words: Words
    vocabulary: Vocabulary
    amounts: AmountReader

    def read(self, text: str, on: date, asked: str | None) -> dict[str, str]:
        """Values by slot, only what is surely meant; an answer to `asked` may be bare."""
        # A comma in full width is one between digits no longer once it is folded.
        folded = re.sub(r"(?<!\d),(?=\d)", ", ", fold(text))
        values = self._journey(folded) | self._person(folded) | self._goods(text, asked)
        if asked == "contains" and asked in values:
            # "有肉的" tells of the filling, and names no other good.
            values.pop("goods", None)
        values |= self.amounts.read(folded, on, values.get("goods"), asked)
        if "goods" not in values and "value" in values and "direction" in values:
            values["goods"] = CASH
        values |= self._purpose(folded, named="goods" in values)
        days = find_days(folded, on)
        if days and asked != "age":
            values["day"] = iso(days[0].value)
        # "Three bottles" corrects the quantity; it is no count of crossings and no age.
        counted = "quantity" in values and asked in ("age", "frequency")
        if asked is not None and asked not in values and not counted:
            values |= self._bare(folded, asked)
        return values

    def _goods(self, text: str, asked: str | None) -> dict[str, str]:
        clean = normalise(text)
        found = [f for f in self.vocabulary.find(clean, expected=asked == "goods") if not self._is_place(clean, f)]
        ids = tuple(dict.fromkeys(good for f in found for good in f.goods))
        ids = tuple(good for good in ids if good not in _VAGUE) or ids
        if ids:
            return {"goods": ",".join(_at_most_sixty(ids))}
        if asked == "goods" and clean:
            shown = re.sub(r'["\\{}&=?;\x00-\x1f,]', " ", text).strip()[:_LONGEST_NAME].strip()
            return {"goods": UNKNOWN_GOOD + shown} if shown else {}
        return {}

    def _is_place(self, text: str, found: FoundGood) -> bool:
        """香港人参加: a name inside a place is none."""
        return any(
            match.start() < found.end
            and found.start < match.end()
            and match.end() - match.start() > found.end - found.start
            for pattern in self.words.places.values()
            for match in pattern.finditer(text)
        )

    def _journey(self, text: str) -> dict[str, str]:
        ends: dict[str, str] = {}
        named: list[str] = []
        for place in _PLACES:
            for match in self.words.places[place].finditer(text):
                role = self._role(text, match.start(), match.end())
                if role:
                    ends.setdefault(role, place)
                elif place not in named:
                    named.append(place)
        values = _from_ends(ends.get("from"), ends.get("to"))
        others = [place for place in (*ends.values(), *named) if place != "mainland"]
        if "place" not in values and len(set(others)) == 1:
            values["place"] = others[0]
        if self.words.has("returns", text) and values.get("place") is not None:
            values["direction"] = "enter"
        if "direction" not in values:
            entering, leaving = self.words.has("enter", text), self.words.has("leave", text)
            if entering != leaving:
                values["direction"] = "enter" if entering else "leave"
        return values

    def _role(self, text: str, start: int, end: int) -> str | None:
        """`from` or `to` by the words beside a place, the nearest first."""
        before, behind = text[max(0, start - 16) : start], text[end : end + 6]
        for role, side in (("to", "to_before"), ("from", "from_before")):
            if any(match.end() == len(before) for match in self.words.patterns[side].finditer(before)):
                return role
        match = self.words.patterns["from_behind"].match(behind)
        if match:
            return "from"
        return "from" if self._leads_on(text, end) else None

    def _leads_on(self, text: str, end: int) -> bool:
        """香港去深圳, Hong Kong to Shenzhen: what stands before the word "to" is where one comes from."""
        rest = text[end : end + 24].lstrip()
        return any(
            re.match(rf"(?:去|到|至|回|返|过|进|带(?:回|到|去|进)|to|->|→|—|-)\s?(?:the )?(?:{pattern.pattern})", rest)
            for pattern in self.words.places.values()
        )

    def _person(self, text: str) -> dict[str, str]:
        values = self._age(text)
        for slot, value, name in _SAID:
            if self.words.has(name, text):
                values.setdefault(slot, value)
        times = _TIMES.search(text)
        if times:
            count = int(next(group for group in times.groups() if group))
            values["frequency"] = "repeat" if count > 1 else "first"
        return values

    def _age(self, text: str) -> dict[str, str]:
        age = _AGE.search(text)
        if age:
            return {"age": str(int(age[1] or age[2]))}
        written = _AGE_IN_CHINESE.search(text)
        if written and (years := chinese_number(written[1])) is not None:
            return {"age": str(years)}
        if self.words.has("adult", text):
            return {"age": "18"}
        if self.words.has("minor", text):
            return {"age": "17"}
        return {"age": "15"} if self.words.has("child", text) else {}

    def _purpose(self, text: str, *, named: bool) -> dict[str, str]:
        if self.words.has("evade", text):
            return {"purpose": "evade"}
        if self.words.has("trade", text):
            return {"purpose": "trade"}
        return {"purpose": "own"} if named else {}

    def _bare(self, text: str, asked: str) -> dict[str, str]:
        """An answer of a word or a number to the question that was asked."""
        stripped = text.strip()
        numbers = list(find_amounts(stripped))
        if asked in ("contains", "resident"):
            for value in ("no", "yes"):
                if self.words.has(f"said_{value}", stripped):
                    return {asked: value}
        if asked == "direction":
            for value in ("enter", "leave"):
                if self.words.has(f"bare_{value}", stripped):
                    return {asked: value}
        if asked == "age" and numbers and not isinstance(numbers[0].value, Money):
            return {"age": plain(numbers[0].value)}
        if asked == "frequency" and numbers and not isinstance(numbers[0].value, Money) and numbers[0].value <= 20:
            return {"frequency": "first" if numbers[0].value <= 1 else "repeat"}
        if asked == "quantity" and numbers and not isinstance(numbers[0].value, Money):
            return {"quantity": plain(numbers[0].value)}
        return {}


def _from_ends(origin: str | None, destination: str | None) -> dict[str, str]:
    """Direction and place from where a journey begins and ends; nothing where neither end tells."""
    if origin is not None and origin != "mainland" and destination in (None, "mainland"):
        return {"direction": "enter", "place": origin}
    if destination is not None and destination != "mainland":
        return {"direction": "leave", "place": destination}
    if destination == "mainland":
        return {"direction": "enter"}
    return {"direction": "leave"} if origin == "mainland" else {}


def _at_most_sixty(ids: tuple[str, ...]) -> tuple[str, ...]:
    """As many as fit into a value of a case."""
    kept = ids[:_MAX_GOODS]
    while len(",".join(kept)) > 60:
        kept = kept[:-1]
    return kept


def read_words(folder: Path, faults: list[Fault]) -> Words:
    """Read words.yaml under `folder`; faults of form are noted."""
    name = "words.yaml"
    raw = read_yaml(folder / name, name, faults)
    reader = Reader(name, None, raw, faults)
    patterns = {key: re.compile("|".join(reader.texts(key))) for key in raw if key != "places"}
    places = {place: re.compile("|".join(listed)) for place, listed in reader.mapping("places").items()}
    return Words(patterns, places)
