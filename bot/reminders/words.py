"""Sentences of texts.yaml, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from knowledge.text import to_traditional


class ReminderWords:
    """zone: in which moments are shown where the person chose none; its name stands beside each."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], zone: ZoneInfo) -> None:
        self._sentences = sentences
        self.zone = zone

    def say(self, sentence: str, language: Language, /, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def moment(self, at: datetime, zone: ZoneInfo | None = None) -> str:
        """A moment as people read it, with its zone."""
        shown = zone or self.zone
        return f"{at.astimezone(shown):%Y-%m-%d %H:%M} ({shown.key})"

    def messages(
        self, text_key: str, values: Mapping[str, str], at: datetime, *, late: datetime | None, zone: ZoneInfo | None
    ) -> dict[Language, Reply]:
        """The push in each language. late: when it was due, for one that comes late."""
        messages: dict[Language, Reply] = {}
        for language in LANGUAGES:
            lines = [self.say(text_key, language, when=self.moment(at, zone), **values)]
            if late is not None:
                lines.append(self.say("late", language, due=self.moment(late, zone)))
            messages[language] = Reply(text="\n\n".join(lines), kind="push")
        return messages

    def stop_button(self, reminder: tuple[str, str], language: Language) -> Button:
        """Stops the reminders of one date. reminder: kind and object."""
        return Button(title=self.say("stop_button", language), payload=f"r:stop:{reminder[0]}:{reminder[1]}")


def load_reminder_words(zone: ZoneInfo) -> ReminderWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return ReminderWords(
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
