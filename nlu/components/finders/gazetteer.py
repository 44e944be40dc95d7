"""Names out of our own word lists: countries, agreements, ports, goods."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence

import yaml

from components.finders.found import Found
from components.normalizer import fold, is_han


class Gazetteer:
    """Finds the longest known names in a folded text; a Latin name only where whole words stand."""

    def __init__(self, values_by_entity: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """values_by_entity: names by canonical value, by entity. Names are folded here.

        Raises ValueError when one name stands under two values of an entity.
        """
        self._values: Dict[str, Dict[str, str]] = {}
        self._names_by_start: Dict[str, List[str]] = {}
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
        names = self._names_by_start.setdefault(name[0], [])
        if name not in names:
            names.append(name)

    @classmethod
    def read(cls, folder: Path) -> "Gazetteer":
        """Read `<entity>.yml` files: a mapping of canonical value to its names. Raises FileNotFoundError for an empty folder."""
        paths = sorted(folder.glob("*.yml"))
        if not paths:
            raise FileNotFoundError(f"no word lists in {folder}")
        return cls({path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths})

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

    def _name_at(self, text: str, position: int) -> "str | None":
        for name in self._names_by_start.get(text[position], ()):
            if text.startswith(name, position) and _stands_alone(text, position, position + len(name)):
                return name
        return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    before_joins = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    # A plural s is let through: "mooncakes", "plants".
    rest = text[end:]
    after = rest[2:3] if rest[:2] == "es" else rest[1:2] if rest[:1] == "s" else rest[:1]
    after_joins = bool(after) and _is_latin(text[end - 1]) and _is_latin(after)
    return not before_joins and not after_joins


def _is_latin(character: str) -> bool:
    return character.isalnum() and not is_han(character)
