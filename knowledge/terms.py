"""Words of the trade, explained where an answer first uses them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.files import Fault, Reader, read_yaml
from knowledge.model import Language, Localized, LocalizedTexts

_FILE = "terms.yaml"
_MOST_EXPLAINED = 2
# A term that is followed by one of these is being explained by the answer itself.
_EXPLAINS_ITSELF = r"\s*(?:\*\*)?\s*(?:[(（:：=]|是|即|就是|指|means\b|is (?:a|the)\b|are\b)"


@dataclass(frozen=True, slots=True)
class Term:
    """words: how it stands in texts. means: one short sentence."""

    id: str
    words: LocalizedTexts
    means: Localized


def explain_terms(terms: Sequence[Term], title: str, text: str, language: Language) -> str | None:
    """A line that explains the first terms of an answer, as Markdown; None where there is nothing to explain.

    A term in the title is what the answer is about, and one with its explanation behind it needs none of ours.
    """
    found: list[tuple[int, str]] = []
    for term in terms:
        place, word = _first(term.words.get(language), text)
        if word and not _first(term.words.get(language), title)[1] and not _explains(word, text):
            found.append((place, f"**{word}**{': ' if language == 'en' else '：'}{term.means.get(language)}"))
    lines = [line for _, line in sorted(found)[:_MOST_EXPLAINED]]
    return "\n".join(f"- {line}" for line in lines) if lines else None


def read_terms(root: Path, faults: list[Fault]) -> tuple[Term, ...]:
    """Read terms.yaml under `root`, in the order written; none where there is no such file."""
    if not (root / _FILE).exists():
        return ()
    return tuple(
        _term(Reader(_FILE, key, raw, faults), key) for key, raw in read_yaml(root / _FILE, _FILE, faults).items()
    )


def _term(reader: Reader, key: str) -> Term:
    reader.refuse_unknown_keys({"words", "means"})
    return Term(key, reader.localized_texts("words"), reader.localized("means"))


def _first(words: Sequence[str], text: str) -> tuple[int, str]:
    """Where the first of the words stands, and how; (-1, "") when none does. Latin words count whole, in either case."""
    matches = [match for word in words if (match := re.search(_whole(word), text, re.IGNORECASE))]
    best = min(matches, key=lambda match: match.start(), default=None)
    return (best.start(), best.group()) if best else (-1, "")


def _explains(word: str, text: str) -> bool:
    return re.search(_whole(word) + _EXPLAINS_ITSELF, text, re.IGNORECASE) is not None


def _whole(word: str) -> str:
    escaped = re.escape(word)
    return rf"\b{escaped}s?\b" if word.isascii() else escaped
