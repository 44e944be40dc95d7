"""Documents name what is there: tables, states, files, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.delivery.model import DELIVERY_TRANSITIONS
from bot.notices.banners.model import BANNER_TRANSITIONS
from bot.notices.changes.model import CHANGE_TRANSITIONS
from bot.notices.model import TRANSITIONS
from bot.reminders.model import REMINDER_TRANSITIONS
from bot.settings import REPOSITORY
from bot.store.schema import metadata

ARCHITECTURE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
ROOMS = ("knowledge/", "nlu/", "actions/", "bot/", "tests/", "docs/", ".ci/")


def arrows(first_state: str) -> set[tuple[str, str]]:
    """The arrows of the state diagram that begins with a state."""
    diagrams = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", ARCHITECTURE, re.DOTALL)
    found = next(text for text in diagrams if f"[*] --> {first_state}\n" in text)
    return set(re.findall(r"^ +(\w+) --> (\w+)", found, re.MULTILINE))


def test_data_section_lists_every_table() -> None:
    section = ARCHITECTURE.partition("## Data\n")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(metadata.tables)


def test_diagram_of_deliveries_has_every_transition() -> None:
    assert arrows("created") == {(a.value, b.value) for a, targets in DELIVERY_TRANSITIONS.items() for b in targets}


def test_diagram_of_reminders_has_every_transition() -> None:
    assert arrows("waiting") == {(a.value, b.value) for a, targets in REMINDER_TRANSITIONS.items() for b in targets}


def test_diagram_of_notices_has_every_transition() -> None:
    assert arrows("draft") == {(a.value, b.value) for a, targets in TRANSITIONS.items() for b in targets}


def test_diagram_of_changes_has_every_transition() -> None:
    assert arrows("proposed: correction") == {
        (a.value, b.value) for a, targets in CHANGE_TRANSITIONS.items() for b in targets
    }


def test_diagram_of_banners_has_every_transition() -> None:
    assert arrows("proposed: banner") == {
        (a.value, b.value) for a, targets in BANNER_TRANSITIONS.items() for b in targets
    }


def test_pages_are_found() -> None:
    assert {"CONTRIBUTING.md", "SECURITY.md", "architecture.md", "events.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("…")]

    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_the_text_exist(page: Path) -> None:
    names = re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8"))
    files = [name for name in names if name.startswith(ROOMS)]

    assert [name for name in files if not (REPOSITORY / name).exists()] == []
