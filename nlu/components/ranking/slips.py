"""A question with its typing slips mended, as far as the words that the model knows tell what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

from components.normalizer import HAN
from components.ranking.features import TermWeights
from components.ranking.terms import stem

_SHORTEST_WORD = 6
_WORD = re.compile(rf"[a-z]{{{_SHORTEST_WORD},}}")
_RUN = re.compile(rf"[{HAN}]{{3,}}")


class SlipMender:
    """Mends at most one slip in a Latin word, and a Han character that fits neither neighbour.

    terms: what the model knows. A word that is known, or for which no known one lies near, stays as it is; so does a character
    beside which anything known stands. Of several that fit, the commonest is taken.
    """

    def __init__(self, terms: TermWeights) -> None:
        self._terms = terms
        self._middles: dict[str, str] = {}
        rarities: dict[str, float] = {}
        for term in terms.vocabulary:
            if len(term) == 4 and term[0] == "h":
                place, rarity = term[1] + term[3], terms.rarity(term)
                if rarity < rarities.get(place, float("inf")):
                    rarities[place], self._middles[place] = rarity, term[2]

    def mend(self, text: str) -> str:
        """The text, normalised before, with what was mended in its place."""
        return _RUN.sub(lambda run: self._han(run.group()), _WORD.sub(lambda word: self._latin(word.group()), text))

    def _latin(self, word: str) -> str:
        if self._knows(word):
            return word
        found = [(self._terms.rarity("w" + stem(near)), near) for near in _near(word) if self._knows(near)]
        return min(found)[1] if found else word

    def _knows(self, word: str) -> bool:
        return self._terms.knows("w" + stem(word))

    def _han(self, run: str) -> str:
        for place in range(1, len(run) - 1):
            left, mine, right = run[place - 1 : place + 2]
            if self._terms.knows(f"h{left}{mine}") or self._terms.knows(f"h{mine}{right}"):
                continue
            meant = self._middles.get(left + right)
            if meant is not None and self._fits(run[:place] + meant + run[place + 1 :], place):
                return run[:place] + meant + run[place + 1 :]
        return run

    def _fits(self, run: str, place: int) -> bool:
        """Whether four characters in a row with the one at this place are known; a run of three has only those."""
        fours = [run[start : start + 4] for start in range(max(0, place - 3), place + 1) if start + 4 <= len(run)]
        return not fours or any(self._terms.knows("h" + four) for four in fours)


def _near(word: str) -> Iterator[str]:
    """The words that one slip makes of it: two letters swapped, one left out, one too many, one wrong."""
    for place in range(len(word)):
        before, after = word[:place], word[place:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        yield before + after[1:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]
