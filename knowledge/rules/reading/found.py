"""A value found in a text, where it stood, and the form of the text in which all readers look."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from knowledge.text import to_simplified

T = TypeVar("T")

_CLAUSE_END = re.compile(r"[;；。！!？?\n]|[,，、](?!\d{3}(?!\d))|\.(?=\s|$)")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千万亿]+"


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and the part of the folded text (`fold`) that it came from."""

    value: T
    start: int
    end: int

    def overlaps(self, other: Found[Any]) -> bool:
        """Whether both stand on a common character."""
        return self.start < other.end and other.start < self.end


def fold(text: str) -> str:
    """The text in half width, lower case and Simplified characters; unlike `normalise` it keeps all punctuation."""
    return to_simplified(unicodedata.normalize("NFKC", text).casefold())


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause begins and ends in which a found value stands."""
    begin = 0
    for mark in _CLAUSE_END.finditer(text):
        if mark.start() >= end:
            return begin, mark.start()
        if mark.end() <= start:
            begin = mark.end()
    return begin, len(text)


def chinese_number(written: str) -> int | None:
    """二十八 -> 28, 三十万 -> 300000, 两千五 -> 2500, 二〇二六 -> 2026; None where the characters form no number."""
    if written and all(c in _DIGITS for c in written):
        return int("".join(str(_DIGITS[c]) for c in written))
    total = section = digit = 0
    last_scale = 1
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SCALES:
            last_scale = _SCALES[character]
            section += (digit or 1) * last_scale
            digit = 0
        elif character in _MYRIADS:
            last_scale = _MYRIADS[character]
            total += (section + digit) * last_scale
            section = digit = 0
        else:
            return None
    # 两千五 says 2500, 三万五 35000; 十五 and 二百零五 end on a plain digit.
    tail = digit * (last_scale // 10) if digit and last_scale > 10 and written[-2:-1] != "零" else digit
    return total + section + tail
