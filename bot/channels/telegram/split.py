"""Cuts a long text into messages: at paragraphs, lines, sentence ends or blanks, and not within a link or a bold word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.channels.telegram.formatted import Formatted, Span, is_blank, utf16_length

# Best places first. A cut lies at the end of a match.
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (r"\n\s*\n", r"\n", r"[。！？!?…]+[”’」』）)]*|\.\s", r"[；;，,、：:]+\s*|\s", r"")
)
_FILL = 0.5  # a worse place is taken when the better one would leave more than half of the message empty
_JOINER = "\u200d"


def split(whole: Formatted, limit: int) -> list[Formatted]:
    """The text in parts of at most `limit` UTF-16 units (at least 2), none of them blank unless the whole is."""
    parts: list[Formatted] = []
    start = 0
    while start < len(whole.text):
        reach = _reach(whole.text, start, limit)
        end = reach if reach == len(whole.text) else _best_cut(whole, start, reach)
        parts.append(whole.cut(start, end))
        start = end
    visible = [part for part in parts if not is_blank(part.text)]
    return visible or parts[:1] or [whole]


def _reach(text: str, start: int, limit: int) -> int:
    end = min(len(text), start + limit)
    while utf16_length(text[start:end]) > limit:
        end -= max(1, (utf16_length(text[start:end]) - limit) // 2)
    return end


def _best_cut(whole: Formatted, start: int, reach: int) -> int:
    closed = [span for span in whole.spans if span.start < reach and span.end > start]
    least = start + int((reach - start) * _FILL)
    for spans in (closed, ()):
        for place in _PLACES:
            cut = _last(whole.text, place, start, reach, least, spans)
            if cut is not None:
                return cut
    return reach


def _last(text: str, place: re.Pattern[str], start: int, reach: int, least: int, spans: Sequence[Span]) -> int | None:
    anywhere = not place.pattern
    cuts = range(reach, least, -1) if anywhere else [match.end() for match in place.finditer(text, start, reach)][::-1]
    for cut in cuts:
        if cut <= max(start, least):
            return None
        if not any(span.start < cut < span.end for span in spans) and _is_boundary(text, cut):
            return cut
    return None


def _is_boundary(text: str, cut: int) -> bool:
    """Whether a cut here leaves accents, joined emoji and flags whole."""
    if cut >= len(text):
        return True
    before, after = text[cut - 1], text[cut]
    if unicodedata.combining(after) or unicodedata.category(after) in {"Mn", "Me", "Mc"}:
        return False
    if _JOINER in (before, after) or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    return not ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
