"""Sentences of texts.yaml, complete in three languages, and what is put together of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from bot.channels.model import LANGUAGES, Language, Reply
from bot.desks.labels.columns import RowFault
from bot.desks.labels.model import Demand
from bot.desks.labels.rules import Rules
from knowledge.text import to_traditional

_LINES_SHOWN = 12
TOPIC = "expo_special_label"


class LabelWords:
    """What the desk says."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def has(self, sentence: str) -> bool:
        """Whether there is a sentence of that name."""
        return sentence in self._sentences

    def column(self, column: str, language: Language) -> str:
        """The heading of a column of the goods list."""
        return self.say(f"column.{column}", language)

    def fault(self, fault: RowFault, language: Language) -> str:
        """What is wrong in a list."""
        values = dict(fault.values)
        if "columns" in values:
            values["columns"] = ", ".join(self.column(name, language) for name in values["columns"].split(","))
        for group in ("column", "field"):
            if self.has(f"{group}.{fault.column}"):
                values.setdefault("column", self.say(f"{group}.{fault.column}", language))
        return self.say(f"fault.{fault.code}", language, row=fault.row, **values)

    def demands(self, found: Sequence[Demand], rules: Rules, lines: int, language: Language) -> list[str]:
        """Demands of the law, each with the lines concerned and how well it is founded. lines: of the whole list."""
        return [self._demand(demand, rules, lines, language) for demand in found]

    def _demand(self, demand: Demand, rules: Rules, lines: int, language: Language) -> str:
        rule = rules.rule(demand.rule)
        if len(demand.lines) == lines > 1:
            where = self.say("told.all", language, count=lines)
        else:
            where = self.say("told.lines", language, lines=_listed(demand.lines))
        return f"{rule.text[language]} — {where}{self.say(f'told.grade.{rule.grade}', language)}"

    def push(self, sentence: str, /, **values: Mapping[Language, str] | str) -> dict[Language, Reply]:
        """A push in each language. values: one text for all, or one for each language."""
        return {
            language: Reply(
                text=self.say(
                    f"push.{sentence}",
                    language,
                    **{name: value if isinstance(value, str) else value[language] for name, value in values.items()},
                ),
                kind="push",
                topic=TOPIC,
            )
            for language in LANGUAGES
        }

    def in_all(self, sentence: str, /, **values: object) -> dict[Language, str]:
        """A sentence in each language."""
        return {language: self.say(sentence, language, **values) for language in LANGUAGES}

    def some_of(self, names: Sequence[str], language: Language) -> str:
        """The first few names, and how many there are."""
        if len(names) <= 3:
            return ", ".join(names)
        return self.say("told.and_more", language, some=", ".join(names[:2]), count=len(names))


def bullets(lines: Iterable[str]) -> str:
    """Lines as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def _listed(lines: Sequence[int]) -> str:
    """1, 2, 3, 7 → `1-3, 7`, cut where it gets long."""
    parts: list[str] = []
    start = end = lines[0]
    for number in [*lines[1:], -1]:
        if number == end + 1:
            end = number
            continue
        parts.append(str(start) if start == end else f"{start}-{end}")
        start = end = number
    shown = ", ".join(parts[:_LINES_SHOWN])
    return shown if len(parts) <= _LINES_SHOWN else f"{shown} … ({len(lines)})"


def load_label_words() -> LabelWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return LabelWords(
        {
            f"{group}.{name}": {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for group, named in raw.items()
            for name, texts in named.items()
        }
    )
