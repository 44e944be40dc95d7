"""The same question gets the same answer, however it is typed. Over all development questions: docs/understanding.md."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from bot.settings import REPOSITORY
from tests.e2e.conftest import Product
from tests.wording import variants

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

_LEAST_SHARE = 0.97
_EVERY = 6  # of the in-scope development questions: about fifty, each in up to nine wordings


def what_is_answered(turn: dict[str, Any]) -> tuple[str | None, str | None]:
    reply = turn["replies"][0]
    return reply["topic"], reply["entry"]


def test_the_same_question_gets_the_same_answer_however_it_is_typed(product: Product) -> None:
    lines = (REPOSITORY / "tests" / "data" / "dev_questions.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [row["text"] for row in map(json.loads, lines) if row["topic"] != "out_of_scope"][::_EVERY]
    assert len(texts) >= 40

    same, asked = Counter[str](), Counter[str]()
    for text in texts:
        wanted = what_is_answered(product.say(text))
        for name, other in variants(text).items():
            asked[name] += 1
            same[name] += what_is_answered(product.say(other)) == wanted

    told = ", ".join(f"{name} {same[name]} of {asked[name]}" for name in asked)
    assert sum(same.values()) / sum(asked.values()) >= _LEAST_SHARE, told
