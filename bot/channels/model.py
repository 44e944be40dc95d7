"""What passes between a conversation or a delivery and a channel. Neutral: each channel renders it within its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")
ReplyKind = Literal["answer", "clarify", "task", "chitchat", "out_of_scope", "handoff", "error", "push"]


class Button(BaseModel):
    """A button: it sends `payload` back as the person's next turn, or opens `url`. Exactly one of both is set.

    Payloads: `e:<entry id>` shows an entry, `ask:<text>` asks that text, `t:<task>[:<argument>]` starts a task,
    `r:<entry id>:<good|bad>` rates an answer, `r:<question>:<reason>` says why it did not help.
    """

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=120)
    payload: str | None = Field(None, max_length=300)
    url: HttpUrl | None = None


class Citation(BaseModel):
    """Where an answer comes from. Dates are days; null where the source gives none."""

    model_config = ConfigDict(extra="ignore")

    title: str
    number: str | None = None
    publisher: str | None = None
    url: str | None = None
    effective_from: date | None = None
    verified_on: date | None = None


class Reply(BaseModel):
    """One message to a person, as `POST /v1/messages` returns it. text: Markdown without headings, tables, HTML.

    speaker: the member of staff who says it, as they are shown to people; None: the bot.
    """

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1)
    kind: ReplyKind = "answer"
    buttons: list[Button] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    topic: str | None = None
    entry: str | None = None
    confidence: float | None = Field(None, ge=0, le=1)
    speaker: str | None = Field(None, max_length=200)


FileKind = Literal["jpeg", "png", "webp", "pdf", "xlsx", "csv", "text"]


@dataclass(frozen=True)
class FileRef:
    """A file that was checked and is kept (`bot/files`). name: cleaned, for showing only; size_bytes: as it is kept."""

    id: str
    name: str
    kind: FileKind
    size_bytes: int
    created_at: datetime


@dataclass(frozen=True)
class RefusedFile:
    """A file that came and was not taken. codes: the reasons, as in `bot/files/texts.yaml`; values: what these name."""

    name: str
    codes: tuple[str, ...]
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Incoming:
    """One message of a person, as a channel hands it to the conversation.

    address: as in `addresses.address`. text: what was written, or payload: the button that was pressed; both None when kind
    is `unsupported` (sticker, voice) or `file` (a file without words; one with words is `text`). files: what came with it and was
    taken; refused: what was not. private: nobody else can guess the address, so that a shipment may be shown
    there. language_hint: what the channel believes of the person; locale: what the person asked for, for this message.
    ref: of this message alone, the same each time it is handed over; None: the channel has none. replied_to: the text of the
    bot's own message that this one answers.
    """

    channel: str
    address: str
    text: str | None = None
    payload: str | None = None
    kind: Literal["text", "button", "edit", "file", "unsupported"] = "text"
    private: bool = False
    language_hint: Language | None = None
    locale: Language | None = None
    files: tuple[FileRef, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    ref: str | None = None
    replied_to: str | None = None


@dataclass(frozen=True)
class Abilities:
    """What a channel can do; the delivery engine plans with it.

    text_max_chars: longest message; longer texts are cut at sentence ends into parts, each a message of its own.
    rate_per_s: messages a second over all recipients, None when there is no limit.
    chat_interval_s: seconds between two messages to one recipient, 0 when there is no limit.
    group_per_min: messages a minute to one group, None when there is no such limit. Groups' addresses begin with `-`.
    """

    text_max_chars: int
    rate_per_s: float | None
    chat_interval_s: float
    can_edit: bool
    can_delete: bool
    group_per_min: int | None = None


@dataclass(frozen=True)
class SendReceipt:
    """The channel took the message. provider_ref: its id there, or the ids of its parts with commas; parts: messages sent."""

    provider_ref: str
    parts: int = 1


@dataclass(frozen=True)
class Earlier:
    """A message that was handed over before. ref: as given to `send`; provider_ref: as its receipt said."""

    ref: str
    provider_ref: str
