"""The console's own words, in Chinese and English. Traditional Chinese is made from Simplified where it is not written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import yaml

from bot.errors import Fault
from knowledge.text import to_traditional

ConsoleLanguage = Literal["zh", "zh-Hant", "en"]
CONSOLE_LANGUAGES: tuple[ConsoleLanguage, ...] = get_args(ConsoleLanguage)


class ConsoleTexts:
    """Sentences by dotted name (`state.draft`)."""

    def __init__(self, sentences: Mapping[str, Mapping[ConsoleLanguage, str]]) -> None:
        self._sentences = sentences

    def say(self, name: str, language: ConsoleLanguage, /, **values: object) -> str:
        """A sentence with its values. Raises KeyError for a name that is not in texts.yaml."""
        return self._sentences[name][language].format(**values)

    def has(self, name: str) -> bool:
        """Whether there is a sentence of that name."""
        return name in self._sentences

    def fault(self, fault: Fault, language: ConsoleLanguage) -> str:
        """What is wrong, for the person at the form; the fault's own English sentence where there is no other."""
        part = fault.where.rpartition(".")[2]
        for name in (f"fault.{part}.{fault.code}", f"fault.{fault.code}"):
            if self.has(name):
                return self.say(name, language)
        return fault.message


def load_console_texts() -> ConsoleTexts:
    """Read texts.yaml. Raises ValueError for a sentence that is not one text in each language, and no more."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, Mapping[ConsoleLanguage, str]] = {}
    for group, named in raw.items():
        for name, sentence in named.items():
            # An unquoted comma or `Yes` in YAML makes another thing than the sentence that was meant.
            if not {"zh", "en"} <= set(sentence) <= set(CONSOLE_LANGUAGES) or not all(
                isinstance(text, str) for text in sentence.values()
            ):
                raise ValueError(f"texts.yaml: {group}.{name} is not one text in each of {CONSOLE_LANGUAGES}")
            sentences[f"{group}.{name}"] = {"zh-Hant": to_traditional(sentence["zh"]), **sentence}
    return ConsoleTexts(sentences)
