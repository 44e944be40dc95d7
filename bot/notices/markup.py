"""Markdown and links of notices. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

URL_MAX_CHARS = 500
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")
_NOT_IN_LINK = re.compile(r"[\s<>\"\\^`{|}\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def plain(text: str) -> str:
    """A text in which Markdown finds nothing to mark up: CommonMark takes a backslash before any ASCII punctuation."""
    return _MARKUP.sub(r"\\\1", text)


def link(url: str) -> str:
    """A link that shows its host."""
    return f"[{plain(urlsplit(url).hostname or url)}](<{url}>)"


def is_link(url: str) -> bool:
    """Whether a url may stand under a notice: http or https, a host with a dot, no name or password, nothing unprintable."""
    if len(url) > URL_MAX_CHARS or _NOT_IN_LINK.search(url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in host.strip(".") and "@" not in parts.netloc
