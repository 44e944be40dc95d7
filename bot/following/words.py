"""Sentences of texts.yaml, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.channels.model import Language
from knowledge.text import to_traditional


class FollowingWords:
    """Says sentences."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    def say(self, sentence: str, language: Language, /, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def cause(self, kind: str, language: Language) -> str:
        """What a cause is, in few words."""
        name = f"cause_{kind}"
        return self.say(name if name in self._sentences else "cause_other", language)


def load_following_words() -> FollowingWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return FollowingWords(
        {
            name: {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for name, texts in raw.items()
        }
    )
