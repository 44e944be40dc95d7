"""A notice as people receive it, in three languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.notices.model import NoticeContent, versions_of
from knowledge.model import Topic
from knowledge.text import to_traditional

_NAMES = ("source", "why", "unsubscribe")
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


def plain(text: str) -> str:
    """A text in which Markdown finds nothing to mark up: CommonMark takes a backslash before any ASCII punctuation."""
    return _MARKUP.sub(r"\\\1", text)


class NoticeTexts:
    """Renders notices. topics: by id; a notice on a topic that is not there cannot be rendered."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], topics: Mapping[str, Topic]) -> None:
        self._sentences = sentences
        self._topics = topics

    def topic_name(self, topic: str, language: Language) -> str:
        """The topic as readers know it; its id when it is no topic any more."""
        return self._topics[topic].title.get(language) if topic in self._topics else topic

    def message(self, content: NoticeContent, language: Language) -> Reply:
        """What readers of a language receive: title, text, source, why they get it, and a way to end it."""
        text = versions_of(content)[language].text
        blocks = [f"**{plain(text.title)}**", text.body]
        if content.source_url:
            host = urlsplit(content.source_url).hostname or content.source_url
            link = f"[{plain(host)}](<{content.source_url}>)"
            colon = ": " if language == "en" else "："
            blocks.append(f"{self._sentences['source'][language]}{colon}{link}")
        blocks.append(self._sentences["why"][language].format(topic=plain(self.topic_name(content.topic, language))))
        return Reply(
            text="\n\n".join(blocks),
            kind="push",
            topic=content.topic,
            buttons=[
                Button(title=self._sentences["unsubscribe"][language], payload=f"t:unsubscribe_topic:{content.topic}")
            ],
        )

    def messages(self, content: NoticeContent) -> dict[Language, Reply]:
        """What each language receives."""
        return {language: self.message(content, language) for language in LANGUAGES}


def load_notice_texts(topics: Mapping[str, Topic]) -> NoticeTexts:
    """Read texts.yaml. Raises KeyError when a sentence or a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, dict[Language, str]] = {}
    for name in _NAMES:
        hans = raw[name]["zh-Hans"]
        sentences[name] = {
            "zh-Hans": hans,
            "zh-Hant": raw[name].get("zh-Hant", to_traditional(hans)),
            "en": raw[name]["en"],
        }
    return NoticeTexts(sentences, topics)
