"""What an action may know of the message it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions.remembered import Mention
from knowledge.model import LANGUAGES, Language

FOLLOW_FORM = "follow_shipment_form"
_NAMES = frozenset({"country", "port", "goods", "agreement"})
_PORT_OFFSET = timedelta(hours=8)


@dataclass(frozen=True)
class RankedEntry:
    """An entry that the message may ask for. confidence: 0..1."""

    entry: str
    confidence: float


@dataclass(frozen=True)
class Turn:
    """The person's latest message and what is known of the conversation.

    key: the conversation's opaque key. today: the day at the ports. entities: found values, by entity, in order.
    ranking: entries, best first. in_scope: 0..1, how likely the message is about the knowledge base. active_form: the form that
    is being filled in, or None. slots: their values. mentions: the names in the text as written. is_rewritten: the
    text was made by us out of what the person wrote before. message_id: Rasa's, of this message. open_form: the desk's
    form whose question stands open here, as the service knows it.
    """

    key: str
    text: str
    language: Language
    today: date
    intent: str
    ranking: tuple[RankedEntry, ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    in_scope: float = 0.0
    entities: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    active_form: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    is_rewritten: bool = False
    message_id: str = ""
    open_form: str | None = None

    @property
    def is_button(self) -> bool:
        """Whether a button was pressed: Rasa then gets an intent of ours behind a slash, and no typed text begins with one."""
        return self.text.startswith("/")

    def first(self, entity: str) -> Any:
        """The first value of an entity, or None."""
        values = self.entities.get(entity, ())
        return values[0] if values else None


def read_turn(tracker: Tracker) -> Turn:
    """Read the turn out of what Rasa sent. Missing metadata means Simplified Chinese and the clock's day in China."""
    message: dict[str, Any] = tracker.latest_message or {}
    metadata = message.get("metadata") or {}
    language = metadata.get("language")
    knowledge = message.get("kb") or {}
    entities: dict[str, tuple[Any, ...]] = {}
    for entity in message.get("entities") or []:
        entities[entity["entity"]] = (*entities.get(entity["entity"], ()), entity["value"])
    return Turn(
        key=tracker.sender_id,
        text=message.get("text") or "",
        language=language if language in LANGUAGES else "zh-Hans",
        today=_day(metadata.get("today")),
        intent=(message.get("intent") or {}).get("name") or "",
        ranking=tuple(RankedEntry(r["entry"], r["confidence"]) for r in knowledge.get("ranking", [])),
        topics=tuple((t["topic"], t["confidence"]) for t in knowledge.get("topics", [])),
        in_scope=knowledge.get("in_scope", 0.0),
        entities=entities,
        active_form=(tracker.active_loop or {}).get("name"),
        slots=tracker.slots,
        mentions=_mentions(message),
        is_rewritten=bool(metadata.get("rewritten")),
        message_id=str(message.get("message_id") or ""),
        open_form=metadata.get("form") or None,
    )


def _mentions(message: dict[str, Any]) -> tuple[Mention, ...]:
    return tuple(
        Mention(entity["entity"], str(entity["value"]), entity["text"])
        for entity in message.get("entities") or []
        if entity.get("text") and entity["entity"] in _NAMES
    )


def _day(written: Any) -> date:
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        return (datetime.now(UTC) + _PORT_OFFSET).date()
