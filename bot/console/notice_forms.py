"""What was typed into a notice's form, kept as it was typed until it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.model import LANGUAGES
from bot.console.notice_extras import ExtrasForm
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
    extras: ExtrasForm = field(default_factory=ExtrasForm)

    @classmethod
    def typed(cls, fields: Mapping[str, object]) -> NoticeForm:
        """The form as a browser sends it. A file in the place of a text counts as nothing typed."""

        def value(name: str) -> str:
            given = fields.get(name, "")
            return given if isinstance(given, str) else ""

        texts: dict[str, NoticeText] = {
            language: NoticeText(value(f"title-{language}"), value(f"body-{language}")) for language in LANGUAGES
        }
        return cls(value("topic"), value("base_language"), texts, value("source_url"), ExtrasForm.typed(fields))

    @classmethod
    def of(cls, content: NoticeContent, zone: ZoneInfo) -> NoticeForm:
        """The form over what is kept already."""
        texts: dict[str, NoticeText] = {
            language: content.texts.get(language, NoticeText("", "")) for language in LANGUAGES
        }
        extras = ExtrasForm.of(content.extras, zone)
        return cls(content.topic, content.base_language, texts, content.source_url or "", extras)


_LISTS = ("audience", "placeholders", "given")


def faults_by_field(error: InvalidInputError) -> dict[str, Fault]:
    """The first fault of each field. A part of the audience and a value have no field of their own: their list's shows it."""
    found: dict[str, Fault] = {}
    for fault in error.faults:
        field_name = next((name for name in _LISTS if fault.where.startswith(f"{name}.")), fault.where)
        found.setdefault({"given": "placeholders", "supersedes": "supersedes_id"}.get(field_name, field_name), fault)
    return found


def typed_moment(text: str, zone: ZoneInfo) -> datetime:
    """A `datetime-local` field's value as a moment in the console's zone. Raises InvalidInputError."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise InvalidInputError([Fault("at", "format", "A date and a time are needed.")]) from error
