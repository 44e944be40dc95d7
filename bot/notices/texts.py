"""A notice as people receive it, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.notices.markup import link, plain
from bot.notices.model import Notice, NoticeContent, NoticeText, versions_of
from bot.notices.placeholders import Finding, filled, report
from knowledge.model import Topic
from knowledge.text import to_traditional

_PORTS_ZONE = ZoneInfo("Asia/Shanghai")


class NoticeTexts:
    """Renders notices. topics: by id; a notice on a topic that is not there cannot be rendered."""

    def __init__(
        self, sentences: Mapping[str, Mapping[Language, str]], topics: Mapping[str, Topic], zone: ZoneInfo
    ) -> None:
        self._zone = zone
        self._sentences = sentences
        self._topics = topics

    def topic_name(self, topic: str, language: Language) -> str:
        """The topic as readers know it; its id when it is no topic any more."""
        return self._topics[topic].title.get(language) if topic in self._topics else topic

    def message(
        self, content: NoticeContent, language: Language, *, notice_id: str = "", given: Mapping[str, str] | None = None
    ) -> Reply:
        """What readers of a language receive: title, text, validity, source, why they get it, and a way to end it.

        given: values of placeholders beside those for everybody.
        """
        text = self.filled(content, language, given)
        blocks = [f"**{plain(text.title)}**", text.body, *self._validity(content, language)]
        if content.source_url:
            blocks.append(f"{self.say('source', language)}{_colon(language)}{link(content.source_url)}")
        why = "why_other" if content.extras.audience else "why"
        blocks.append(self.say(why, language, topic=plain(self.topic_name(content.topic, language))))
        buttons = [
            Button(title=self.say("unsubscribe", language), payload=f"t:unsubscribe_topic:{content.topic}"),
        ]
        if content.extras.needs_ack and notice_id:
            blocks.insert(len(blocks) - 1, self.say("please_confirm", language))
            buttons.insert(0, Button(title=self.say("confirm", language), payload=f"n:ack:{notice_id}"))
        return Reply(text="\n\n".join(blocks), kind="push", topic=content.topic, buttons=buttons)

    def messages(self, content: NoticeContent, notice_id: str = "") -> dict[Language, Reply]:
        """What each language receives."""
        return {language: self.message(content, language, notice_id=notice_id) for language in LANGUAGES}

    def variants(self, content: NoticeContent, notice_id: str = "") -> dict[int, dict[Language, Reply]]:
        """What parts of the audience with values of their own receive, by the part's number."""
        return {
            number: {
                language: self.message(content, language, notice_id=notice_id, given=part.given)
                for language in LANGUAGES
            }
            for number, part in enumerate(content.extras.audience)
            if part.given and not part.excluded
        }

    def filled(self, content: NoticeContent, language: Language, given: Mapping[str, str] | None = None) -> NoticeText:
        """Title and body with their values."""
        text, extras = versions_of(content)[language].text, content.extras
        values = {**extras.given, **(given or {})}
        # A text that stands in for a language that was not written keeps the form of its own language.
        written_in = versions_of(content)[language].text_language
        return NoticeText(
            filled(text.title, written_in, extras.placeholders, values, markdown=False),
            filled(text.body, written_in, extras.placeholders, values, markdown=True),
        )

    def report(self, content: NoticeContent) -> list[Finding]:
        """Placeholders without a value, values without a placeholder, values of the wrong kind."""
        texts = {language: f"{text.title}\n{text.body}" for language, text in content.texts.items()}
        extras = content.extras
        parts = {number: part.given for number, part in enumerate(extras.audience) if not part.excluded}
        return report(texts, extras.placeholders, extras.given, parts)

    def chases(self, notice: Notice) -> dict[Language, Reply]:
        """The reminder to confirm a notice that was sent."""
        day = self.day(notice.sent_at) if notice.sent_at else ""
        return {
            language: self.said(
                "chase",
                language,
                Button(title=self.say("confirm", language), payload=f"n:ack:{notice.id}"),
                Button(title=self.say("read", language), payload=f"n:read:{notice.id}"),
                title=self.filled(notice.content, language).title,
                day=day,
            )
            for language in LANGUAGES
        }

    def corrected(self, reply: Reply, language: Language, day: str) -> Reply:
        """A corrected message: its first line says so."""
        return reply.model_copy(update={"text": f"{self.say('corrected', language, day=day)}\n\n{reply.text}"})

    def said(self, name: str, language: Language, *buttons: Button, **values: str) -> Reply:
        """A push with a sentence of texts.yaml; values are shown as they are."""
        text = self.say(name, language, **{key: plain(value) for key, value in values.items()})
        return Reply(text=text, kind="push", buttons=list(buttons))

    def say(self, name: str, language: Language, **values: str) -> str:
        """A sentence of texts.yaml. Raises KeyError for one that is not there."""
        return self._sentences[name][language].format(**values)

    def day(self, at: datetime) -> str:
        """A moment's day where the port lies."""
        return f"{at.astimezone(self._zone):%Y-%m-%d}"

    def moment(self, at: datetime) -> str:
        """A moment where the port lies."""
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def _validity(self, content: NoticeContent, language: Language) -> list[str]:
        since, until = content.extras.valid_from, content.extras.valid_until
        if since is None and until is None:
            return []
        if since is not None and until is not None:
            return [self.say("valid", language, since=self.moment(since), until=self.moment(until))]
        if since is not None:
            return [self.say("valid_from", language, since=self.moment(since))]
        return [self.say("valid_until", language, until=self.moment(until))] if until is not None else []


def _colon(language: Language) -> str:
    return ": " if language == "en" else "："


def load_notice_texts(topics: Mapping[str, Topic], zone: ZoneInfo = _PORTS_ZONE) -> NoticeTexts:
    """Read texts.yaml. Raises KeyError when a sentence or a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, dict[Language, str]] = {}
    for name in raw:
        hans = raw[name]["zh-Hans"]
        sentences[name] = {
            "zh-Hans": hans,
            "zh-Hant": raw[name].get("zh-Hant", to_traditional(hans)),
            "en": raw[name]["en"],
        }
    return NoticeTexts(sentences, topics, zone)
