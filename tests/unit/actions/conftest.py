from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.parts import Parts
from actions.phrases import load_phrases
from actions.registry import make_executor
from bot.channels.model import Reply
from bot.client import FollowedThing, FormStep, PublishedNotice
from bot.settings import REPOSITORY
from knowledge.load import Knowledge, load_knowledge
from knowledge.model import Language
from knowledge.rules.guide import Guides
from knowledge.search import Index

from .sample_guide import BottleGuide


@dataclass
class FakeService:
    """Fulfils the port `Service`: keeps what was asked of it, gives what a test put in, raises `error` when there is one."""

    follow_list: list[FollowedThing] = field(default_factory=list)
    notices: list[PublishedNotice] = field(default_factory=list)
    changed: bool = True
    error: Exception | None = None
    form_step: FormStep = field(default_factory=lambda: FormStep([], None, False))
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    async def clearance(self, conversation_key: str, declaration_no: str, language: Language) -> Reply:
        self._note("clearance", conversation_key, declaration_no, language)
        return Reply(text=f"status of {declaration_no}", kind="task", topic="clearance_status")

    async def find_shipments(self, conversation_key: str, query: str, language: Language) -> Reply:
        self._note("find", conversation_key, query, language)
        return Reply(text=f"found for {query}", kind="task", topic="clearance_status")

    async def follow_declaration(
        self, conversation_key: str, declaration_no: str, binding_code: str, language: Language
    ) -> Reply:
        self._note("follow", conversation_key, declaration_no, binding_code, language)
        return Reply(text=f"status of {declaration_no}", kind="task")

    async def unfollow_declaration(self, conversation_key: str, declaration_no: str) -> bool:
        self._note("unfollow", conversation_key, declaration_no)
        return self.changed

    async def follows(self, conversation_key: str) -> Sequence[FollowedThing]:
        self._note("follows", conversation_key)
        return self.follow_list

    async def subscribe_topic(self, conversation_key: str, topic: str) -> bool:
        self._note("subscribe", conversation_key, topic)
        return self.changed

    async def unsubscribe_topic(self, conversation_key: str, topic: str) -> bool:
        self._note("unsubscribe", conversation_key, topic)
        return self.changed

    async def stop_all(self, conversation_key: str) -> int:
        self._note("stop", conversation_key)
        return len(self.follow_list)

    async def ask_for_person(self, conversation_key: str, language: Language) -> list[Reply]:
        self._note("person", conversation_key, language)
        return [Reply(text="which office?", kind="clarify")]

    async def choose_language(self, conversation_key: str, language: Language) -> None:
        self._note("language", conversation_key, language)

    async def latest_notices(self, language: Language) -> Sequence[PublishedNotice]:
        self._note("notices", language)
        return self.notices

    async def begin_form(self, conversation_key: str, name: str, language: Language, text: str) -> FormStep:
        self._note("begin form", conversation_key, name, language, text)
        return self.form_step

    async def answer_form(
        self, conversation_key: str, name: str, language: Language, text: str, **known: str | bool | None
    ) -> FormStep:
        self._note("answer form", conversation_key, name, language, text, known)
        return self.form_step

    async def press_form(self, conversation_key: str, argument: str, language: Language) -> FormStep:
        self._note("press form", conversation_key, argument, language)
        return self.form_step

    async def form_question(self, conversation_key: str, name: str, language: Language) -> FormStep:
        self._note("form question", conversation_key, name, language)
        return self.form_step


SINCE = datetime(2026, 11, 20, 8, tzinfo=UTC)
DECLARATION = FollowedThing("declaration", "223320231000000762", SINCE)
TOPIC = FollowedThing("topic", "taxes_fees", SINCE)

Act = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture(scope="session")
def index(knowledge: Knowledge) -> Index:
    return Index(knowledge)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def parts(knowledge: Knowledge, index: Index, service: FakeService) -> Parts:
    guides = Guides()
    guides.add(BottleGuide())
    return Parts(knowledge, index, load_phrases(), service, guides)


def tracker_state(
    text: str = "x",
    *,
    intent: str = "kb",
    language: str = "zh-Hans",
    entities: dict[str, Any] | None = None,
    kb: dict[str, Any] | None = None,
    slots: dict[str, Any] | None = None,
    form: str | None = None,
    rewritten: bool = False,
    mentions: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A tracker as Rasa 3.6 sends it."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()] + (mentions or []),
        "metadata": {"language": language, "today": "2026-11-22", "rewritten": rewritten},
        "kb": kb or {},
    }
    return {
        "sender_id": "key-1",
        "slots": slots or {},
        "latest_message": message,
        "latest_event_time": 0.0,
        "paused": False,
        "events": [],
        "latest_input_channel": "rest",
        "active_loop": {"name": form} if form else {},
        "latest_action_name": "action_listen",
        "followup_action": None,
    }


@pytest.fixture
def act(parts: Parts) -> Act:
    executor = make_executor(parts)

    async def run(name: str, text: str = "x", **state: Any) -> list[dict[str, Any]]:
        dispatcher = CollectingDispatcher()
        tracker = Tracker.from_dict(tracker_state(text, **state))
        run.events = await executor.actions[name](dispatcher, tracker, {})  # type: ignore[attr-defined]
        return [message["custom"] for message in dispatcher.messages]

    return run
