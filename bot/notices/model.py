"""Notices: values, states, and what a notice must fulfil. Pure: nothing here reads or writes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from bot.channels.model import LANGUAGES, Language, Reply
from bot.delivery.model import DeliveryState
from bot.errors import Fault
from bot.notices.extras import PLAIN, NoticeExtras, extras_faults
from bot.notices.markup import URL_MAX_CHARS, is_link
from knowledge.text import to_traditional

TITLE_MAX_CHARS = 120
BODY_MAX_CHARS = 3000  # with title, source and reason it fits one Telegram message of 4096 characters
SCHEDULE_MAX = timedelta(days=366)


class NoticeState(StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


TRANSITIONS: Mapping[NoticeState, frozenset[NoticeState]] = {
    NoticeState.DRAFT: frozenset({NoticeState.SUBMITTED, NoticeState.RECALLED}),
    NoticeState.SUBMITTED: frozenset({NoticeState.DRAFT, NoticeState.APPROVED, NoticeState.RECALLED}),
    NoticeState.APPROVED: frozenset(
        {NoticeState.SCHEDULED, NoticeState.SENDING, NoticeState.RECALLED, NoticeState.EXPIRED}
    ),
    NoticeState.SCHEDULED: frozenset(
        {NoticeState.SCHEDULED, NoticeState.SENDING, NoticeState.RECALLED, NoticeState.EXPIRED}
    ),
    NoticeState.SENDING: frozenset(
        {
            NoticeState.SENT,
            NoticeState.RECALLED,
            NoticeState.WITHDRAWN,
            NoticeState.SUPERSEDED,
            NoticeState.EXPIRED,
        }
    ),
    NoticeState.SENT: frozenset(
        {NoticeState.RECALLED, NoticeState.WITHDRAWN, NoticeState.SUPERSEDED, NoticeState.EXPIRED}
    ),
    NoticeState.RECALLED: frozenset({NoticeState.WITHDRAWN}),
    NoticeState.WITHDRAWN: frozenset(),
    NoticeState.SUPERSEDED: frozenset({NoticeState.WITHDRAWN}),
    NoticeState.EXPIRED: frozenset({NoticeState.WITHDRAWN}),
}
"""Every change that there is. A scheduled notice may be given another time; a draft is taken out by recalling it."""

MEANING: Mapping[NoticeState, str] = {
    NoticeState.DRAFT: "It is being written; nobody was told anything.",
    NoticeState.SUBMITTED: "It waits for another person's approval; nothing was sent yet.",
    NoticeState.APPROVED: "It is approved and can be sent or scheduled; nothing was sent yet.",
    NoticeState.SCHEDULED: "It goes out by itself at the time set; nothing was sent yet.",
    NoticeState.SENDING: "It was handed to delivery and is on its way.",
    NoticeState.SENT: "Every delivery has its outcome.",
    NoticeState.RECALLED: "It was called back; what had not been sent by then was not sent.",
    NoticeState.WITHDRAWN: "It was withdrawn: what had arrived is taken back or marked, recipient by recipient.",
    NoticeState.SUPERSEDED: "Another notice stands in its place; those who got this one are told.",
    NoticeState.EXPIRED: "Its validity has ended; nothing more is sent, and it stands no longer among current notices.",
}

PUBLISHED = frozenset({NoticeState.SENDING, NoticeState.SENT})
"""The states in which anybody may read a notice."""

ENDED = frozenset({NoticeState.RECALLED, NoticeState.WITHDRAWN, NoticeState.SUPERSEDED, NoticeState.EXPIRED})
"""The states in which nothing more is sent."""


def sources_of(target: NoticeState) -> frozenset[NoticeState]:
    """The states from which `target` can be reached."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


@dataclass(frozen=True)
class NoticeText:
    """A notice in one language. body: Markdown without headings, tables and HTML."""

    title: str
    body: str


@dataclass(frozen=True)
class NoticeContent:
    """What is to be told. texts: at least the base language, others where they were written."""

    topic: str
    base_language: Language
    texts: Mapping[Language, NoticeText]
    source_url: str | None = None
    extras: NoticeExtras = PLAIN


class Origin(StrEnum):
    """Where the text of one language comes from."""

    WRITTEN = "written"
    CONVERTED = "converted"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class Version:
    """What readers of one language get. text_language: the language it is really in, which differs for a fallback."""

    language: Language
    text: NoticeText
    origin: Origin
    text_language: Language


@dataclass(frozen=True)
class Notice:
    """A notice with its story. Names are those of staff; None where that step was not taken.

    messages: what was approved; variants: the same for parts of the audience with values of their own, by the part's number.
    """

    id: str
    content: NoticeContent
    state: NoticeState
    revision: int
    author_id: str
    author: str
    approver: str | None
    created_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    scheduled_for: datetime | None
    sent_at: datetime | None
    completed_at: datetime | None
    recalled_at: datetime | None
    messages: Mapping[Language, Reply] | None = None
    variants: Mapping[int, Mapping[Language, Reply]] = field(default_factory=dict)
    ended_at: datetime | None = None
    stopped_by: str | None = None
    chased_at: datetime | None = None

    def title_in(self, language: Language) -> str:
        """The title as readers of a language get it."""
        return versions_of(self.content)[language].text.title


@dataclass(frozen=True)
class Progress:
    """How far delivery is. counts: deliveries by state, states without any left out; resolved: all recipients are known."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    resolved: bool = False

    @property
    def total(self) -> int:
        """Deliveries made so far."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Recall:
    """What a recall achieved. sent: had arrived already; in_hand: was being sent at that moment; cancelled: was stopped."""

    sent: int
    in_hand: int
    cancelled: int


def versions_of(content: NoticeContent) -> dict[Language, Version]:
    """The three languages as they will arrive. Traditional is made from Simplified; what is missing is the base language."""
    versions: dict[Language, Version] = {}
    base = content.base_language
    for language in LANGUAGES:
        if language in content.texts:
            versions[language] = Version(language, content.texts[language], Origin.WRITTEN, language)
        elif language == "zh-Hant" and "zh-Hans" in content.texts:
            hans = content.texts["zh-Hans"]
            converted = NoticeText(to_traditional(hans.title), to_traditional(hans.body))
            versions[language] = Version(language, converted, Origin.CONVERTED, language)
        else:
            versions[language] = Version(language, content.texts[base], Origin.FALLBACK, base)
    return versions


def checked_content(
    topic: str,
    base_language: str,
    texts: Mapping[str, NoticeText],
    source_url: str | None,
    topics: Collection[str],
    extras: NoticeExtras = PLAIN,
    entries: Collection[str] | None = None,
) -> tuple[NoticeContent | None, list[Fault]]:
    """The content as it is kept (trimmed; languages left blank are left out), or all that is wrong with it."""
    faults: list[Fault] = []
    if topic not in topics:
        faults.append(Fault("topic", "unknown", "There is no such topic."))
    if base_language not in LANGUAGES:
        faults.append(Fault("base_language", "unknown", f"The base language is one of {', '.join(LANGUAGES)}."))
    kept: dict[Language, NoticeText] = {}
    for language, raw in texts.items():
        if language not in LANGUAGES:
            faults.append(Fault(f"texts.{language}", "unknown", f"A language is one of {', '.join(LANGUAGES)}."))
            continue
        text = NoticeText(_trimmed(raw.title), _trimmed(raw.body))
        if text.title or text.body:
            faults += _text_faults(language, text)
            kept[language] = text
    if base_language in LANGUAGES and base_language not in kept:
        faults += [
            Fault(f"texts.{base_language}.{part}", "required", f"The base language needs a {part}.")
            for part in ("title", "body")
        ]
    url = (source_url or "").strip()
    if url and not is_link(url):
        faults.append(
            Fault(
                "source_url",
                "format",
                f"A link begins with https:// or http:// and has at most {URL_MAX_CHARS} characters.",
            )
        )
    faults += extras_faults(extras, topics, entries)
    if faults:
        return None, faults
    return NoticeContent(topic, cast(Language, base_language), kept, url or None, extras), []


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# Line ends and tabs are text; other control characters are none, and PostgreSQL refuses NUL.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _text_faults(language: str, text: NoticeText) -> list[Fault]:
    faults = []
    for part, value, longest in (("title", text.title, TITLE_MAX_CHARS), ("body", text.body, BODY_MAX_CHARS)):
        where = f"texts.{language}.{part}"
        if not value:
            faults.append(Fault(where, "required", f"The {part} is empty."))
        elif len(value) > longest:
            faults.append(
                Fault(where, "too-long", f"The {part} has {len(value)} characters; at most {longest} are possible.")
            )
        if _CONTROL.search(value) or (part == "title" and "\n" in value):
            faults.append(Fault(where, "control", f"The {part} has control characters."))
    return faults


def schedule_fault(at: datetime, now: datetime) -> Fault | None:
    """What is wrong with a time to send at; None when nothing is."""
    if at.tzinfo is None:
        return Fault("at", "zone", "The time needs a zone.")
    if at <= now:
        return Fault("at", "past", "The time has passed already.")
    if at > now + SCHEDULE_MAX:
        return Fault("at", "too-far", "The time lies more than a year ahead.")
    return None
