"""Questions of our own for the benches: as people type them, one in four not for us."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import yaml

from bot.settings import REPOSITORY

_STRANGE = ("明天天气怎么样", "how do i cook rice", "帮我订一张去北京的火车票", "what is the capital of peru")


def questions(count: int) -> list[str]:
    """That many questions, the same at each call; from the entries in turn, subject by subject."""
    folder = REPOSITORY / "knowledge" / "entries"
    subjects = [yaml.load(path.read_bytes(), yaml.CSafeLoader)["entries"] for path in sorted(folder.glob("*.yaml"))]
    taken: list[str] = []
    strange = itertools.cycle(_STRANGE)
    for number, text in enumerate(_in_turn(subjects)):
        if len(taken) >= count:
            break
        taken.append(text)
        if number % 3 == 2:
            taken.append(next(strange))
    return taken[:count]


def _in_turn(subjects: list[list[dict[str, dict[str, list[str]]]]]) -> Iterator[str]:
    for number in itertools.count():
        for entries in subjects:
            entry = entries[number % len(entries)]
            language = ("zh-Hans", "en")[number % 2]
            asked = entry["questions"][language]
            yield str(asked[(number // len(entries)) % len(asked)])
