"""Texts, entities and keyboards, checked as strictly as Telegram documents them."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit

from tests.botapi.problems import bad_request

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler",
}  # fmt: skip
_TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z-]+)(?P<attributes>[^<>]*)>|(?P<bad><)|(?P<text>[^<]+)")
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
Entity = dict[str, Any]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Telegram's HTML style: the visible text and its entities. Raises 400 on anything that Telegram does not parse."""
    text: list[str] = []
    entities: list[Entity] = []
    opened: list[tuple[str, Entity]] = []
    offset = 0
    for match in _TOKEN.finditer(source):
        at = len(source[: match.start()].encode())
        if match["bad"] is not None:
            raise bad_request(f"can't parse entities: Unsupported start tag at byte offset {at}")
        if match["text"] is not None:
            plain = html.unescape(match["text"])
            text.append(plain)
            offset += utf16_length(plain)
        elif match["close"]:
            _close_tag(match["tag"].lower(), at, offset, opened)
        else:
            entity = _open_tag(match["tag"].lower(), match["attributes"], at, offset)
            opened.append((match["tag"].lower(), entity))
            entities.append(entity)
    if opened:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return "".join(text), [entity for entity in entities if entity["length"] > 0]


def _open_tag(tag: str, attributes: str, at: int, offset: int) -> Entity:
    if tag not in _TAGS:
        raise bad_request(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {at}')
    entity: Entity = {"type": _TAGS[tag], "offset": offset, "length": 0}
    if tag == "a":
        href = _HREF.search(attributes)
        entity["url"] = html.unescape(href[1] or href[2] or "") if href else ""
    return entity


def _close_tag(tag: str, at: int, offset: int, opened: list[tuple[str, Entity]]) -> None:
    if not opened:
        raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {at}")
    name, entity = opened.pop()
    if name != tag:
        raise bad_request(
            f'can\'t parse entities: Unmatched end tag at byte offset {at}, expected "</{name}>", found "</{tag}>"'
        )
    entity["length"] = offset - entity["offset"]


def check_entities(text: str, entities: list[Entity]) -> None:
    """Raise 400 unless every entity lies inside the text, on whole characters, and no two cross.

    Stricter than Telegram, which repairs some of it silently: what needs repair is a fault of the sender.
    """
    length = utf16_length(text)
    units = text.encode("utf-16-le")
    spans: list[tuple[int, int]] = []
    for entity in entities:
        start, size = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(size, int) or start < 0 or size <= 0 or start + size > length:
            raise bad_request("entity offset or length is out of the text")
        for edge in (start, start + size):
            if edge < length and 0xDC <= units[2 * edge + 1] <= 0xDF:
                raise bad_request("entity begins or ends in the middle of a character")
        if entity.get("type") == "text_link" and not _is_web_url(str(entity.get("url", ""))):
            raise bad_request("entity has a wrong URL")
        spans.append((start, start + size))
    spans.sort(key=lambda span: (span[0], -span[1]))
    open_ends: list[int] = []
    for start, end in spans:
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        if open_ends and end > open_ends[-1]:
            raise bad_request("entities cross each other")
        open_ends.append(end)


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space at both ends, as Telegram stores it."""
    kept = text.strip()
    cut = utf16_length(text) - utf16_length(text.lstrip())
    length = utf16_length(kept)
    moved: list[Entity] = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] + entity["length"] - cut, length)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, moved


def check_keyboard(markup: Any) -> None:
    """Raise 400 unless an inline keyboard is one that Telegram takes."""
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if rows is None:
        return
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard button: field "inline_keyboard" must be an array of arrays')
    buttons = [button for row in rows for button in row]
    if len(buttons) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        raise bad_request("reply markup is too long")
    if any(len(row) > InlineKeyboardMarkupLimit.BUTTONS_PER_ROW for row in rows):
        raise bad_request("too many buttons in a row")
    for button in buttons:
        _check_button(button)


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: text is empty")
    if "url" in button:
        if not _is_web_url(button["url"]):
            raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    elif "callback_data" in button:
        size = len(str(button["callback_data"]).encode())
        least, most = InlineKeyboardButtonLimit.MIN_CALLBACK_DATA, InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
        if not least <= size <= most:
            raise bad_request("BUTTON_DATA_INVALID")
    else:
        raise bad_request("Text buttons are unallowed in the inline keyboard")


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "tg" or (parts.scheme in {"http", "https"} and "." in (parts.hostname or ""))
