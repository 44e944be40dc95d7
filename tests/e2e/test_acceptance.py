"""The questions that travellers' answers are judged by, asked of the running product in three languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.text import to_traditional
from tests.e2e.conftest import Product

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "acceptance.yaml").read_text(encoding="utf-8")
)
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def expected(case: dict[str, Any], language: str) -> list[list[str]]:
    """What must stand in the replies: of each inner list one."""
    items = [item.split("|") for item in case["says"].get(language, case["says"]["zh-Hans"])]
    return [[to_traditional(word) for word in item] for item in items] if language == "zh-Hant" else items


def test_there_are_thirty_questions_in_three_languages() -> None:
    assert len(CASES) == 30
    assert all(set(case["asks"]) == set(LANGUAGES) and case["facts"] for case in CASES.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_an_acceptance_question_is_answered_rightly(product: Product, name: str, language: str) -> None:
    case = CASES[name]

    turn = product.say(case["asks"][language], conversation_id=f"acceptance-{name}-{language}")

    told = "\n".join(reply["text"] for reply in turn["replies"])
    missing = [item for item in expected(case, language) if not any(word in told for word in item)]
    assert missing == [], told
    assert turn["language"] == language
    assert any(reply["citations"] for reply in turn["replies"]), told
