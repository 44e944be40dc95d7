"""Just enough of a Dockerfile's form to compare it with the code: instructions, their arguments, stages."""

from __future__ import annotations

import json
import shlex
from pathlib import Path


def instructions(path: Path) -> list[tuple[str, str]]:
    """(instruction, rest of the line) in the order of the file, continued lines joined, comments left out."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, rest in split]


def last_stage(path: Path) -> list[tuple[str, str]]:
    """The instructions that shape the image: those of the last stage and of the stages it is built from."""
    stages: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for name, rest in instructions(path):
        if name == "FROM":
            words = rest.split()
            current = list(stages.get(words[0], []))
            stages[words[-1]] = current
        current.append((name, rest))
    return current


def environment(path: Path) -> dict[str, str]:
    """The variables that the image sets."""
    pairs = [pair for name, rest in last_stage(path) if name == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def command(path: Path) -> list[str]:
    """The image's CMD."""
    found = [json.loads(rest) for name, rest in last_stage(path) if name == "CMD"]
    words: list[str] = found[-1]
    return words


def user(path: Path) -> str:
    """The user as whom the image runs; root when it names none."""
    return next((rest for name, rest in reversed(last_stage(path)) if name == "USER"), "root")


def copied(path: Path) -> list[str]:
    """What is copied out of the repository."""
    lines = [rest.split() for name, rest in instructions(path) if name == "COPY" and not rest.startswith("--from")]
    return [source for words in lines for source in words[:-1]]
