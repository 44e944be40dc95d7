"""The contents on disk: each a file of its own under a random id, complete or not there at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path


class Blobs:
    """Files under `root`, which nothing serves. Calls block: use them in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, content: bytes) -> None:
        """Keep a content. When this returns it survives a power cut; when it raises OSError nothing is there."""
        folder = self._root / name[:2]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = folder / f".{name}"
        try:
            descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            half.rename(folder / name)
        except OSError:
            half.unlink(missing_ok=True)
            raise
        _sync(folder)

    def read(self, name: str) -> bytes | None:
        """A content; None when there is none."""
        try:
            return (self._root / name[:2] / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Take a content away. One that is not there is no error."""
        (self._root / name[:2] / name).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """The names of what was written longer ago, half-written ones with a leading dot."""
        until = time.time() - seconds
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else []:
            for path in sorted(folder.iterdir()):
                if path.stat().st_mtime < until:
                    yield path.name

    def remove_half(self, name: str) -> None:
        """Take away what a process that died left half written. name: with its leading dot."""
        (self._root / name[1:3] / name).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """What the disk still takes."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        stat = os.statvfs(self._root)
        return stat.f_bavail * stat.f_frsize


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
