"""Text as it is matched: one width, one script, one case, no blanks between scripts. The typed text is never changed.

`normalise` gives the form in which equal questions are equal; the classifier reads it. `knowledge.text.normalise` follows the
same steps in the other environment, and tests/data/normalise_vectors.yaml holds both to the same results.
`fold` keeps punctuation and, for each character, the way back to the typed text; tokens and entities are found in it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_APOSTROPHE = re.compile(r"(?<=[a-z])['\u2018\u2019\u02bc`\u00b4](?=[a-z])")
_DASH = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SLASHED_INITIALS = re.compile(r"(?<![a-z0-9])[a-z](?:[./][a-z])+(?![a-z0-9])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NOT_WORD = re.compile(r"(?<=\d)(?P<kept>[.:/-])(?=\d)|(?<=\d)(?P<percent>%)|[\W_]")
_BLANKS = re.compile(r"\s+")
_BLANK_BESIDE_HAN = re.compile(rf"(?<=[{HAN}])\s+|\s+(?=[{HAN}])")
_HAN_CHARACTER = re.compile(rf"[{HAN}]")


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    """OpenCC's tables are read once, at the first use: importing this module reads nothing."""
    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """The form of a text in which equal questions are equal; for matching only, never shown.

    Full width becomes half width (NFKC), Traditional becomes Simplified, upper case lower case; zero-width characters go;
    punctuation, symbols and emoji become blanks, except `. : / -` between digits and `%` after one; thousands commas,
    apostrophes inside words, and the strokes and dots of initials (`B/L`) go; a blank beside a Han character goes, every
    other run of blanks is one blank. Applying it twice changes nothing.
    """
    folded = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text)).casefold()
    folded = _IGNORABLE.sub("", unicodedata.normalize("NFKC", folded))
    folded = _THOUSANDS.sub("", _DASH.sub("-", _APOSTROPHE.sub("", folded)))
    folded = _SLASHED_INITIALS.sub(lambda match: re.sub("[./]", "", match.group()), folded)
    folded = _NOT_WORD.sub(lambda match: match.group("kept") or match.group("percent") or " ", folded)
    folded = _BLANK_BESIDE_HAN.sub("", _BLANKS.sub(" ", folded).strip())
    return str(_simplifier().convert(folded))


@dataclass(frozen=True)
class FoldedText:
    """A text for matching, and where each of its characters comes from.

    text: the folded text.
    spans: for each character of `text` the half-open range [start, end) of characters in the typed text.
    """

    text: str
    spans: tuple[tuple[int, int], ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Range in the typed text of the folded range [start, end), which must not be empty."""
        return self.spans[start][0], self.spans[end - 1][1]


def is_han(character: str) -> bool:
    """Whether a single character is a Chinese ideograph."""
    return _HAN_CHARACTER.match(character) is not None


@lru_cache(maxsize=32)
def fold(text: str) -> FoldedText:
    """Fold a typed text and keep the way back.

    Steps: compatibility forms (full width to half width), Traditional to Simplified, lower case, control and zero-width
    characters dropped, runs of blanks made one, blanks at the ends and beside Han characters dropped.
    """
    pieces = [(folded, start, end) for start, end in _clusters(text) for folded in _fold_cluster(text[start:end])]
    pieces = _without_idle_blanks(_simplified(pieces))
    return FoldedText("".join(p[0] for p in pieces), tuple((p[1], p[2]) for p in pieces))


_Piece = tuple[str, int, int]


def _clusters(text: str) -> list[tuple[int, int]]:
    """Ranges of a base character with the combining marks behind it, which compatibility forms may merge into one."""
    ranges: list[tuple[int, int]] = []
    for index, character in enumerate(text):
        if ranges and unicodedata.combining(character):
            ranges[-1] = (ranges[-1][0], index + 1)
        else:
            ranges.append((index, index + 1))
    return ranges


def _fold_cluster(cluster: str) -> list[str]:
    folded = []
    for character in unicodedata.normalize("NFKC", cluster).casefold():
        category = unicodedata.category(character)
        if character.isspace():
            folded.append(" ")
        elif category not in ("Cc", "Cf"):
            folded.append(character)
    return folded


def _simplified(pieces: list[_Piece]) -> list[_Piece]:
    text = "".join(piece[0] for piece in pieces)
    converted = _simplifier().convert(text)
    if len(converted) != len(text):
        # A phrase rule changed the length, so positions no longer match: convert each character by itself instead.
        converted = "".join(_same_length(piece[0]) for piece in pieces)
    return [(new, start, end) for new, (_, start, end) in zip(converted, pieces, strict=False)]


def _same_length(character: str) -> str:
    converted = _simplifier().convert(character)
    return converted if len(converted) == len(character) else character


def _without_idle_blanks(pieces: list[_Piece]) -> list[_Piece]:
    kept: list[_Piece] = []
    blank: _Piece | None = None
    for piece in pieces:
        if piece[0] == " ":
            blank = blank or piece
            continue
        if blank and kept and not is_han(kept[-1][0]) and not is_han(piece[0]):
            kept.append(blank)
        blank = None
        kept.append(piece)
    return kept
