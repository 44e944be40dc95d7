"""Sentences of texts.yaml and the rules of rules.yaml, complete in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import Button, Language, Reply
from bot.desks.complaints.model import Complaint, Kind, Rule, Rules, State, last_day_for_review
from knowledge.model import Localized
from knowledge.text import to_traditional

_HERE = Path(__file__).parent


class ComplaintWords:
    """Says sentences. zone: in which days are told."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], rules: Rules, zone: ZoneInfo) -> None:
        self._sentences = sentences
        self.rules = rules
        self.zone = zone

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def each(self, sentence: str, **values: object) -> Localized:
        """A sentence in all languages."""
        return Localized(*(self.say(sentence, language, **values) for language in ("zh-Hans", "zh-Hant", "en")))

    def title(self, kind: Kind, language: Language) -> str:
        """A kind's name."""
        return self.rules[kind].title.get(language)

    def state(self, state: State, language: Language) -> str:
        """A state, as people are told it."""
        return self.say(f"state_{state}", language)

    def day(self, at: datetime, language: Language) -> str:
        """A day, as people write it."""
        on = at.astimezone(self.zone)
        return f"{on:%Y-%m-%d}" if language == "en" else f"{on.year}年{on.month}月{on.day}日"

    def told(self, sentence: str, case: Complaint, language: Language, /, **values: object) -> str:
        """A sentence about a case: with its kind, number and limit for the answer."""
        common = {"kind": self.title(case.kind, language), "number": case.number}
        return self.say(sentence, language, **common, answer=self.day(case.answer_by, language), **values)

    def opened(self, case: Complaint, language: Language, *, estimate: bool, now: datetime) -> str:
        """What is told of a new case."""
        rule = self.rules[case.kind]
        text = self.told(
            "opened",
            case,
            language,
            decides=rule.decides.get(language),
            acknowledge=self.day(case.acknowledge_by, language),
            estimate=self.say("estimate", language) if estimate else "",
            law=rule.law.get(language),
        )
        if case.known_on is None:
            return text
        last = last_day_for_review(case.known_on)
        sentence = "review_over" if now.astimezone(self.zone).date() > last else "review_last_day"
        return f"{text}\n\n{self.say(sentence, language, day=last.isoformat())}"

    def answered(self, case: Complaint, language: Language) -> str:
        """The answer, as it goes out."""
        again = self.say("again_no" if case.reopened else "again_once", language)
        return self.told("answered", case, language, text=case.answer or "", again=again)

    def shown(self, case: Complaint, language: Language) -> Reply:
        """A case as its person sees it, with what can be done."""
        due = self.day(case.due_at, language) if case.due_at else self.say("nothing_due", language)
        text = self.told(
            "show",
            case,
            language,
            state=self.state(case.state, language),
            created=self.day(case.created_at, language),
            due=due,
            text=case.answer or case.text,
        )
        return Reply(text=text, kind="task", buttons=self.buttons(case, language), topic="complaint_contact")

    def buttons(self, case: Complaint, language: Language) -> list[Button]:
        """What the person can do with a case now."""
        acts = []
        if case.state is State.ANSWERED:
            acts = ["content"] if case.reopened else ["content", "reopen"]
        elif case.due_at is not None:
            acts = ["withdraw"]
        return [Button(title=self.say(f"say_{act}", language), payload=f"cp:{act}:{case.id}") for act in acts]


def load_complaint_words(zone: ZoneInfo) -> ComplaintWords:
    """Read texts.yaml and rules.yaml. Raises KeyError or ValueError where something is missing."""
    raw = yaml.safe_load((_HERE / "texts.yaml").read_text(encoding="utf-8"))
    rules = yaml.safe_load((_HERE / "rules.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, dict[Language, str]] = {
        name: {
            "zh-Hans": texts["zh-Hans"],
            "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
            "en": texts["en"],
        }
        for name, texts in raw.items()
    }
    return ComplaintWords(sentences, {kind: _rule(kind, rules[kind.value]) for kind in Kind}, zone)


def _rule(kind: Kind, raw: Mapping[str, Any]) -> Rule:
    def text(name: str) -> Localized:
        return Localized(raw[name]["zh-Hans"], raw[name].get("zh-Hant"), raw[name]["en"])

    return Rule(
        kind,
        text("title"),
        text("means"),
        int(raw["acknowledge"]),
        int(raw["answer"]),
        text("decides"),
        text("law"),
        tuple(raw["sources"]),
        bool(raw["anonymous"]),
    )
