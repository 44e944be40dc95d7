from __future__ import annotations

import pytest

from actions.parts import Parts
from actions.registry import make_executor
from bot.errors import SessionNotPrivateError

from .conftest import FakeService
from .talk import Talk


@pytest.mark.parametrize(
    ("language", "said", "word"),
    [
        ("zh-Hans", "我要投诉", "不是私密"),
        ("zh-Hant", "我要投訴", "不是私密"),
        ("en", "I want to complain", "not private"),
    ],
)
async def test_where_nothing_can_be_done_the_answer_says_how_else(
    parts: Parts, service: FakeService, language: str, said: str, word: str
) -> None:
    service.error = SessionNotPrivateError("Others could be here.")
    kb = {"ranking": [{"entry": "dairy-entry", "confidence": 0.4}], "topics": [], "in_scope": 0.6}

    known, refusal = await Talk(make_executor(parts), language).say(said, intent="form_complaint", kb=kb)

    assert (known["kind"], known["entry"]) == ("answer", "dairy-entry")
    assert known["citations"]
    assert word in refusal["text"]


async def test_a_form_begins_where_it_may(parts: Parts, service: FakeService) -> None:
    await Talk(make_executor(parts), "en").say("I want to complain", intent="form_complaint")

    assert ("begin form", "complaint") in [(call[0], call[2]) for call in service.calls]
