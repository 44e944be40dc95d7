"""The sentences around a rating."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import yaml

from bot.channels.model import Language
from knowledge.text import to_traditional


class Say(StrEnum):
    """The names of the sentences in texts.yaml."""

    GOOD = "good"
    BAD = "bad"
    THANKS = "thanks"
    WHY = "why"
    NOTED = "noted"
    REASON_WRONG = "reason_wrong"
    REASON_OUTDATED = "reason_outdated"
    REASON_UNCLEAR = "reason_unclear"
    REASON_OTHER_MATTER = "reason_other_matter"
    PERSON = "person"


LearningTexts = Mapping[Say, Mapping[Language, str]]


def load_learning_texts() -> LearningTexts:
    """Read texts.yaml. Raises KeyError when a sentence or a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    texts: dict[Say, dict[Language, str]] = {}
    for say in Say:
        hans, english = raw[say]["zh-Hans"], raw[say]["en"]
        texts[say] = {"zh-Hans": hans, "zh-Hant": raw[say].get("zh-Hant", to_traditional(hans)), "en": english}
    return texts
