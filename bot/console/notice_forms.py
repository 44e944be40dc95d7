"""What was typed into a notice's form, kept as it was typed until it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.model import LANGUAGES
from bot.errors import Fault, InvalidInputError
from bot.notices.model import NoticeContent, NoticeText


@dataclass(frozen=True)
class NoticeForm:
    """The fields of the form. texts: by language, blank where nothing was typed."""

    topic: str = ""
    base_language: str = "zh-Hans"
    texts: Mapping[str, NoticeText] = field(
        default_factory=lambda: {language: NoticeText("", "") for language in LANGUAGES}
    )
    source_url: str = ""

    @classmethod
    def typed(cls, fields: Mapping[str, object]) -> NoticeForm:
        """The form as a browser sends it. A file in the place of a text counts as nothing typed."""

        def value(name: str) -> str:
            given = fields.get(name, "")
            return given if isinstance(given, str) else ""

        texts: dict[str, NoticeText] = {
            language: NoticeText(value(f"title-{language}"), value(f"body-{language}")) for language in LANGUAGES
        }
        return cls(value("topic"), value("base_language"), texts, value("source_url"))

    @classmethod
    def of(cls, content: NoticeContent) -> NoticeForm:
        """The form over what is kept already."""
        texts: dict[str, NoticeText] = {
            language: content.texts.get(language, NoticeText("", "")) for language in LANGUAGES
        }
        return cls(content.topic, content.base_language, texts, content.source_url or "")


def faults_by_field(error: InvalidInputError) -> dict[str, Fault]:
    """The first fault of each field."""
    found: dict[str, Fault] = {}
    for fault in error.faults:
        found.setdefault(fault.where, fault)
    return found


def typed_moment(text: str, zone: ZoneInfo) -> datetime:
    """A `datetime-local` field's value as a moment in the console's zone. Raises InvalidInputError."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise InvalidInputError([Fault("at", "format", "A date and a time are needed.")]) from error
