"""The sentences of the actions, by name and language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from knowledge.model import Language
from knowledge.text import to_traditional

_FILE = Path(__file__).parent / "phrases.yaml"


class ActionPhrases:
    """Sentences complete in three languages."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    @property
    def names(self) -> frozenset[str]:
        """The names of all sentences."""
        return frozenset(self._sentences)

    def say(self, name: str, language: Language, **values: str | int) -> str:
        """A sentence with its blanks filled. Raises KeyError for an unknown name or a missing value."""
        return self._sentences[name][language].format(**values).strip()


def load_phrases() -> ActionPhrases:
    """Read phrases.yaml. Raises KeyError when a language is missing."""
    sentences: dict[str, Mapping[Language, str]] = {}
    for name, texts in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items():
        hans = texts["zh-Hans"]
        sentences[name] = {"zh-Hans": hans, "zh-Hant": texts.get("zh-Hant", to_traditional(hans)), "en": texts["en"]}
    return ActionPhrases(sentences)
