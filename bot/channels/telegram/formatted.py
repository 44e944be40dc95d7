"""A text with its formatting, independent of how Telegram counts; and the step to Telegram's entities."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from telegram import MessageEntity
from telegram.constants import MessageEntityType, MessageLimit

_CODE = frozenset({MessageEntityType.CODE, MessageEntityType.PRE})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


@dataclass(frozen=True)
class Span:
    """Formatting of text[start:end], in Python characters. url: of a text_link."""

    kind: MessageEntityType
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True)
class Formatted:
    """A text and its spans, in any order."""

    text: str
    spans: tuple[Span, ...] = ()

    def cut(self, start: int, end: int) -> Formatted:
        """text[start:end] without the white space at its ends, with the spans that reach into it."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        kept = (replace(s, start=max(s.start, start) - start, end=min(s.end, end) - start) for s in self.spans)
        return Formatted(self.text[start:end], tuple(span for span in kept if span.end > span.start))

    def entities(self) -> list[MessageEntity]:
        """Telegram's entities, offsets in UTF-16 units, as many as a message may have: links before the rest."""
        chosen = sorted(_disentangled(self.spans), key=lambda span: (span.url is None, span.start))
        chosen = sorted(chosen[: MessageLimit.MESSAGE_ENTITIES], key=lambda span: (span.start, -span.end))
        offsets = _utf16_offsets(self.text)
        return [
            MessageEntity(span.kind, offsets[span.start], offsets[span.end] - offsets[span.start], url=span.url)
            for span in chosen
        ]


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, in which Telegram counts messages and entities."""
    return len(text) + sum(char > "\uffff" for char in text)


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen: Telegram refuses such a message as empty."""
    return all(char.isspace() or unicodedata.category(char) in _INVISIBLE for char in text)


def cleaned(text: str) -> str:
    """The text without what cannot be sent: control characters become blanks, halves of characters the replacement mark."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.isprintable():
        return plain
    return "".join(_sendable(char) for char in plain)


def _sendable(char: str) -> str:
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    return " " if category == "Cc" else char


def _utf16_offsets(text: str) -> list[int]:
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if char > "\uffff" else 1))
    return offsets


def _disentangled(spans: tuple[Span, ...]) -> list[Span]:
    """Spans that may stand together: code holds nothing and lies in nothing but a quote; a link keeps its place over code.

    Source: Bot API, "Formatting options": "pre and code entities can't contain or be part of any other entity".
    """
    links = [span for span in spans if span.url is not None]
    code = [s for s in spans if s.kind in _CODE and not any(s.start < k.end and k.start < s.end for k in links)]
    result = [*links, *code]
    for span in spans:
        if span.url is None and span.kind not in _CODE:
            result.extend(_without(span, code))
    return result


def _without(span: Span, holes: list[Span]) -> list[Span]:
    if span.kind is MessageEntityType.BLOCKQUOTE:
        return [span]
    pieces = [span]
    for hole in holes:
        pieces = [
            replace(piece, start=start, end=end)
            for piece in pieces
            for start, end in ((piece.start, min(piece.end, hole.start)), (max(piece.start, hole.end), piece.end))
            if end > start
        ]
    return pieces
