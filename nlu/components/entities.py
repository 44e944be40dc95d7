"""Entities found by rule, each with a value that was checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.finders.amounts import find_amounts
from components.finders.found import Found
from components.finders.gazetteer import Gazetteer
from components.finders.numbers import find_numbers
from components.finders.times import find_times
from components.normalizer import fold

_PORT_TIME = timezone(timedelta(hours=8))
_NAMED_ENTITIES = ("agreement", "country", "goods", "port")
_LOOKUP_FOLDER = Path(__file__).resolve().parent.parent / "data" / "lookup"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RuleEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds numbers, times, amounts and names; where two finds overlap, the longer one stands.

    The day that relative times are counted from is the message's metadata "today" (YYYY-MM-DD), else the clock in China.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """lookup_folder: word lists, one YAML file an entity. max_characters: how much of a long text is searched."""
        return {"lookup_folder": str(_LOOKUP_FOLDER), "max_characters": 4096}

    def __init__(self, config: dict[str, Any]) -> None:
        """config: the settings above."""
        self._max_characters = config["max_characters"]
        self._gazetteer = Gazetteer.read(Path(config["lookup_folder"]), _NAMED_ENTITIES)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RuleEntityExtractor:
        """Creates a new component (see parent class for full docstring)."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it has."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = self.extract(text[: self._max_characters], _reference_day(message))
            entities = self.add_extractor_name([_entity(text, item) for item in found])
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def extract(self, text: str, today: date) -> list[Found]:
        """Finds in a typed text, in order, none overlapping another of a different range; ranges are those of the typed text."""
        folded = fold(text)
        found = [
            *find_numbers(folded.text),
            *find_times(folded.text, today),
            *find_amounts(folded.text),
            *self._gazetteer.find(folded.text),
        ]
        return [
            item._replace(start=start, end=end)
            for item in _longest(found)
            for start, end in [folded.original_span(item.start, item.end)]
        ]


def _longest(found: Iterable[Found]) -> list[Found]:
    kept: list[Found] = []
    for item in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        same_range = any((item.start, item.end, item.entity) == (k.start, k.end, k.entity) for k in kept)
        crosses = any(
            item.start < k.end and k.start < item.end and (item.start, item.end) != (k.start, k.end) for k in kept
        )
        if not same_range and not crosses:
            kept.append(item)
    return sorted(kept, key=lambda f: (f.start, f.end, f.entity))


def _entity(text: str, item: Found) -> dict[str, Any]:
    return {
        "entity": item.entity,
        "start": item.start,
        "end": item.end,
        "value": item.value,
        "text": text[item.start : item.end],
    }


def _reference_day(message: Message) -> date:
    given = (message.get(METADATA) or {}).get("today")
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            # Metadata is the service's, not the person's; a day that cannot be read is no reason to leave a person unanswered.
            pass
    return datetime.now(_PORT_TIME).date()
