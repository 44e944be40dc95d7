"""The knowledge base for canned answers: what is sent carries its source and dates, in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.channels.model import Language, Reply
from bot.clock import Clock
from knowledge.answer import render
from knowledge.load import Knowledge
from knowledge.text import normalise


class KnowledgeEntries:
    """Fulfils Entries. load: the knowledge base as it stands now; not called before somebody asks."""

    def __init__(self, load: Callable[[], Knowledge | None], clock: Clock, zone: ZoneInfo) -> None:
        self._load = load
        self._clock = clock
        self._zone = zone

    def answer(self, entry_id: str, language: Language) -> Reply | None:
        """See Entries.answer."""
        knowledge = self._load()
        if knowledge is None or entry_id not in knowledge.entries:
            return None
        today = self._clock().astimezone(self._zone).date()
        return Reply.model_validate(render(knowledge, entry_id, language, on=today, confidence=1.0).as_dict())

    def find(self, words: str, language: Language, limit: int) -> list[tuple[str, str]]:
        """See Entries.find."""
        knowledge, wanted = self._load(), normalise(words).split()
        if knowledge is None or not wanted:
            return []
        found: list[tuple[str, str]] = []
        for entry_id in knowledge.entries:
            title = knowledge.title(entry_id, language)
            searched = normalise(f"{entry_id} {title} {knowledge.title(entry_id, 'zh-Hans')}")
            if all(word in searched for word in wanted):
                found.append((entry_id, title))
        return found[:limit]
