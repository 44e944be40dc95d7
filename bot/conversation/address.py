"""Where Rasa and its actions answer just now: the launcher changes it when another model takes over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DialogueAddress:
    """rasa_url, actions_url: base addresses. content: hash of what the model was trained from; empty where nobody says."""

    rasa_url: str
    actions_url: str | None
    content: str = ""


class AddressBook:
    """The address as the launcher last wrote it, or the configured one where no launcher runs.

    file: JSON with the fields of DialogueAddress, replaced whole. It is read again when it changed, which costs one look at
    the file's time for each question.
    """

    def __init__(self, file: Path, configured: DialogueAddress) -> None:
        self._file = file
        self._configured = configured
        self._known = configured
        self._changed_at_ns = -1

    def current(self) -> DialogueAddress:
        """The address that holds now."""
        try:
            changed_at_ns = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return self._configured
        if changed_at_ns != self._changed_at_ns:
            self._known = DialogueAddress(**json.loads(self._file.read_text()))
            self._changed_at_ns = changed_at_ns
        return self._known


def address_file(data_dir: Path) -> Path:
    """Where the launcher of a data directory writes the address."""
    return data_dir / "run" / "dialogue.json"
