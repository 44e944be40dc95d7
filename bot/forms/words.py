"""Sentences of texts.yaml, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.channels.model import Language
from knowledge.model import Localized


class FormWords:
    """Says sentences."""

    def __init__(self, sentences: Mapping[str, Localized]) -> None:
        self._sentences = sentences

    def say(self, sentence: str, language: Language, /, **values: str | int) -> str:
        """A sentence with its blanks filled. Raises KeyError for one that is not there."""
        return self._sentences[sentence].get(language).format(**values)

    def all(self, sentence: str, /, **values: str | int) -> Localized:
        """A sentence in all languages, its blanks filled with the same values."""
        said = self._sentences[sentence]
        return Localized(
            said.get("zh-Hans").format(**values), said.get("zh-Hant").format(**values), said.get("en").format(**values)
        )


def load_form_words() -> FormWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return FormWords({name: Localized(t["zh-Hans"], t.get("zh-Hant"), t["en"]) for name, t in raw.items()})
