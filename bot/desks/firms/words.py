"""Sentences of texts.yaml, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import Language
from bot.people.firms.model import Grants, Right
from knowledge.text import to_traditional

_NUMBERS_SHOWN = 3


class FirmWords:
    """zone: of the service, in which moments are shown, with its name."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], zone: ZoneInfo) -> None:
        self._sentences = sentences
        self.zone = zone

    def say(self, sentence: str, language: Language, /, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def moment(self, at: datetime) -> str:
        """A moment as people read it."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})"

    def rights(self, grants: Grants, language: Language) -> str:
        """Rights in few words, each with its limit."""
        named = []
        for right in Right:
            if right not in grants:
                continue
            name, numbers = self.say(f"right_{right}", language), grants[right]
            if numbers is not None:
                listed = ", ".join(sorted(numbers)[:_NUMBERS_SHOWN])
                more = "…" if len(numbers) > _NUMBERS_SHOWN else ""
                name = self.say("limited", language, right=name, numbers=listed + more)
            named.append(name)
        return self.say("comma", language).join(named)


def load_firm_words(zone: ZoneInfo) -> FirmWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return FirmWords(
        {
            name: {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for name, texts in raw.items()
        },
        zone,
    )
