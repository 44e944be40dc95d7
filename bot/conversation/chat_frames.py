"""The frames of `WS /v1/chat`: what a page may say, and what it is told. See docs/web-chat-protocol.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from bot.channels.model import LANGUAGES, Language, Reply
from bot.channels.web.render import HtmlRenderer
from bot.channels.web.store import WebMessage
from bot.errors import Fault, InvalidInputError
from bot.notices.banners.model import Banner
from bot.problems import TYPE_PREFIX

FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
ClientId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Hello(BaseModel):
    """The first frame. conversation_id: None for a new one. after: the newest number the page has; None: the last ones."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["hello"]
    conversation_id: str | None = Field(None, max_length=128)
    after: int | None = Field(None, ge=0, le=2**62)
    locale: Language | None = None


class Message(BaseModel):
    """What a person wrote, or the button that was pressed. id: made by the page; the same id is answered once.

    files: ids of files sent before (`POST /v1/files`), with a text or alone.
    """

    model_config = ConfigDict(extra="forbid")

    type: Literal["message"]
    id: ClientId
    text: str | None = Field(None, max_length=100_000)
    payload: str | None = Field(None, min_length=1, max_length=300)
    locale: Language | None = None
    files: list[FileId] = Field(default_factory=list, max_length=10)

    @model_validator(mode="after")
    def _one_of_both(self) -> Message:
        if self.files and self.payload is None:
            return self
        if self.files or (self.text is None) == (self.payload is None):
            raise ValueError("exactly one of text and payload is needed; files go with a text or alone")
        return self


class ChooseLanguage(BaseModel):
    """The person switched the page's language; None: back to that of what is written."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["language"]
    locale: Language | None


class Ping(BaseModel):
    """Is anybody there? A browser does not show the protocol's own pings to a page."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["ping"]


ClientFrame = Hello | Message | ChooseLanguage | Ping

_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


def parse_frame(text: str) -> ClientFrame:
    """Read one frame of a page. Raises InvalidInputError that names every fault and quotes nothing of what was sent."""
    try:
        return _FRAME.validate_json(text)
    except ValidationError as error:
        raise InvalidInputError(
            [
                Fault(".".join(str(part) for part in fault["loc"]) or "frame", fault["type"], fault["msg"])
                for fault in error.errors(include_input=False, include_url=False, include_context=False)
            ]
        ) from None


def message_frame(message: WebMessage, renderer: HtmlRenderer) -> dict[str, Any]:
    """A kept message as the page gets it: a reply or push, the new form of an earlier one, or that it was taken back."""
    if message.kind == "removal":
        return {"type": "removal", "seq": message.seq, "of": message.payload["of"]}
    reply = Reply.model_validate(message.payload)
    rendered = renderer.render(reply)
    return {
        "type": message.kind,
        "seq": message.seq,
        **({"of": message.payload["of"]} if "of" in message.payload else {}),
        "at": message.created_at.isoformat(),
        "reply_to": message.payload.get("reply_to"),
        "language": message.payload.get("language"),
        "by": message.payload.get("by"),
        "reply": reply.model_dump(mode="json"),
        "html": rendered.html,
        "source": rendered.source,
    }


def banners_frame(banners: Sequence[Banner]) -> dict[str, Any]:
    """The emergency banners that show now, all of them: a page puts these in the place of those it had."""
    return {
        "type": "banners",
        "banners": [
            {
                "id": banner.id,
                "texts": {language: banner.text_in(language) for language in LANGUAGES},
                "ends_at": banner.ends_at.isoformat(),
            }
            for banner in banners
        ],
    }


def error_frame(code: str, detail: str, **members: Any) -> dict[str, Any]:
    """Something is wrong; the connection stays. text, among the members: a sentence for the person, in their language."""
    return {"type": "error", "code": code, "problem": TYPE_PREFIX + code, "detail": detail, **members}


def encode(frame: dict[str, Any]) -> str:
    """A frame as JSON."""
    return orjson.dumps(frame).decode()
