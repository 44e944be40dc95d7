"""The floors hold: what may import what, how long a module is, and that importing does nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.settings import REPOSITORY

CONTRACTS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
MODULES = sorted(
    path
    for room in ("bot", "knowledge", "actions")
    for path in (REPOSITORY / room).rglob("*.py")
    # Migrations are written once and never touched again.
    if "versions" not in path.parts
)
LINES_MAX = 300


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def test_every_contract_holds() -> None:
    linter = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run([linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout
    assert len(CONTRACTS) >= 5


def test_every_module_of_the_service_stands_on_a_floor() -> None:
    floors = next(contract["layers"] for contract in CONTRACTS if contract["name"] == "floors")
    rooms = {room for floor in floors for room in re.split(r" [|:] ", floor)}
    modules = {module_name(path) for path in MODULES if path.is_relative_to(REPOSITORY / "bot")}

    homeless = {module for module in modules if not any(f"{module}.".startswith(f"{room}.") for room in rooms)}

    assert homeless == {"bot", "bot.channels"}
    assert {room for room in rooms if room not in modules} == set()


def test_no_import_hides_in_a_function() -> None:
    # An import inside a function marks a cycle. The command line alone loads its commands when they are called.
    hidden = re.compile(
        r"^[ \t]+(?:from (?:bot|knowledge|actions)[. ]|import (?:bot|knowledge|actions)\b)", re.MULTILINE
    )

    found = [str(path.relative_to(REPOSITORY)) for path in MODULES if hidden.search(path.read_text())]

    assert found == []


def test_a_module_has_at_most_300_lines() -> None:
    long = {str(path.relative_to(REPOSITORY)) for path in MODULES if len(path.read_text().splitlines()) > LINES_MAX}

    assert len(MODULES) > 80
    assert long == set()


LOOK = """
import importlib, sys

REPOSITORY = sys.argv[1]
done = []

def look(event, arguments):
    if event in ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.system", "os.mkdir"):
        done.append(f"{event} {arguments[-1]!r:.60}")
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(REPOSITORY):
        inside = arguments[0][len(REPOSITORY):]
        if not inside.startswith("/.venv/") and not inside.endswith((".py", ".pyc")) and "__pycache__" not in inside:
            done.append(f"open {inside}")
    if event == "open" and arguments[1] and set(arguments[1]) & set("wax+") and "__pycache__" not in str(arguments[0]):
        done.append(f"write {arguments[0]}")

sys.addaudithook(look)
sys.dont_write_bytecode = True
for name in sys.argv[2:]:
    importlib.import_module(name)
print("\\n".join(done))
"""


@pytest.mark.parametrize("room", ["bot", "knowledge", "actions"])
def test_to_import_a_module_does_nothing(room: str) -> None:
    # Alembic runs env.py itself, on a connection that is open.
    names = [module_name(path) for path in MODULES if path.is_relative_to(REPOSITORY / room) and path.name != "env.py"]
    command = [sys.executable, "-c", LOOK, str(REPOSITORY), *names]

    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert len(names) > 5
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
