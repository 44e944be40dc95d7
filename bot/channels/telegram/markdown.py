"""Replies' Markdown as Telegram can show it: bold, italic, links, code, lists, quotes. Everything else stays plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from telegram.constants import MessageEntityType

from bot.channels.telegram.formatted import Formatted, Span, cleaned

_BULLETS = ("•", "◦", "▪")
_RULE = "———"


def is_web_url(url: str) -> bool:
    """Whether Telegram takes the address for a link or a button: http(s), and a host with a dot in it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in host.strip(".") and not any(c.isspace() for c in url)


def to_formatted(markdown: str) -> Formatted:
    """The Markdown of a reply as text and spans. HTML is not read: it stays visible as it was written."""
    tokens = MarkdownIt("commonmark", {"html": False}).parse(cleaned(markdown))
    writer = _Writer()
    for token in tokens:
        writer.block(token)
    return writer.result()


class _Writer:
    """Walks the tokens. Each kind of token has a method `_<type>`; a kind without one writes nothing of its own."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._open: list[tuple[str, int, str | None]] = []
        self._lists: list[int | None] = []  # number of the next item; None: bullets
        self._owed = 0  # line ends to write before the next text
        self._after_mark = False  # the next paragraph stands on the line of its item's mark

    def result(self) -> Formatted:
        text = "".join(self._parts)
        return Formatted(text, tuple(self._spans)).cut(0, len(text))

    def block(self, token: Token) -> None:
        method: Callable[[Token], None] | None = getattr(self, f"_{token.type}", None)
        if method is not None:
            method(token)

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._owed and self._length:
            text = "\n" * self._owed + text
        self._owed = 0
        self._parts.append(text)
        self._length += len(text)

    def _owe(self, lines: int) -> None:
        self._owed = max(self._owed, lines)

    def _begin(self, name: str, url: str | None = None) -> None:
        # Line ends that are owed belong before the span, not into it.
        if self._owed and self._length:
            self._parts.append("\n" * self._owed)
            self._length += self._owed
        self._owed = 0
        self._open.append((name, self._length, url))

    def _end(self, kind: MessageEntityType) -> None:
        _, start, url = self._open.pop()
        if self._length > start:
            self._spans.append(Span(kind, start, self._length, url))

    # blocks

    def _paragraph_open(self, token: Token) -> None:
        if self._after_mark:
            self._after_mark = False
        else:
            self._owe(1 if token.hidden or self._lists else 2)

    def _paragraph_close(self, token: Token) -> None:
        self._owe(1 if token.hidden or self._lists else 2)

    def _heading_open(self, _token: Token) -> None:
        self._owe(2)
        self._begin("heading")

    def _heading_close(self, _token: Token) -> None:
        self._end(MessageEntityType.BOLD)
        self._owe(2)

    def _bullet_list_open(self, _token: Token) -> None:
        self._owe(1 if self._lists else 2)
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._owe(1 if self._lists else 2)
        self._lists.append(int(token.attrs.get("start", 1)))

    def _bullet_list_close(self, _token: Token) -> None:
        self._lists.pop()
        self._owe(1 if self._lists else 2)

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, _token: Token) -> None:
        self._owe(1)
        depth = len(self._lists) - 1
        number = self._lists[-1]
        if number is None:
            mark = _BULLETS[min(depth, len(_BULLETS) - 1)]
        else:
            mark = f"{number}."
            self._lists[-1] = number + 1
        self._write(f"{'  ' * depth}{mark} ")
        self._after_mark = True

    def _blockquote_open(self, _token: Token) -> None:
        self._owe(2)
        self._begin("quote")

    def _blockquote_close(self, _token: Token) -> None:
        inner = any(name == "quote" for name, _, _ in self._open[:-1])
        if inner:  # Telegram has no quote within a quote
            self._open.pop()
        else:
            self._end(MessageEntityType.BLOCKQUOTE)
        self._owe(2)

    def _hr(self, _token: Token) -> None:
        self._owe(2)
        self._write(_RULE)
        self._owe(2)

    def _fence(self, token: Token) -> None:
        self._owe(2)
        self._begin("pre")
        self._write(token.content.rstrip("\n"))
        self._end(MessageEntityType.PRE)
        self._owe(2)

    _code_block = _fence

    def _inline(self, token: Token) -> None:
        self._inlines(token.children or ())

    # within a line

    def _inlines(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self.block(token)

    def _text(self, token: Token) -> None:
        self._write(token.content)

    def _softbreak(self, _token: Token) -> None:
        self._write("\n")

    _hardbreak = _softbreak

    def _code_inline(self, token: Token) -> None:
        self._begin("code")
        self._write(token.content)
        self._end(MessageEntityType.CODE)

    def _strong_open(self, _token: Token) -> None:
        self._begin("strong")

    def _strong_close(self, _token: Token) -> None:
        self._end(MessageEntityType.BOLD)

    def _em_open(self, _token: Token) -> None:
        self._begin("em")

    def _em_close(self, _token: Token) -> None:
        self._end(MessageEntityType.ITALIC)

    def _link_open(self, token: Token) -> None:
        self._begin("link", str(token.attrs.get("href", "")))

    def _link_close(self, _token: Token) -> None:
        _, start, url = self._open.pop()
        if url and is_web_url(url) and self._length > start:
            self._spans.append(Span(MessageEntityType.TEXT_LINK, start, self._length, url))

    def _image(self, token: Token) -> None:
        self._begin("image", str(token.attrs.get("src", "")))
        self._write(token.content)
        self._link_close(token)
