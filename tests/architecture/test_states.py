"""Every state machine is the same in code, database and documents."""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum
from typing import Any

import bot
from bot.settings import REPOSITORY
from bot.states import Machine
from bot.store.schema import metadata

STATES = (REPOSITORY / "docs" / "states.md").read_text(encoding="utf-8")


def machines() -> list[Machine[Any]]:
    """Every machine of the house's models, by name."""
    names = [module.name for module in pkgutil.walk_packages(bot.__path__, "bot.") if module.name.endswith("model")]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    return list({value.name: value for value in values if isinstance(value, Machine)}.values())


def test_every_state_has_its_transitions_and_its_meaning_and_can_be_reached() -> None:
    for machine in machines():
        reached = set(machine.start).union(*machine.transitions.values())
        kinds: set[type[StrEnum]] = {type(state) for state in reached}

        assert reached == set(machine.transitions) == set(machine.meaning), machine.name
        assert reached == {state for kind in kinds for state in kind}, machine.name
        assert machine.final, machine.name


def test_the_database_takes_exactly_these_states() -> None:
    for machine in machines():
        checks = [str(c.sqltext) for c in metadata.tables[machine.table].constraints if hasattr(c, "sqltext")]
        listed = next(check for check in checks if check.startswith("state IN"))

        assert {word.strip(" '") for word in listed[len("state IN (") : -1].split(",")} == {
            str(s) for s in machine.transitions
        }


def test_the_picture_shows_exactly_these_transitions() -> None:
    for machine in machines():
        assert f"```mermaid\n{machine.mermaid()}\n```" in STATES, f"docs/states.md: {machine.name}\n{machine.mermaid()}"
