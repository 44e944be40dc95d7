"""The domain, the rules and the registered actions name the same things."""

from __future__ import annotations

from typing import Any, cast

import pytest
import yaml

from actions.base import HANDOFF_TASK, Parts
from actions.registry import make_executor
from bot.settings import REPOSITORY
from knowledge.answer import HANDOFF_PAYLOAD, NONE_OF_THESE_PAYLOAD

NLU = REPOSITORY / "nlu"


def read(path: str) -> dict[str, Any]:
    return cast(dict[str, Any], yaml.safe_load((NLU / path).read_text(encoding="utf-8")))


def registered() -> set[str]:
    return set(make_executor(cast(Parts, None)).actions)


def intents() -> set[str]:
    return {name for intent in read("domain/intents.yml")["intents"] for name in intent}


def test_the_domain_names_exactly_the_registered_actions() -> None:
    named = read("domain/dialogue.yml")["actions"]

    assert len(named) > 15
    assert len(named) == len(set(named))
    assert set(named) == registered()


def test_every_intent_has_a_rule_and_every_rule_an_intent() -> None:
    rules = read("data/rules.yml")["rules"]
    answered = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}

    assert len(answered) > 20
    assert answered == intents()


def test_every_intent_has_examples() -> None:
    desks = sorted(path.stem for path in (NLU / "data").glob("desks_*.yml"))
    files = ("chitchat", "tasks", "guides", "out_of_scope", "buttons", *desks)
    examples = {block["intent"] for name in files for block in read(f"data/{name}.yml")["nlu"]}

    assert examples | {"kb"} == intents()


def test_rules_call_only_actions_and_forms_of_the_domain() -> None:
    domain = read("domain/dialogue.yml")
    called = {step["action"] for rule in read("data/rules.yml")["rules"] for step in rule["steps"] if "action" in step}

    assert called - set(domain["actions"]) - set(domain["forms"]) == {"action_deactivate_loop"}


@pytest.mark.parametrize("payload", [HANDOFF_PAYLOAD, NONE_OF_THESE_PAYLOAD, f"t:{HANDOFF_TASK}"])
def test_buttons_of_the_knowledge_base_name_intents(payload: str) -> None:
    assert payload.removeprefix("t:") in intents()
