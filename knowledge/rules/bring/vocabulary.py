"""Reads the goods and finds them in what people type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge
from knowledge.model import Localized
from knowledge.rules.bring.classes import number, weakest
from knowledge.rules.bring.model import Good, TableValue
from knowledge.text import HAN, normalise

_HONG_KONG = "hk:"
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_START = 2
# A typing slip: one letter in about eight, measured on the names themselves so that no two goods are mistaken for each other.
_LATIN_LIKENESS = 88
_HAN_LIKENESS = 66
_SHORTEST_LATIN_SLIP = 5
_SHORTEST_HAN_SLIP = 3
_LONGEST_RUN = 400


@dataclass(frozen=True, slots=True)
class Found:
    """A name found in a normalised text: [start, end). goods: ids, several where the name stands under several."""

    start: int
    end: int
    goods: tuple[str, ...]


@dataclass(slots=True)
class Vocabulary:
    """Goods by id, and their names in the form of `knowledge.text.normalise`."""

    goods: Mapping[str, Good]
    names: Mapping[str, tuple[str, ...]]
    _by_start: dict[str, list[str]] = field(default_factory=dict)
    _latin: list[str] = field(default_factory=list)
    _han: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in sorted(self.names, key=len, reverse=True):
            self._by_start.setdefault(name[:_START], []).append(name)
        self._latin = [n for n in self.names if not _HAN_CHARACTER.search(n) and len(n) >= _SHORTEST_LATIN_SLIP]
        self._han = [n for n in self.names if _HAN_CHARACTER.search(n) and len(n) >= _SHORTEST_HAN_SLIP]

    def find(self, text: str, *, expected: bool = False) -> list[Found]:
        """Goods in a normalised text, the longest name at each place, none inside another; slips only where nothing else is.

        expected: whether the text answers the question what is carried; then a slip in a short name is seen too.
        """
        found = list(self._exact(text))
        return found or self._near(text, (6, 5, 4, 3) if expected else (6, 5, 4))

    def _exact(self, text: str) -> Iterator[Found]:
        position = 0
        while position < len(text):
            name = self._name_at(text, position)
            if name is None:
                position += 1
                continue
            yield Found(position, position + len(name), self.names[name])
            position += len(name)

    def _name_at(self, text: str, position: int) -> str | None:
        candidates: tuple[str, ...] = (
            *self._by_start.get(text[position : position + _START], ()),
            *self._by_start.get(text[position], ()),
        )
        for name in candidates:
            if text.startswith(name, position) and _stands_alone(text, position, position + len(name)):
                return name
        return None

    def _near(self, text: str, han_lengths: tuple[int, ...]) -> list[Found]:
        """Goods whose name is one slip away; all that are equally near, at most four."""
        words = re.findall(r"[a-z][a-z-]+", text)
        phrases = [" ".join(words[i : i + n]) for n in (3, 2, 1) for i in range(len(words) - n + 1)]
        for phrase in phrases:
            if len(phrase) >= _SHORTEST_LATIN_SLIP and (goods := self._best(phrase, self._latin, _LATIN_LIKENESS)):
                start = max(text.find(phrase), 0)
                return [Found(start, start + len(phrase), goods)]
        for run in re.findall(f"[{HAN}]+", text[:_LONGEST_RUN]):
            for length in han_lengths:
                for i in range(len(run) - length + 1):
                    if goods := self._best(run[i : i + length], self._han, _HAN_LIKENESS, same_length=True):
                        start = text.find(run) + i
                        return [Found(start, start + length, goods)]
        return []

    def _best(self, written: str, names: list[str], likeness: int, *, same_length: bool = False) -> tuple[str, ...]:
        hits = process.extract(written, names, scorer=fuzz.ratio, score_cutoff=likeness, limit=6)
        if same_length:
            # One character is wrong, none is missing: else 牛肉 would be near 牛肉干.
            hits = [hit for hit in hits if len(hit[0]) == len(written) and _one_slip(hit[0], written)]
        else:
            hits = [hit for hit in hits if hit[0][0] == written[0]]
        best = [name for name, score, _ in hits if score >= hits[0][1] - 0.5]
        return tuple(dict.fromkeys(good for name in best for good in self.names[name]))[:4]


def _one_slip(name: str, written: str) -> bool:
    """Whether one character of the two differs; of three it must be the last, as the first two say what kind of thing it is."""
    differing = [place for place, pair in enumerate(zip(name, written, strict=True)) if pair[0] != pair[1]]
    return len(differing) == 1 and (len(name) > _SHORTEST_HAN_SLIP or differing == [len(name) - 1])


def _stands_alone(text: str, start: int, end: int) -> bool:
    before_joins = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    rest = text[end:]
    # A plural s is let through.
    after = rest[2:3] if rest[:2] == "es" else rest[1:2] if rest[:1] == "s" else rest[:1]
    after_joins = bool(after) and _is_latin(text[end - 1]) and _is_latin(after)
    return not before_joins and not after_joins


def _is_latin(character: str) -> bool:
    return character.isalnum() and not _HAN_CHARACTER.match(character)


def read_vocabulary(folder: Path, classes: Mapping[str, Any], knowledge: Knowledge, faults: list[Fault]) -> Vocabulary:
    """Read `folder`/*.yaml: food.yaml and things.yaml by class, families.yaml, values.yaml. Faults of form are noted."""
    values = _read_values(folder, knowledge, faults)
    goods: dict[str, Good] = {}
    for name in ("food.yaml", "things.yaml"):
        for rule_class, listed in read_yaml(folder / name, name, faults).items():
            head = Reader(name, rule_class, listed, faults)
            head.refuse_unknown("class", [rule_class], classes)
            for good_id, raw in listed.items():
                _add(goods, _good(Reader(name, good_id, {"good": raw}, faults), good_id, raw, rule_class, values), head)
    name = "families.yaml"
    for good_id, raw in read_yaml(folder / name, name, faults).items():
        reader = Reader(name, good_id, raw, faults)
        family = f"any_{good_id}"
        members = reader.texts("one_of")
        reader.refuse_unknown("one_of", members, goods)
        _add(goods, Good(family, _title(raw), "", _all_names(raw), members), reader)
    for good_id in values:
        if good_id not in goods:
            faults.append(Fault("values.yaml", good_id, "no such good"))
    return Vocabulary(goods, index_names(goods))


def index_names(goods: Mapping[str, Good]) -> dict[str, tuple[str, ...]]:
    """Ids of goods by normalised name. A name of a family and of its members stands for the family alone."""
    names: dict[str, list[str]] = {}
    for good in goods.values():
        for name in good.names:
            ids = names.setdefault(normalise(name), [])
            if good.id not in ids:
                ids.append(good.id)
    return {name: tuple(ids) for name, ids in names.items() if name}


def _add(goods: dict[str, Good], good: Good, reader: Reader) -> None:
    if good.id in goods:
        reader.fault(f"the good {good.id} stands twice")
    goods[good.id] = good


def _good(reader: Reader, good_id: str, raw: object, rule_class: str, values: Mapping[str, TableValue]) -> Good:
    value = values.get(good_id)
    if isinstance(raw, dict):
        names = _all_names(raw)
        return Good(good_id, _title(raw), rule_class, names, currency=raw.get("currency"), value=value)
    listed = [str(name) for name in reader.texts("good")]
    if len(listed) < 2:
        reader.fault("needs a name in zh-Hans and one in en")
        listed = [*listed, good_id, good_id][:2]
    hong_kong = next((name[len(_HONG_KONG) :] for name in listed if name.startswith(_HONG_KONG)), None)
    names = tuple(name.removeprefix(_HONG_KONG) for name in listed)
    return Good(good_id, Localized(listed[0], hong_kong, listed[1]), rule_class, names, value=value)


def _all_names(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return (*_words(raw), *(str(name).removeprefix(_HONG_KONG) for name in raw.get("also", ())))


def _title(raw: Mapping[str, Any]) -> Localized:
    return Localized(str(raw.get("zh-Hans", "")), raw.get("zh-Hant"), str(raw.get("en", "")))


def _words(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(raw[key]) for key in ("zh-Hans", "zh-Hant", "en") if key in raw)


def _read_values(folder: Path, knowledge: Knowledge, faults: list[Fault]) -> dict[str, TableValue]:
    values: dict[str, TableValue] = {}
    for good_id, raw in read_yaml(folder / "values.yaml", "values.yaml", faults).items():
        reader = Reader("values.yaml", good_id, raw, faults)
        facts, sources = reader.texts("facts"), reader.texts("sources")
        reader.refuse_unknown("facts", facts, knowledge.facts)
        reader.refuse_unknown("sources", sources, knowledge.sources)
        grade = weakest([knowledge.facts[fact] for fact in facts if fact in knowledge.facts])
        values[good_id] = TableValue(number(reader, "yuan"), number(reader, "per"), facts, sources, grade)
    return values
