"""Buttons start tasks that exist."""

from __future__ import annotations

import re
from itertools import chain

import yaml

from bot.conversation.model import TASKS
from bot.settings import REPOSITORY

_STARTED = re.compile(r"[\"'`]t:([a-z_]+)")


def started() -> set[str]:
    """Every task that a button of ours names."""
    rooms = ("bot", "knowledge", "actions")
    files = chain.from_iterable((REPOSITORY / room).rglob("*") for room in rooms)
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in {".py", ".yaml", ".js", ".html"}]
    return {task for text in texts for task in _STARTED.findall(text)}


def test_every_button_names_a_task_that_may_be_started() -> None:
    assert len(started()) >= 5
    assert started() <= TASKS


def test_every_task_is_an_intent_with_a_rule_or_a_form() -> None:
    intents = yaml.safe_load((REPOSITORY / "nlu" / "domain" / "intents.yml").read_text(encoding="utf-8"))["intents"]
    rules = (REPOSITORY / "nlu" / "data" / "rules.yml").read_text(encoding="utf-8")
    known = {next(iter(intent)) if isinstance(intent, dict) else intent for intent in intents}

    assert known >= TASKS
    assert set(re.findall(r"- intent: (\w+)", rules)) >= TASKS
