"""Sentences about shipments, in three languages: texts.yaml (the stages) and sentences.yaml (all around them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import LANGUAGES, Language
from bot.clearance.model import Stage
from knowledge.text import to_traditional

_OFFICES = Path(__file__).parents[2] / "knowledge" / "rules" / "identifiers" / "offices.yaml"


@dataclass(frozen=True)
class StageText:
    """name: the stage in few words; text: what it means; next_step: what to do."""

    name: str
    text: str
    next_step: str


class Words:
    """zone: in which moments are shown; its name stands beside each."""

    def __init__(
        self,
        stages: Mapping[Stage, Mapping[Language, StageText]],
        sentences: Mapping[str, Mapping[Language, str]],
        offices: Mapping[str, Mapping[Language, str]],
        zone: ZoneInfo,
    ) -> None:
        self._stages = stages
        self._sentences = sentences
        self._offices = offices
        self.zone = zone

    def stage(self, stage: Stage, language: Language) -> StageText:
        """All that is said of a stage."""
        return self._stages[stage][language]

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def port(self, code: str, language: Language) -> str:
        """A customs office: its code, and its name where that is known."""
        names = self._offices.get(code)
        return self.say("port_named", language, code=code, name=names[language]) if names else code

    def moment(self, at: datetime) -> str:
        """A moment as people read it, with its zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})"

    def short(self, at: datetime) -> str:
        """A moment in a list, where the zone stands once beside it."""
        return f"{at.astimezone(self.zone):%m-%d %H:%M}"

    def span(self, span: timedelta, language: Language) -> str:
        """How long, in the largest unit that says it well: rounded up, so that nobody is told less than it was."""
        minutes = max(1, -int(-span.total_seconds() // 60))
        if minutes < 120:
            return self.say("minutes", language, n=minutes)
        hours = -(-minutes // 60)
        if hours < 72:
            return self.say("hours", language, n=hours)
        return self.say("days", language, n=-(-hours // 24))


def load_words(zone: ZoneInfo) -> Words:
    """Read the sentences. Raises KeyError when a stage or language is missing, ValueError on a stage that is none of ours."""
    here = Path(__file__).parent
    stages = {Stage(name): _stage(texts) for name, texts in _read(here / "texts.yaml").items()}
    missing = set(Stage) - set(stages)
    if missing:
        raise KeyError(f"texts.yaml says nothing about {sorted(missing)}")
    return Words(stages, _localized(_read(here / "sentences.yaml")), _localized(_read(_OFFICES)), zone)


def _read(path: Path) -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return raw


def _localized(raw: Mapping[str, Mapping[str, str]]) -> dict[str, dict[Language, str]]:
    return {
        name: {
            "zh-Hans": texts["zh-Hans"],
            "zh-Hant": texts.get("zh-Hant") or to_traditional(texts["zh-Hans"]),
            "en": texts["en"],
        }
        for name, texts in raw.items()
    }


def _stage(by_language: Mapping[str, Mapping[str, str]]) -> dict[Language, StageText]:
    hans = by_language["zh-Hans"]
    hant = by_language.get("zh-Hant") or {key: to_traditional(value) for key, value in hans.items()}
    versions = {"zh-Hans": hans, "zh-Hant": hant, "en": by_language["en"]}
    return {
        language: StageText(versions[language]["name"], versions[language]["text"], versions[language]["next"])
        for language in LANGUAGES
    }
