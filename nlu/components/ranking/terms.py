"""The terms of a text that the ranking model reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from components.finders.gazetteer import Gazetteer
from components.normalizer import HAN, normalise

_RUN = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+|\d+(?:[.:/%-]\d+)*%?")
_HAN_CHARACTER = re.compile(rf"[{HAN}]")
TermCounts = Mapping[str, int]

# Words that carry the shape of a question, not its subject. They are kept in word pairs, where they still tell
# "how long" from "how much", and left out as single terms.
_ENGLISH_SHAPE_WORDS = frozenset({
    "a", "an", "the", "is", "are", "was", "be", "been", "do", "does", "did", "can", "could", "may", "must", "should",
    "will", "would", "have", "has", "had", "i", "my", "me", "we", "our", "you", "your", "it", "its", "this", "that",
    "these", "those", "to", "of", "for", "in", "on", "at", "from", "by", "with", "as", "and", "or", "if", "there",
    "any", "some", "please", "hi", "hello", "am", "im", "so", "get",
})  # fmt: skip

# Of a document's number only its length tells what is meant.
_SHORTEST_DOCUMENT_NUMBER = 5
# A concept is one term where a word is a dozen: counted once it would drown. Measured: thrice does best, more adds nothing.
_CONCEPT_REPEATS = 3
_LONGEST_HAN_GRAM = 4
_SHORTEST_LATIN_GRAM, _LONGEST_LATIN_GRAM = 3, 5


class TermReader:
    """Reads the terms of texts, among them the concepts that a word list names in many words of both languages."""

    def __init__(self, concepts: Mapping[str, Sequence[str]]) -> None:
        """concepts: the words of each concept. Raises ValueError when a word stands under two of them."""
        self.concepts = {key: list(words) for key, words in concepts.items()}
        self._gazetteer = Gazetteer({"concept": concepts})

    def count(self, text: str) -> TermCounts:
        """How often each term occurs in a text as typed; a concept (`k`) counts thrice for each word of it."""
        normalised = normalise(text)
        counts = Counter(_terms(normalised))
        for found in self._gazetteer.find(normalised):
            counts["k" + found.value] += _CONCEPT_REPEATS
        return counts


def terms(text: str) -> list[str]:
    """Terms of a text as typed, in order, with repeats and without concepts; each begins with a mark of its kind.

    `h` runs of 1 to 4 Han characters, `w` stemmed Latin words and numbers, `p` pairs of neighbouring Latin words,
    `c` runs of 3 to 5 characters inside a Latin word, its ends marked by `_`.
    """
    return _terms(normalise(text))


def _terms(normalised: str) -> list[str]:
    found: list[str] = []
    previous = ""
    for match in _RUN.finditer(normalised):
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


def _han_grams(run: str) -> list[str]:
    return [
        "h" + run[start : start + length]
        for length in range(1, _LONGEST_HAN_GRAM + 1)
        for start in range(len(run) - length + 1)
    ]


def _latin_grams(word: str) -> list[str]:
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
            word = word[: -len(ending)]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
