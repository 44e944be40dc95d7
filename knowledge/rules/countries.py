"""Countries and places in three languages, with what else people call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import KnowledgeError
from knowledge.model import Localized
from knowledge.rules.fields import BadValueError, Heard
from knowledge.rules.reading.found import fold
from knowledge.rules.said import line


@dataclass(frozen=True, slots=True)
class Places:
    """names: by code. words: in the folded form -> code."""

    names: Mapping[str, Localized]
    words: Mapping[str, str]
    pattern: re.Pattern[str]

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Codes with where they stood in a folded text, in order; the longest name wins (南非, not 非)."""
        return [(self.words[match.group()], match.start(), match.end()) for match in self.pattern.finditer(text)]


def read_places(path: Path) -> Places:
    """Read countries.yaml. Raises KnowledgeError with all faults at once, such as a name that stands for two places."""
    faults: list[Fault] = []
    names: dict[str, Localized] = {}
    words: dict[str, str] = {}
    for code, raw in read_yaml(path, path.name, faults).items():
        reader = Reader(path.name, code, raw, faults)
        names[code] = name = reader.localized("name")
        own = [name.zh_hans, name.get("zh-Hant"), name.en, *reader.texts("also", required=False)]
        for word in dict.fromkeys(fold(written) for written in own):
            if words.setdefault(word, code) != code:
                reader.fault(f"{word} stands for {words[word]} already")
    if faults:
        raise KnowledgeError(tuple(faults))
    return Places(MappingProxyType(names), MappingProxyType(words), _pattern(tuple(words)))


@lru_cache(maxsize=4)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in longest_first))


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """A country or place, by its code. without: codes that cannot be meant here.

    implied: a pattern that says a place without naming it, and its code (出口: the origin is China).
    """

    places: Places
    without: frozenset[str] = frozenset()
    implied: tuple[str, str] | None = None
    pool: str = "place"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Countries and places."""
        found = [place for place in self.places.find(heard.text) if place[0] not in self.without]
        if self.implied is not None:
            pattern, code = self.implied
            found += [(code, m.start(), m.end()) for m in re.finditer(pattern, heard.text)]
        return found

    def parse(self, value: str) -> str:
        """A code that is known."""
        if value not in self.places.names:
            raise BadValueError(line("fault.unknown_place", value=value))
        return value

    def describe(self, value: str) -> Localized:
        """Its name."""
        return self.places.names.get(value) or Localized(value, value, value)
