"""The conversation's own sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import yaml

from bot.channels.model import Language, Reply
from knowledge.text import to_traditional


class Say(StrEnum):
    """The names of the sentences in phrases.yaml."""

    TOO_LONG = "too_long"
    NO_WORDS = "no_words"
    UNSUPPORTED = "unsupported"
    OTHER_LANGUAGE = "other_language"
    UNKNOWN_BUTTON = "unknown_button"
    TOO_FAST = "too_fast"
    NOT_ANSWERED = "not_answered"


class ConversationPhrases:
    """The sentences, complete in three languages."""

    def __init__(self, sentences: Mapping[Say, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    def reply(self, say: Say, language: Language, **values: int) -> Reply:
        """A sentence as a reply that tells of something wrong with the message."""
        return Reply(text=self._sentences[say][language].format(**values), kind="error")


def load_phrases() -> ConversationPhrases:
    """Read phrases.yaml. Raises KeyError when a sentence or a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    sentences: dict[Say, dict[Language, str]] = {}
    for say in Say:
        hans, english = raw[say]["zh-Hans"], raw[say]["en"]
        sentences[say] = {"zh-Hans": hans, "zh-Hant": raw[say].get("zh-Hant", to_traditional(hans)), "en": english}
    return ConversationPhrases(sentences)
