"""A reply as Telegram messages: parts with entities, a keyboard under the last one."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageEntityType, MessageLimit

from bot.channels.model import Button, Citation, Language, Reply
from bot.channels.telegram.formatted import Formatted, Span, cleaned, is_blank
from bot.channels.telegram.markdown import is_web_url, to_formatted
from bot.channels.telegram.split import split

SHORT_ID_PREFIX = "p:"  # no payload of ours begins like this
_PAIR_MAX_WIDTH = 18  # columns of a button title that leaves room for another beside it; a Han character takes two
_NOTHING = "…"
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")
_NEVER_LINKED = frozenset({MessageEntityType.TEXT_LINK, MessageEntityType.CODE, MessageEntityType.PRE})
_SINCE: dict[Language, str] = {"zh-Hans": "自{}起施行", "zh-Hant": "自{}起施行", "en": "in force from {}"}
_VERIFIED: dict[Language, str] = {"zh-Hans": "{}核对", "zh-Hant": "{}核對", "en": "checked {}"}


@dataclass(frozen=True)
class Rendered:
    """What to send. parts: in order, at least one; keyboard: under the last part; payloads: short id -> payload, to be
    stored before the message goes out."""

    parts: list[Formatted]
    keyboard: InlineKeyboardMarkup | None
    payloads: dict[str, str] = field(default_factory=dict)


def render(reply: Reply, language: Language, *, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> Rendered:
    """The messages that a reply becomes. Deterministic: the same reply always becomes the same messages.

    language: of the words that are added to citations. limit: longest message, UTF-16 units.
    """
    keyboard, payloads, as_lines = _keyboard(reply.buttons)
    body = to_formatted(_with_speaker(reply))
    if is_blank(body.text):
        plain = cleaned(reply.text).strip()
        body = Formatted(_NOTHING if is_blank(plain) else plain)
    whole = _with_lines(_with_citations(body, reply.citations, language), as_lines)
    return Rendered(split(whole, limit), keyboard, payloads)


def _with_speaker(reply: Reply) -> str:
    """A person's words under their name: in a chat with a bot nothing else tells them from the bot's."""
    if reply.speaker is None:
        return reply.text
    name = _MARKUP.sub(r"\\\1", " ".join(reply.speaker.split()))
    return f"👤 **{name}**\n\n{reply.text}"


def short_id(payload: str) -> str:
    """The id under which a payload too long for a button is stored; always the same for the same payload."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(payload.encode()).digest()).decode()
    return f"{SHORT_ID_PREFIX}{digest[:24]}"


def _keyboard(buttons: list[Button]) -> tuple[InlineKeyboardMarkup | None, dict[str, str], list[str]]:
    """The keyboard, the payloads to store, and lines for buttons that Telegram would refuse."""
    payloads: dict[str, str] = {}
    shown: list[InlineKeyboardButton] = []
    lines: list[str] = []
    for button in buttons:
        title = " ".join(cleaned(button.title).split())
        url = str(button.url) if button.url is not None else None
        if is_blank(title):
            title = _NOTHING
        if len(shown) == InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER or (url is not None and not is_web_url(url)):
            lines.append(f"{title}: {url}" if url is not None else title)
        elif url is not None:
            shown.append(InlineKeyboardButton(title, url=url))
        else:
            shown.append(InlineKeyboardButton(title, callback_data=_data(button.payload or title, payloads)))
    return (InlineKeyboardMarkup(_rows(shown)) if shown else None), payloads, lines


def _data(payload: str, payloads: dict[str, str]) -> str:
    fits = len(payload.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    if fits and not payload.startswith(SHORT_ID_PREFIX):
        return payload
    payloads[short_id(payload)] = payload
    return short_id(payload)


def _rows(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        last = rows[-1] if rows else []
        if len(last) == 1 and max(_width(last[0].text), _width(button.text)) <= _PAIR_MAX_WIDTH:
            last.append(button)
        else:
            rows.append([button])
    return rows


def _width(title: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in title)


def _with_lines(body: Formatted, lines: list[str]) -> Formatted:
    if not lines:
        return body
    return Formatted("\n".join([body.text, "", *lines]), body.spans)


def _with_citations(body: Formatted, citations: list[Citation], language: Language) -> Formatted:
    """The text with its sources: a title that it names already becomes a link, the others get a line each."""
    text, spans = body.text, list(body.spans)
    gap = "\n\n"
    for citation in citations:
        title = " ".join(cleaned(citation.title).split())
        url = citation.url if citation.url is not None and is_web_url(citation.url) else None
        at = body.text.rfind(title) if title else -1
        dates = [day for day in (citation.effective_from, citation.verified_on) if day is not None]
        if at >= 0 and all(day.isoformat() in body.text for day in dates):
            _link(spans, at, at + len(title), url)
            continue
        start = len(text) + len(gap) + 2
        text += f"{gap}• {title or url or _NOTHING}"
        _link(spans, start, len(text), url)
        text += "".join(f" · {detail}" for detail in _details(citation, language) if detail not in body.text)
        gap = "\n"
    return Formatted(text, tuple(spans))


def _details(citation: Citation, language: Language) -> list[str]:
    """Number, publisher and dates, as they stand behind a title."""
    words = [
        cleaned(word).strip() for word in (citation.number, citation.publisher) if word and word not in citation.title
    ]
    dated: list[tuple[str, date | None]] = [
        (_SINCE[language], citation.effective_from),
        (_VERIFIED[language], citation.verified_on),
    ]
    return [*filter(None, words), *(phrase.format(day.isoformat()) for phrase, day in dated if day is not None)]


def _link(spans: list[Span], start: int, end: int, url: str | None) -> None:
    """Make text[start:end] a link, unless it is one already, is code, or would cross other formatting."""
    for span in spans:
        apart = span.end <= start or end <= span.start
        nested = (span.start <= start and end <= span.end) or (start <= span.start and span.end <= end)
        if not apart and (span.kind in _NEVER_LINKED or not nested):
            return
    if url is not None:
        spans.append(Span(MessageEntityType.TEXT_LINK, start, end, url))
