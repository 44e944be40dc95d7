"""The terms of a text that the ranking model reads."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import List

from components.normalizer import HAN, normalise

_RUN = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+|\d+(?:[.:/%-]\d+)*%?")
_HAN_CHARACTER = re.compile(rf"[{HAN}]")

# Words that carry the shape of a question, not its subject. They are kept in word pairs, where they still tell
# "how long" from "how much", and left out as single terms.
_ENGLISH_SHAPE_WORDS = frozenset(
    "a an the is are was be been do does did can could may must should will would have has had i my me we our you your it its"
    " this that these those to of for in on at from by with as and or if there any some please hi hello am im so get".split()
)
# Of a document's number only its length tells what is meant.
_SHORTEST_DOCUMENT_NUMBER = 5
_LONGEST_HAN_GRAM = 4
_SHORTEST_LATIN_GRAM, _LONGEST_LATIN_GRAM = 3, 5


def terms(text: str) -> List[str]:
    """Terms of a text as typed, in order, with repeats; each begins with a mark of its kind.

    `h` runs of 1 to 4 Han characters, `w` stemmed Latin words and numbers, `p` pairs of neighbouring Latin words,
    `c` runs of 3 to 5 characters inside a Latin word, its ends marked by `_`.
    """
    found: List[str] = []
    previous = ""
    for match in _RUN.finditer(normalise(text)):
        run = match.group()
        if _HAN_CHARACTER.match(run):
            found.extend(_han_grams(run))
            previous = ""
            continue
        word = stem(run) if len(run) < _SHORTEST_DOCUMENT_NUMBER or not run.isdigit() else f"#{len(run)}"
        found.append("p" + previous + " " + word)
        previous = word
        if run not in _ENGLISH_SHAPE_WORDS:
            found.append("w" + word)
            found.extend(_latin_grams(run) if not run[0].isdigit() else ())
    return found


def _han_grams(run: str) -> List[str]:
    return [
        "h" + run[start : start + length]
        for length in range(1, _LONGEST_HAN_GRAM + 1)
        for start in range(len(run) - length + 1)
    ]


def _latin_grams(word: str) -> List[str]:
    marked = f"_{word}_"
    return [
        "c" + marked[start : start + length]
        for length in range(_SHORTEST_LATIN_GRAM, _LONGEST_LATIN_GRAM + 1)
        for start in range(len(marked) - length + 1)
    ]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case English word without its commonest endings; a number or a short word as it is."""
    if len(word) <= 3 or word[0].isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, shortest in (("ation", 4), ("ing", 3), ("ed", 3), ("ion", 5), ("ment", 5)):
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e")
