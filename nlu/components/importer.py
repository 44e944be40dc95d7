"""Reads what the knowledge base was compiled to, fast: tens of thousands of examples on a few hundred lines.

Rasa's own YAML reader parses such a file six times and hashes and copies each example again and again: two thirds of a whole
training were spent on that.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

KNOWLEDGE_INTENT = "kb"


class Example(Message):
    """A message whose copies share the values, which nobody changes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        """A message of its own over the same values."""
        copied = Example(self.data, set(self.output_properties), self.time, list(self.features))
        copied._cached_fingerprint = self._cached_fingerprint
        return copied


class CompiledImporter(TrainingDataImporter):
    """The examples in the `.jsonl` files among the training data; see `knowledge/compile.py` for their form."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        """training_data_paths: files and folders as Rasa was given them."""
        given = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        paths = [Path(path) for path in given]
        inside = [file for path in paths if path.is_dir() for file in path.glob("*.jsonl")]
        self._files = sorted({*inside, *(path for path in paths if path.suffix == ".jsonl")})

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """All examples. Raises ValueError or KeyError for a file of another form, OSError when it cannot be read."""
        examples: list[Message] = []
        for file in self._files:
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    examples += _examples(json.loads(line))
        return TrainingData(examples)

    def get_domain(self) -> Domain:
        """None of its own."""
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """None."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """None."""
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        """None of its own."""
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        """None."""
        return None


def _examples(block: dict[str, Any]) -> list[Message]:
    texts = block.pop("examples")
    metadata = {METADATA_INTENT: block}
    head = hashlib.md5(json.dumps(block, sort_keys=True).encode(), usedforsecurity=False)
    examples: list[Message] = []
    for text in texts:
        example = Example({TEXT: text, INTENT: KNOWLEDGE_INTENT, METADATA: metadata})
        own = head.copy()
        own.update(text.encode())
        # Rasa tells messages apart by this; its own way to make it goes over every value each time.
        example._cached_fingerprint = own.hexdigest()
        examples.append(example)
    return examples
