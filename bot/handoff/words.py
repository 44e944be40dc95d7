"""What the desk says, complete in three languages, and the words by which people ask for it or leave it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from knowledge.text import normalise, to_traditional

Sentences = Mapping[str, Mapping[Language, str]]

ASK_PAYLOAD = "t:human_handoff"
ASK_TOPIC_PAYLOAD = "t:human_handoff:topic"
ASK_DOUBT_PAYLOAD = "t:human_handoff:doubt"
ASK_URGENT_PAYLOAD = "t:human_handoff:emergency"
LEAVE_PAYLOAD = "h:leave"

# Whole messages; the intent `human_handoff` understands other phrasings, these work without it too.
_ASKING = (
    *(
        "人工",
        "转人工",
        "真人",
        "人工客服",
        "真人客服",
        "人工服务",
        "转人工服务",
        "找人工",
        "找工作人员",
        "联系工作人员",
        "转接人工",
    ),
    *(
        "human",
        "a human",
        "person",
        "agent",
        "speak to a human",
        "talk to a human",
        "talk to a person",
        "speak to a person",
    ),
    *("i want to speak to a human", "human please", "real person", "live agent"),
)
_BACK = (
    *(
        "回到机器人",
        "机器人",
        "结束人工",
        "退出人工",
        "取消人工",
        "结束对话",
        "不等了",
        "退出排队",
        "不用人工了",
        "找机器人",
    ),
    *(
        "back to the bot",
        "back to bot",
        "bot",
        "the bot",
        "end chat",
        "end the chat",
        "stop waiting",
        "leave the queue",
    ),
)


def _plain(text: str) -> str:
    return re.sub(r"[\s。．.!！?？,，~～]+", " ", normalise(text)).strip().removeprefix("/")


_ASKS = frozenset(_plain(words) for words in _ASKING)
_BACKS = frozenset(_plain(words) for words in _BACK)


def asks_for_a_person(text: str) -> bool:
    """Whether a whole message says nothing but that somebody wants a person."""
    return _plain(text) in _ASKS


def wants_the_bot(text: str) -> bool:
    """Whether a whole message says nothing but that somebody wants the bot back."""
    return _plain(text) in _BACKS


class HandoffWords:
    """zone: in which moments are shown. topics: names of the knowledge base's topics."""

    def __init__(self, sentences: Sentences, zone: ZoneInfo, topics: Sentences) -> None:
        self._sentences = sentences
        self.zone = zone
        self._topics = topics

    def topic(self, topic: str | None, language: Language) -> str | None:
        """The name of a topic; None for one that is not known."""
        names = self._topics.get(topic or "")
        return names[language] if names else None

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def has(self, sentence: str) -> bool:
        """Whether there is a sentence of that name."""
        return sentence in self._sentences

    def moment(self, at: datetime) -> str:
        """A moment as people read it, with its zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})"

    def button(self, sentence: str, language: Language, payload: str) -> Button:
        """A button with a sentence for its title."""
        return Button(title=self.say(sentence, language), payload=payload)

    def reply(self, sentence: str, language: Language, /, **values: object) -> Reply:
        """A sentence as a reply that somebody was helped with."""
        return Reply(text=self.say(sentence, language, **values), kind="task")


def in_each(make: Callable[[Language], Reply]) -> dict[Language, Reply]:
    """The same message in every language."""
    return {language: make(language) for language in LANGUAGES}


def load_handoff_words(zone: ZoneInfo, topics_file: Path) -> HandoffWords:
    """Read texts.yaml, and the names of topics. Raises KeyError when a language is missing."""
    return HandoffWords(_sentences(Path(__file__).parent / "texts.yaml"), zone, _sentences(topics_file))


def _sentences(path: Path) -> Sentences:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: complete(texts) for name, texts in raw.items()}


def complete(texts: Mapping[str, str]) -> Mapping[Language, str]:
    """The text in three languages; Traditional Chinese is made from Simplified where it is not written."""
    return {
        "zh-Hans": texts["zh-Hans"],
        "zh-Hant": texts.get("zh-Hant") or to_traditional(texts["zh-Hans"]),
        "en": texts["en"],
    }
