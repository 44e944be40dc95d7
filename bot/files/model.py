"""What kinds of files are taken, and how they are named. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import get_args

from bot.channels.model import FileKind, FileRef
from bot.errors import Fault, InvalidInputError

KINDS: tuple[FileKind, ...] = get_args(FileKind)
MEDIA_TYPES: Mapping[FileKind, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "text": "text/plain",
}
SUFFIXES: Mapping[FileKind, str] = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "pdf": ".pdf",
    "xlsx": ".xlsx",
    "csv": ".csv",
    "text": ".txt",
}
_STEM_MAX_CHARS = 80
_NOT_IN_NAMES = set('<>:"/\\|?*%')


class FileRefusedError(InvalidInputError):
    """A file is not taken. values: what the sentences in people's languages name (texts.yaml, by fault code)."""

    code = "file-refused"

    def __init__(self, faults: list[Fault], **values: int) -> None:
        super().__init__(faults)
        self.values = values


@dataclass(frozen=True)
class Checked:
    """A file that may be kept. content: pictures are written anew, without what a camera noted; the rest is as it came."""

    kind: FileKind
    content: bytes


@dataclass(frozen=True)
class StoredFile:
    """A kept file with its content."""

    ref: FileRef
    content: bytes

    @property
    def media_type(self) -> str:
        """The type to serve it as."""
        return MEDIA_TYPES[self.ref.kind]


def clean_name(name: str, kind: FileKind) -> str:
    """A name fit for showing: no folders, no control or direction characters, and the ending of what the file is."""
    base = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    stem = base.rpartition(".")[0] or base
    # C*: control, direction marks, surrogates, unassigned; Zl, Zp: line ends in disguise.
    visible = "".join(
        "_" if char in _NOT_IN_NAMES else char
        for char in stem
        if not unicodedata.category(char).startswith("C") and unicodedata.category(char) not in {"Zl", "Zp"}
    )
    return (" ".join(visible.split()).strip(". ")[:_STEM_MAX_CHARS].rstrip(". ") or "file") + SUFFIXES[kind]
