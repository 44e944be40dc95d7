"""Every guide of the catalogue, led by the conversation: what it says fits a phone and its buttons come back whole."""

from __future__ import annotations

from typing import Any

import pytest

from actions.parts import Parts
from actions.phrases import load_phrases
from actions.registry import make_executor
from bot.channels.model import Reply
from bot.settings import REPOSITORY
from knowledge.load import Knowledge, load_knowledge
from knowledge.rules.catalogue import load_guides
from knowledge.rules.guide import Guides
from knowledge.search import Index

from .conftest import FakeService
from .talk import Talk

NAMES = [guide.name for guide in load_guides(load_knowledge(REPOSITORY / "knowledge")).all()]
MOST_TURNS = 15
# What a typed answer may be where a question has no buttons; one of them must be understood.
TYPED = (
    *("2026-11-03", "100000", "5", "3 bottles", "2", "wine", "toys", "10:00"),
    *("2026-11-03 10:00", "Thailand", "1200 yuan", "60 g", "8517130000"),
)
SCREEN = {"zh-Hans": 700, "zh-Hant": 700, "en": 1200}


@pytest.fixture(scope="module")
def guides(knowledge: Knowledge) -> Guides:
    return load_guides(knowledge)


@pytest.fixture
def lead(knowledge: Knowledge, index: Index, guides: Guides) -> Any:
    parts = Parts(knowledge, index, load_phrases(), FakeService(), guides)
    return lambda language: Talk(make_executor(parts), language)


def test_there_are_guides() -> None:
    assert len(NAMES) >= 5


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("choice", [0, -1], ids=["first choices", "last choices"])
async def test_a_guide_comes_to_an_outcome_that_fits_a_phone(lead: Any, name: str, language: str, choice: int) -> None:
    talk: Talk = lead(language)
    said = await talk.press(f"t:guide:{name}")
    for _ in range(MOST_TURNS):
        if said[0]["kind"] != "clarify":
            break
        said = await answered(talk, choice)

    [outcome] = said
    shown = Reply.model_validate(outcome)
    assert shown.kind == "answer"
    assert shown.citations
    assert shown.topic
    assert len(shown.text) <= SCREEN[language]


async def answered(talk: Talk, choice: int) -> list[dict[str, Any]]:
    """The next reply after a choice, or after the first typed answer that is understood."""
    replies = [Reply.model_validate(reply) for reply in talk.replies]
    answers = [b.payload for b in replies[-1].buttons if b.payload and "?" in b.payload]
    if answers:
        return await talk.press(str(answers[choice]))
    before = dict(talk.slots["guide"]["case"])
    for typed in TYPED:
        said = await talk.say(typed, intent="out_of_scope")
        if said[0]["kind"] != "clarify" or talk.slots["guide"]["case"] != before:
            return said
    pytest.fail(f"nothing that was typed answers: {replies[-1].text}")
