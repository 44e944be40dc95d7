"""What stands beside the dialogue: in which order it looks, who may keep the bot silent, what is learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from bot.channels.model import Incoming, Language, Reply
from bot.conversation.extras import Extras
from bot.conversation.learning import LearningInChat
from bot.conversation.locks import SharedLocks
from bot.conversation.model import CircuitBreaker
from bot.conversation.phrases import load_phrases
from bot.conversation.ports import TurnExtra
from bot.conversation.service import ConversationService
from bot.learning.service import LearningService
from bot.learning.texts import load_learning_texts
from bot.people.model import Person
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from knowledge.emergency import load_emergencies
from knowledge.load import Knowledge
from knowledge.phrasings import phrasings_file
from knowledge.search import Index
from tests.fakes import FakeClock, FakeDialogue

ENTRY = "import-declaration-deadline"
Make = Callable[[FakeDialogue, TurnExtra], ConversationService]


class Marking:
    """Takes the texts that it is told to, with its name; marks all replies with it."""

    def __init__(self, name: str, *takes: str, silently: bool = False) -> None:
        self.name = name
        self._takes = takes
        self._silently = silently

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take."""
        if incoming.text not in self._takes:
            return None
        return [] if self._silently else [Reply(text=f"taken by {self.name}")]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add."""
        return [reply.model_copy(update={"text": f"{reply.text} {self.name}"}) for reply in replies]


@pytest.fixture
def make(sqlite_store: Store, redis: Redis, knowledge: Knowledge, index: Index) -> Make:
    """Builds the conversation of one process."""

    def build(dialogue: FakeDialogue, extra: TurnExtra) -> ConversationService:
        return ConversationService(
            dialogue,
            knowledge,
            index,
            PeopleService(sqlite_store, FakeClock()),
            SharedLocks(redis, life_s=5),
            load_phrases(),
            CircuitBreaker(3, 60.0),
            FakeClock(),
            ZoneInfo("Asia/Shanghai"),
            load_emergencies(REPOSITORY / "knowledge"),
            message_max_chars=2000,
            timeout_s=2.0,
            extra=extra,
        )

    return build


@pytest.fixture
def learning(sqlite_store: Store, secrets: Secrets, knowledge: Knowledge, tmp_path: Path) -> LearningService:
    audit, file = AuditTrail(secrets), phrasings_file(tmp_path)
    return LearningService(
        sqlite_store, FakeClock(), ZoneInfo("Asia/Shanghai"), audit, knowledge, load_learning_texts(), file
    )


def said(text: str) -> Incoming:
    return Incoming("telegram", "42", text=text, private=True)


async def test_they_look_and_add_in_their_order(make: Make) -> None:
    extras = Extras(
        last=[Marking("last", "x")],
        desks=[Marking("desk", "x", "y")],
        house=[Marking("house", "y")],
        first=[Marking("first", "z")],
    )
    service = make(FakeDialogue(), extras)

    texts = [(await service.turn(said(text))).replies[0].text for text in ("x", "y", "z", "?x")]

    assert texts == [
        "taken by desk first house desk last",
        "taken by house first house desk last",
        "taken by first first house desk last",
        "from the dialogue first house desk last",
    ]


async def test_the_first_can_keep_the_bot_silent(make: Make) -> None:
    dialogue = FakeDialogue()
    service = make(dialogue, Extras(first=[Marking("person", "hello there", silently=True)], last=[Marking("last")]))

    turn = await service.turn(said("hello there"))

    assert (turn.replies, turn.by, turn.handled) == ([], "person", False)
    assert dialogue.asked == []


async def test_no_silence_stands_before_an_emergency(make: Make) -> None:
    text = "there is a fire in the hall"
    service = make(FakeDialogue(), Extras(first=[Marking("person", text, silently=True)]))

    turn = await service.turn(said(text))

    assert "119" in turn.replies[0].text


async def test_an_answer_can_be_rated_and_the_question_is_kept_with_a_poor_rating(
    make: Make, learning: LearningService
) -> None:
    answer = Reply(text="14 days", kind="answer", entry=ENTRY)
    service = make(FakeDialogue(lambda _: answer), Extras(last=[LearningInChat(learning)]))
    pressed = Incoming("telegram", "42", payload=f"r:{ENTRY}:bad", kind="button", private=True)

    answered = await service.turn(said("how long do I have"))
    rated = await service.turn(pressed)

    assert [button.payload for button in answered.replies[-1].buttons] == [f"r:{ENTRY}:good", f"r:{ENTRY}:bad"]
    assert len(rated.replies[0].buttons) > 2
    assert [group.shown[0].text for group in await learning.open_groups()] == ["how long do I have"]


async def test_a_program_that_calls_has_no_thumbs(make: Make, learning: LearningService) -> None:
    answer = Reply(text="14 days", kind="answer", entry=ENTRY)
    service = make(FakeDialogue(lambda _: answer), Extras(last=[LearningInChat(learning)]))

    turn = await service.turn(Incoming("api", "1", text="how long do I have"))

    assert turn.replies[0].buttons == []


async def test_what_was_met_with_silence_is_no_unanswered_question(make: Make, learning: LearningService) -> None:
    silent = Marking("person", "is anybody there", silently=True)
    service = make(FakeDialogue(), Extras(first=[silent], last=[LearningInChat(learning)]))

    await service.turn(said("is anybody there"))

    assert await learning.open_groups() == []
