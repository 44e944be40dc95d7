"""Forms, the intents that begin them, their rules and their examples belong together."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import yaml

from bot.bootstrap import open_services
from bot.forms.form import Form
from bot.rooms.room import Room
from bot.settings import REPOSITORY, Settings
from bot.store.engine import Store
from knowledge.text import detect_language

NLU = REPOSITORY / "nlu"
_FEWEST_EXAMPLES = 30


@pytest.fixture
async def rooms(settings: Settings, sqlite_store: Store) -> AsyncIterator[tuple[Room, ...]]:
    """The product's rooms."""
    async with open_services(settings) as services:
        yield services.rooms


@pytest.fixture
def forms(rooms: tuple[Room, ...]) -> list[Form]:
    """All forms of the product."""
    return [form for room in rooms for form in room.forms]


def read(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((NLU / path).read_text(encoding="utf-8"))
    return loaded


async def test_each_intent_of_a_form_has_its_form_and_its_rule(forms: list[Form]) -> None:
    intents = {name for intent in read("domain/intents.yml")["intents"] for name in intent}
    rules = [[*rule["steps"]] for rule in read("data/rules.yml")["rules"]]
    begun = {name for name in intents if name.startswith("form_")}

    assert forms
    assert begun <= {f"form_{form.name}" for form in forms}
    assert all([{"intent": name}, {"action": "action_form"}] in rules for name in begun)


async def test_each_form_that_is_begun_by_words_has_many_in_each_language() -> None:
    blocks = [block for file in (NLU / "data").glob("desks_*.yml") for block in read(f"data/{file.name}")["nlu"]]
    for intent in {block["intent"] for block in blocks if block["intent"].startswith("form_")}:
        texts = [line for block in blocks if block["intent"] == intent for line in block["examples"].splitlines()]
        english = sum(detect_language(text.removeprefix("- "), "zh-Hans") == "en" for text in texts)

        # Short Chinese texts are often the same in both scripts, so these two are counted together.
        assert english >= _FEWEST_EXAMPLES, intent
        assert len(texts) - english >= 2 * _FEWEST_EXAMPLES, intent


async def test_names_fit_into_buttons_and_columns(forms: list[Form]) -> None:
    assert len({form.name for form in forms}) == len(forms)
    for form in forms:
        assert re.fullmatch(r"[a-z_]{1,24}", form.name)
        names = [field.name for field in form.fields]
        assert len(set(names)) == len(names), form.name
        for place, field in enumerate(form.fields):
            assert re.fullmatch(r"[a-z_0-9]{1,48}", field.name), (form.name, field.name)
            # What an answer depends on is asked before it.
            assert set(field.after) <= set(names[:place]), (form.name, field.name)
