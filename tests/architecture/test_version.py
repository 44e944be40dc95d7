"""One version: in pyproject.toml, in the service, in the changelog."""

from __future__ import annotations

import re
import tomllib

from bot.app import VERSION
from bot.settings import REPOSITORY

HEADING = re.compile(r"^## (?:(Unreleased)|(\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\))$")


def _headings() -> list[str]:
    lines = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("## ")]


def _released() -> list[tuple[tuple[int, ...], str]]:
    found = [match for match in map(HEADING.match, _headings()) if match and match[2]]
    return [(tuple(int(part) for part in match[2].split(".")), match[3]) for match in found]


def test_service_says_the_version_of_pyproject() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION


def test_headings_of_the_changelog_are_well_formed() -> None:
    assert _headings()
    assert [heading for heading in _headings() if not HEADING.match(heading)] == []


def test_changelog_is_ordered_newest_first() -> None:
    headings, released = _headings(), _released()

    assert "## Unreleased" not in headings[1:]
    assert released == sorted(released, reverse=True)
    assert len({version for version, _ in released}) == len(released)


def test_version_is_the_newest_in_the_changelog() -> None:
    newest = [".".join(map(str, version)) for version, _ in _released()[:1]]

    # Before the first release there is only what is unreleased.
    assert newest == [VERSION] or (not newest and _headings() == ["## Unreleased"] and VERSION == "0.1.0")
