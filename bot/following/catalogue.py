"""What can be followed by anybody, with its names: topics, entries, ports, HS chapters, countries, agreements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.people.model import FOLLOWS_WITH_PROOF, FollowKind
from knowledge.load import Knowledge
from knowledge.model import Language
from knowledge.rules.countries import read_places
from knowledge.text import normalise, to_traditional

_SUFFIX = re.compile(r"(口岸|海关|协定|自贸协定| port| agreement)$")


@dataclass(frozen=True)
class Catalogue:
    """names: by kind and target, in three languages. words: by kind, what people call a target (normalised) -> target."""

    names: Mapping[FollowKind, Mapping[str, Mapping[Language, str]]]
    words: Mapping[FollowKind, Mapping[str, str]]

    def has(self, kind: FollowKind, target: str) -> bool:
        """Whether this can be followed by anybody."""
        return kind not in FOLLOWS_WITH_PROOF and target in self.names.get(kind, {})

    def name(self, kind: FollowKind, target: str, language: Language) -> str:
        """What people call it; the target itself where it has no name."""
        names = self.names.get(kind, {}).get(target)
        return names[language] if names else target

    def find(self, kind: FollowKind, said: str) -> str | None:
        """The target that a word means; None for an unknown one."""
        word = normalise(said)
        known = self.words.get(kind, {})
        if kind is FollowKind.HS_CHAPTER and word.isdigit():
            word = word.zfill(2)
        return known.get(word) or known.get(_SUFFIX.sub("", word).strip())


def load_catalogue(knowledge: Knowledge, folder: Path) -> Catalogue:
    """folder: of the knowledge base. Raises KnowledgeError or KeyError for a file that is not as it should be."""
    rules = folder / "rules"
    places = read_places(rules / "countries.yaml")
    names = {
        FollowKind.TOPIC: {
            topic.id: {language: topic.title.get(language) for language in ("zh-Hans", "zh-Hant", "en")}
            for topic in knowledge.topics.values()
            if topic.id != "out_of_scope"
        },
        FollowKind.ENTRY: {
            entry: {language: knowledge.title(entry, language) for language in ("zh-Hans", "zh-Hant", "en")}
            for entry in knowledge.entries
        },
        FollowKind.PORT: _named(_read(rules / "identifiers" / "offices.yaml")),
        FollowKind.HS_CHAPTER: _named(_read(rules / "identifiers" / "chapters.yaml")),
        FollowKind.COUNTRY: {
            code: {"zh-Hans": name.zh_hans, "zh-Hant": name.get("zh-Hant"), "en": name.en}
            for code, name in places.names.items()
        },
        FollowKind.AGREEMENT: _named(
            {key: raw["name"] for key, raw in _read(rules / "origin" / "agreements.yaml").items()}
        ),
    }
    words: dict[FollowKind, dict[str, str]] = {}
    for kind, targets in names.items():
        known = words.setdefault(kind, {})
        for target, by_language in targets.items():
            for word in (target, *by_language.values()):
                known.setdefault(normalise(word), target)
    for word, code in places.words.items():
        words[FollowKind.COUNTRY].setdefault(normalise(word), code)
    for key, raw in _read(rules / "origin" / "agreements.yaml").items():
        for word in raw.get("words", ()):
            words[FollowKind.AGREEMENT].setdefault(normalise(word), key)
    return Catalogue(names, words)  # type: ignore[arg-type]  # literals of languages are kept as strings in between


def _read(path: Path) -> dict[str, dict[str, Any]]:
    raw: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return raw


def _named(raw: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, str]]:
    return {
        key: {
            "zh-Hans": str(name["zh-Hans"]),
            "zh-Hant": str(name.get("zh-Hant") or to_traditional(str(name["zh-Hans"]))),
            "en": str(name["en"]),
        }
        for key, name in raw.items()
    }
