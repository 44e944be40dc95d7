"""The knowledge base and its search index as an earlier start left them: read in half a second instead of built in three."""

from __future__ import annotations

import io
import logging
import os
import pickle
from pathlib import Path
from types import MappingProxyType
from typing import Any

from knowledge.compile import content_hash
from knowledge.load import Knowledge, load_knowledge
from knowledge.search import Index

logger = logging.getLogger(__name__)


def open_knowledge(root: Path, folder: Path) -> tuple[Knowledge, Index]:
    """The knowledge base under a root with its index: read from a folder where they were left, else built, and left there.

    folder: this user's own, since what lies there is unpickled. What was left counts only for the very same content and code.
    A file that cannot be read or written costs the building and nothing else. Raises KnowledgeError as `load_knowledge` does.
    """
    code = sorted(Path(__file__).parent.glob("*.py"))
    path = folder / f"knowledge-{content_hash(root, *code)[:16]}.pickle"
    try:
        kept: tuple[Knowledge, Index] = pickle.loads(path.read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError):
        knowledge = load_knowledge(root)
        kept = knowledge, Index(knowledge)
        _leave(kept, path)
    return kept


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    # The class itself cannot be named in a pickle: it stands under no name of its module.
    return MappingProxyType(values)


class _Pickler(pickle.Pickler):
    """Also takes read-only mappings, which the library leaves out."""

    def reducer_override(self, obj: Any) -> Any:
        """See the library: NotImplemented means its usual way."""
        return (_read_only, (dict(obj),)) if isinstance(obj, MappingProxyType) else NotImplemented


def _leave(kept: tuple[Knowledge, Index], path: Path) -> None:
    written = io.BytesIO()
    _Pickler(written, protocol=pickle.HIGHEST_PROTOCOL).dump(kept)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("knowledge-*.pickle"):
            old.unlink(missing_ok=True)
        # Written aside and renamed: another process that starts now reads a whole file or none.
        aside = path.with_suffix(f".{os.getpid()}")
        aside.write_bytes(written.getvalue())
        aside.replace(path)
    except OSError as error:
        logger.warning("knowledge not kept for the next start: %s", type(error).__name__)
