"""Sentences about files, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.channels.model import Language, RefusedFile
from bot.files.model import FileRefusedError
from knowledge.text import to_traditional


class FileWords:
    """Says sentences of texts.yaml."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    def say(self, sentence: str, language: Language, /, **values: str | int) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def reasons(self, codes: Sequence[str], values: Mapping[str, int], language: Language) -> str:
        """Why a file was not taken and what to do, a line for each reason."""
        return "\n".join(self.say(f"refused_{code}", language, **values) for code in codes)

    def refusal(self, file: RefusedFile, language: Language) -> str:
        """The whole refusal of one file."""
        return f"{self.say('refused', language, name=file.name)}\n{self.reasons(file.codes, file.values, language)}"


def refused(name: str, error: FileRefusedError) -> RefusedFile:
    """An error as what a conversation is told. A name is shown by its first 60 visible characters."""
    shown = "".join(char for char in name if char.isprintable())[:60] or "?"
    return RefusedFile(shown, tuple(fault.code for fault in error.faults), dict(error.values))


def load_file_words() -> FileWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return FileWords(
        {
            name: {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for name, texts in raw.items()
        }
    )
