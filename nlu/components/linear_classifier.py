"""The intent of a message: an entry of the knowledge base, a task, small talk, or nothing that is ours."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.finders.gazetteer import read_word_list
from components.normalizer import is_han
from components.ranking.decision import KNOWLEDGE_INTENT, OUT_OF_SCOPE_INTENT, Decision, Thresholds, decide
from components.ranking.model import Example, Options, Ranking, RankingModel
from components.ranking.subjects import Mixture

logger = logging.getLogger(__name__)

_MOST_INTENTS = 10
_CONCEPTS = Path(__file__).resolve().parent.parent / "data" / "lookup" / "concepts.yml"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SubjectEntryClassifier(IntentClassifier, GraphComponent):
    """Sets `intent`, `intent_ranking` and `kb`.

    `kb` is {"ranking": [{"entry", "confidence"} ...], "topics": [{"topic", "confidence"} ...], "in_scope": p}: the ten
    likeliest entries, best first; the three likeliest topics; and how likely it is that the message is about the knowledge
    base at all. Trained on blocks of intent `kb`, whose metadata holds the entry and its topic (`part: answer` marks
    sentences of the answer), and on intents of their own.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings.

        regularisation, network_weight, neighbour_weight: see `Mixture`.
        entry_ridge, entry_votes, entry_temperature, held_out_share, caution, fewest_texts: see `Options`.
        answer_weight: how much a sentence of an answer counts beside a question.
        intent_weight: how much an example of a task or of small talk does; they are few beside the questions.
        out_of_scope_share_han, out_of_scope_share_latin, task_share: from which share of the best topic's probability on a
            message is taken for out of scope (with Han characters in it, without), or for another intent of its own.
        concepts: the word list of concepts, words by key.
        button_intents: intents that come from buttons only and are not learned.
        max_characters: how much of a long text is read; its beginning and its end are.
        """
        return {
            "regularisation": 1.0,
            "network_weight": 0.1,
            "neighbour_weight": 0.8,
            "entry_ridge": 1.0,
            "entry_votes": 0.4,
            "entry_temperature": 10.0,
            "held_out_share": 0.2,
            "caution": 1.0,
            "fewest_texts": 2,
            "answer_weight": 0.5,
            "intent_weight": 3.0,
            "out_of_scope_share_han": 1.0,
            "out_of_scope_share_latin": 0.35,
            "task_share": 1.0,
            "concepts": str(_CONCEPTS),
            "button_intents": [],
            "max_characters": 1000,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: RankingModel | None = None,
    ) -> None:
        """config: the settings above. model: None before training."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._han = Thresholds(config["out_of_scope_share_han"], config["task_share"])
        self._latin = Thresholds(config["out_of_scope_share_latin"], config["task_share"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SubjectEntryClassifier:
        """Creates a new untrained component (see parent class for full docstring)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples that have an intent and a text, and store the model."""
        examples = self._examples(training_data)
        self._model = RankingModel.fit(examples, read_word_list(Path(self._config["concepts"])), _options(self._config))
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        logger.info("Trained on %d examples of %d subjects.", len(examples), len(self._model.subjects))
        return self._resource

    def _examples(self, training_data: TrainingData) -> list[Example]:
        examples = []
        for message in training_data.intent_examples:
            intent = message.get(INTENT)
            if not message.get(TEXT) or intent in self._config["button_intents"]:
                continue
            if intent != KNOWLEDGE_INTENT:
                weight = 1.0 if intent == OUT_OF_SCOPE_INTENT else self._config["intent_weight"]
                examples.append(Example(message.get(TEXT), intent, "", weight))
                continue
            block = message.get(METADATA)["intent"]
            weight = self._config["answer_weight"] if block.get("part") == "answer" else 1.0
            examples.append(Example(message.get(TEXT), block["topic"], block["entry"], weight))
        return examples

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SubjectEntryClassifier:
        """Loads the trained component. Raises ValueError or FileNotFoundError when it was never stored."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, RankingModel.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message. Raises RuntimeError when the component was never trained."""
        if self._model is None:
            raise RuntimeError("the classifier was asked before it was trained")
        for message in messages:
            text = _both_ends(message.get(TEXT) or "", self._config["max_characters"])
            ranking = self._model.rank(text)
            thresholds = self._han if any(map(is_han, text)) else self._latin
            _set_intent(message, ranking, decide(ranking, set(self._model.topics), thresholds))
        return messages


def _options(config: dict[str, Any]) -> Options:
    return Options(
        Mixture(config["regularisation"], config["network_weight"], config["neighbour_weight"]),
        *(config[name] for name in Options._fields[1:]),
    )


def _set_intent(message: Message, ranking: Ranking, decision: Decision) -> None:
    message.set(INTENT, {"name": decision.intent, "confidence": decision.confidence}, add_to_output=True)
    ranked = [{"name": s.name, "confidence": s.confidence} for s in decision.intents[:_MOST_INTENTS]]
    message.set("intent_ranking", ranked, add_to_output=True)
    knowledge = {
        "ranking": [{"entry": s.name, "confidence": round(s.confidence, 4)} for s in ranking.entries],
        "topics": [{"topic": s.name, "confidence": round(s.confidence, 4)} for s in decision.topics],
        "in_scope": round(decision.in_scope, 4),
    }
    message.set(KNOWLEDGE_INTENT, knowledge, add_to_output=True)


def _both_ends(text: str, most: int) -> str:
    """The first and the last half of what may be read: letters begin with the goods and end with the question."""
    return text if len(text) <= most else f"{text[: most // 2]} {text[-(most // 2) :]}"
