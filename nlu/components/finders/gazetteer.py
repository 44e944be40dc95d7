"""Names out of our own word lists: countries, agreements, ports, goods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import yaml

from components.finders.found import Found
from components.normalizer import fold, is_han

_START = 2


class Gazetteer:
    """Finds the longest known names in a folded text; a Latin name only where whole words stand."""

    def __init__(self, values_by_entity: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """values_by_entity: names by canonical value, by entity. Names are folded here.

        Raises ValueError when one name stands under two values of an entity.
        """
        self._values: dict[str, dict[str, str]] = {}
        self._names_by_start: dict[str, list[str]] = {}
        for entity, names_by_value in values_by_entity.items():
            for value, names in names_by_value.items():
                for name in names:
                    self._add(entity, value, fold(str(name)).text)
        for names in self._names_by_start.values():
            names.sort(key=len, reverse=True)

    def _add(self, entity: str, value: str, name: str) -> None:
        values = self._values.setdefault(name, {})
        if values.setdefault(entity, value) != value:
            raise ValueError(f"{entity}: {name!r} stands under {values[entity]!r} and {value!r}")
        names = self._names_by_start.setdefault(name[:_START], [])
        if name not in names:
            names.append(name)

    @classmethod
    def read(cls, folder: Path, entities: Sequence[str]) -> Gazetteer:
        """Read `<entity>.yml`, a mapping of canonical value to its names, for each entity. Raises FileNotFoundError."""
        return cls({entity: read_word_list(folder / f"{entity}.yml") for entity in entities})

    @property
    def values_by_name(self) -> Mapping[str, Mapping[str, str]]:
        """Canonical values by entity, by folded name."""
        return self._values

    def find(self, text: str) -> Iterator[Found]:
        """Names in a folded text, longest first at each place, none inside another."""
        position = 0
        while position < len(text):
            name = self._name_at(text, position)
            if name is None:
                position += 1
                continue
            for entity, value in self._values[name].items():
                yield Found(entity, position, position + len(name), value)
            position += len(name)

    def _name_at(self, text: str, position: int) -> str | None:
        # Names of one character lie under that character, all others under their first two.
        by_start = self._names_by_start
        for name in (*by_start.get(text[position : position + _START], ()), *by_start.get(text[position], ())):
            if text.startswith(name, position) and _stands_alone(text, position, position + len(name)):
                return name
        return None


def read_word_list(path: Path) -> dict[str, list[str]]:
    """Names by canonical value. A plain word that YAML takes for something else (no, on) is read as a word."""
    # CSafeLoader reads the long lists in a tenth of the time.
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_WordLoader)
    return {str(value): [str(name) for name in names] for value, names in raw.items()}


class _WordLoader(yaml.CSafeLoader):
    """Reads every scalar as the word that it is."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


def _stands_alone(text: str, start: int, end: int) -> bool:
    before_joins = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    # A plural s is let through: "mooncakes", "plants".
    rest = text[end:]
    after = rest[2:3] if rest[:2] == "es" else rest[1:2] if rest[:1] == "s" else rest[:1]
    after_joins = bool(after) and _is_latin(text[end - 1]) and _is_latin(after)
    return not before_joins and not after_joins


def _is_latin(character: str) -> bool:
    return character.isalnum() and not is_han(character)
