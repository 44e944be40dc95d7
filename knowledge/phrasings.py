"""Phrasings that staff filed under entries while the product ran: a file beside the model, read when it is trained."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.load import Knowledge
from knowledge.text import normalise


@dataclass(frozen=True)
class TakenError(Exception):
    """The phrasing stands under an entry already. entry: which."""

    entry: str

    def __str__(self) -> str:
        return f"the phrasing stands under {self.entry} already"


def phrasings_file(data_dir: Path) -> Path:
    """Where the phrasings of a data directory lie."""
    return data_dir / "phrasings.yaml"


def read_phrasings(file: Path) -> dict[str, list[str]]:
    """Phrasings by entry; empty when none was ever filed. Raises ValueError for a file of another form."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict) or not all(
        isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in found.values()
    ):
        raise ValueError(f"{file} does not hold lists of phrasings by entry")
    return found


def file_phrasing(file: Path, knowledge: Knowledge, entry: str, text: str) -> None:
    """Add a phrasing and keep the file whole: it is written aside, flushed to the disk and renamed.

    Raises KeyError for an unknown entry and TakenError when the text, normalised, stands under an entry already.
    """
    kept = read_phrasings(file)
    taken = standing(knowledge, kept).get(normalise(text))
    if taken is not None:
        raise TakenError(taken)
    if entry not in knowledge.entries:
        raise KeyError(entry)
    kept.setdefault(entry, []).append(text)
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as out:
        yaml.safe_dump(kept, out, allow_unicode=True, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)


def standing(knowledge: Knowledge, phrasings: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The entry under which each normalised question stands."""
    found: dict[str, str] = {}
    for entry_id, entry in knowledge.entries.items():
        written = [entry.title.zh_hans, entry.title.en, *entry.questions.zh_hans, *entry.questions.en]
        for text in [*written, *(entry.questions.zh_hant or ()), *phrasings.get(entry_id, ())]:
            found[normalise(text)] = entry_id
    return found
