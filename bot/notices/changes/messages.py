"""What a change puts in the place of a delivered notice, and what is said where that is not possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.payload import payload_of
from bot.notices.model import Notice, NoticeContent, NoticeText
from bot.notices.texts import NoticeTexts


class ChangeMessages:
    """The words of changes, in three languages."""

    def __init__(self, texts: NoticeTexts) -> None:
        self._texts = texts

    def correction(
        self, notice: Notice, corrected: Mapping[Language, NoticeText], at: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """(the notice's own messages from now on, the change's payload). Both say since when they are corrected."""
        content = replace(notice.content, texts=corrected)
        day = self._texts.day(at)
        messages = {
            language: self._texts.corrected(reply, language, day)
            for language, reply in self._texts.messages(content, notice.id).items()
        }
        variants = {
            number: {language: self._texts.corrected(reply, language, day) for language, reply in texts.items()}
            for number, texts in self._texts.variants(content, notice.id).items()
        }
        instead = {language: self._instead(notice, content, language) for language in LANGUAGES}
        return payload_of(_of(messages, variants)), payload_of(_of(messages, variants, instead))

    def withdrawal(self, notice: Notice) -> dict[str, Any]:
        """What marks a withdrawn notice, and the same as a new message."""
        words = {
            language: self._texts.said(
                "withdrawn", language, title=self._title(notice, language), day=self._sent_on(notice)
            )
            for language in LANGUAGES
        }
        return payload_of(_of(words, {}, words))

    def supersession(self, notice: Notice, successor: Notice) -> dict[str, Any]:
        """What marks a notice in whose place another stands. Nothing is said instead: the new notice says it."""
        words = {
            language: self._texts.said(
                "superseded",
                language,
                Button(title=self._texts.say("read", language), payload=f"n:read:{successor.id}"),
                title=self._title(notice, language),
                day=self._sent_on(notice),
                successor=self._title(successor, language),
            )
            for language in LANGUAGES
        }
        return payload_of(_of(words, {}))

    def _instead(self, notice: Notice, content: NoticeContent, language: Language) -> Reply:
        reply = self._texts.message(content, language, notice_id=notice.id)
        first = self._texts.said(
            "correction", language, title=self._title(notice, language), day=self._sent_on(notice)
        ).text
        return reply.model_copy(update={"text": f"{first}\n\n{reply.text}"})

    def _title(self, notice: Notice, language: Language) -> str:
        return self._texts.filled(notice.content, language).title

    def _sent_on(self, notice: Notice) -> str:
        return self._texts.day(notice.sent_at) if notice.sent_at else ""


def _of(
    texts: Mapping[Language, Reply],
    variants: Mapping[int, Mapping[Language, Reply]],
    instead: Mapping[Language, Reply] | None = None,
) -> OutgoingNotification:
    # Only its messages are looked at.
    return OutgoingNotification(
        CauseKind.CHANGE,
        "",
        Lane.BULK,
        Audience(AudienceKind.TOLD, ""),
        dict(texts),
        variants,
        instead=dict(instead or {}),
    )
