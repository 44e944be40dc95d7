"""From what a message may mean to what it is taken for."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from components.ranking.model import Ranking, Scored

KNOWLEDGE_INTENT = "kb"
OUT_OF_SCOPE_INTENT = "out_of_scope"
_MOST_TOPICS = 3


@dataclass(frozen=True)
class Thresholds:
    """From which share of the best topic's probability on another intent wins over the knowledge base.

    out_of_scope, task (every other intent): above 0; 1 means that it must be as likely as the best topic.
    """

    out_of_scope: float
    task: float


@dataclass(frozen=True)
class Decision:
    """intent and confidence: what the message is taken for. intents: all, best first, the topics together as `kb`.

    topics: the likeliest topics. in_scope: the probability of all topics together.
    """

    intent: str
    confidence: float
    intents: list[Scored]
    topics: list[Scored]
    in_scope: float


def decide(ranking: Ranking, topics: AbstractSet[str], thresholds: Thresholds) -> Decision:
    """Choose the intent.

    Other intents are compared with the best topic alone, not with all topics together: what is far from everything gets
    a little of each topic, and that adds up. Being out of scope needs less than the other intents, because there is no
    end of what people may ask that is not ours, and examples show little of it.
    """
    in_scope = sum(scored.confidence for scored in ranking.subjects if scored.name in topics)
    best_topic = max((scored.confidence for scored in ranking.subjects if scored.name in topics), default=0.0)
    others = [scored for scored in ranking.subjects if scored.name not in topics]
    intents = sorted([Scored(KNOWLEDGE_INTENT, in_scope), *others], key=lambda scored: -scored.confidence)
    chosen = Scored(KNOWLEDGE_INTENT, in_scope)
    for other in others:
        share = thresholds.out_of_scope if other.name == OUT_OF_SCOPE_INTENT else thresholds.task
        if other.confidence >= share * best_topic:
            chosen = other
            break
    best_topics = [scored for scored in ranking.subjects if scored.name in topics][:_MOST_TOPICS]
    return Decision(chosen.name, chosen.confidence, intents, best_topics, in_scope)
