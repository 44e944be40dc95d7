"""Short turns of talk that are about the conversation itself: "start over", "source?", "那从香港呢"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml

from knowledge.text import Language, normalise

_FILE = Path(__file__).parent / "cues.yaml"
_Place = Literal["whole", "begins", "ends", "within"]
_COURTESY = "courtesy"
_LANGUAGE_CUES: tuple[tuple[str, Language], ...] = (
    ("in_english", "en"),
    ("in_chinese", "zh-Hans"),
    ("in_traditional", "zh-Hant"),
)


@dataclass(frozen=True)
class Cues:
    """The patterns of cues.yaml, compiled: cue -> place -> pattern."""

    patterns: Mapping[str, Mapping[str, re.Pattern[str]]]

    @property
    def names(self) -> frozenset[str]:
        """The names of all cues."""
        return frozenset(self.patterns)

    def has(self, cue: str, text: str) -> bool:
        """Whether a typed text carries a cue. Raises KeyError for an unknown one."""
        plain = normalise(text)
        found = self.patterns[cue]
        if "within" in found and found["within"].search(plain):
            return True
        bare = self._bare(plain)
        if "begins" in found and found["begins"].match(bare):
            return True
        return "whole" in found and found["whole"].fullmatch(bare) is not None

    def frames(self, cue: str, before: str, after: str) -> bool:
        """Whether a normalised text ends with the cue before something, or begins with it after."""
        found = self.patterns[cue]
        return found["ends"].search(before.strip()) is not None or found["begins"].match(after.strip()) is not None

    def language(self, text: str) -> Language | None:
        """The language in which a text wants the last thing said once more, or None."""
        return next((language for cue, language in _LANGUAGE_CUES if self.has(cue, text)), None)

    def stripped(self, cue: str, text: str) -> str:
        """The normalised text without courtesy around it and without the cue where it begins or ends so."""
        bare = self._bare(normalise(text))
        found = self.patterns[cue]
        if "begins" in found and (match := found["begins"].match(bare)):
            bare = bare[match.end() :].strip()
        if "ends" in found and (match := found["ends"].search(bare)):
            bare = bare[: match.start()].strip()
        return bare

    def bare(self, text: str) -> str:
        """The normalised text without courtesy around it; empty when it is nothing else."""
        return self._bare(normalise(text))

    def _bare(self, plain: str) -> str:
        courtesy = self.patterns[_COURTESY]
        while match := courtesy["begins"].match(plain):
            plain = plain[match.end() :].strip()
        while match := courtesy["ends"].search(plain):
            plain = plain[: match.start()].strip()
        return plain


def load_cues() -> Cues:
    """Read cues.yaml. Raises ValueError for an unknown place, re.error for a pattern that is none."""
    cues: dict[str, Mapping[str, re.Pattern[str]]] = {}
    for name, places in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items():
        unknown = set(places) - set(get_args(_Place))
        if unknown:
            raise ValueError(f"cue {name}: {sorted(unknown)} is none of {get_args(_Place)}")
        cues[name] = {place: _pattern(place, patterns) for place, patterns in places.items()}
    return Cues(cues)


def _pattern(place: str, patterns: list[str]) -> re.Pattern[str]:
    either = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(f"(?:{either})$" if place == "ends" else either)
