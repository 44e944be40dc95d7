"""A reply's Markdown as HTML that may stand in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt

from bot.channels.model import Reply

_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "a", "code", "blockquote"}
_SCHEMES = {"https", "http", "mailto", "tel"}

# The knowledge base ends an answer with its source line. The page shows that line as the head of the folded list of
# sources, where a thumb expects it, and not a second time in the text.
_SOURCE_LINE = re.compile(r"(?:来源：|來源：|Source: )[^\n]+")


@dataclass(frozen=True)
class Rendered:
    """html: the reply's text. source: its source line as plain text, None when the text carries none."""

    html: str
    source: str | None


class HtmlRenderer:
    """Renders the Markdown subset of replies. Raw HTML in it is shown as text, never taken as HTML."""

    def __init__(self) -> None:
        # linkify stays off: an address in a text that somebody else wrote must not become something to tap.
        self._markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(
            ["image", "html_block", "html_inline"]
        )

    def render(self, reply: Reply) -> Rendered:
        """The reply's text as HTML, the source line of an answer with citations apart from it."""
        text, source = _without_source_line(reply)
        return Rendered(self._safe_html(text), source)

    def _safe_html(self, markdown: str) -> str:
        # Two guards, each enough by itself: the parser escapes HTML, and the list drops whatever is not on it.
        return nh3.clean(
            self._markdown.render(markdown),
            tags=_TAGS,
            attributes={"a": {"href"}, "*": set()},
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        ).strip()


def _without_source_line(reply: Reply) -> tuple[str, str | None]:
    if not reply.citations:
        return reply.text, None
    body, _, last = reply.text.rstrip().rpartition("\n\n")
    if body and _SOURCE_LINE.fullmatch(last):
        return body, last
    return reply.text, None
