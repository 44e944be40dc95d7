"""What the law asks for goods lines: rules.yaml, read once, asked by line. And the term, from the knowledge base's own table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml

from bot.channels.model import Language
from bot.desks.labels.model import Demand, Event, Exhibitor, GoodsLine
from knowledge.rules.calendar.working_days import add_months
from knowledge.text import normalise, to_traditional

_CALCULATORS = Path(__file__).parents[3] / "knowledge" / "rules" / "calculators" / "rules.yaml"


@dataclass(frozen=True)
class Rule:
    """One demand. kind: paper (must be named), stop (no label), tell (said, nothing is missing). See rules.yaml."""

    id: str
    kind: Literal["paper", "stop", "tell"]
    when: frozenset[str]
    unless: frozenset[str]
    names: tuple[str, ...]
    chapters: frozenset[str]
    paper: str | None
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: str
    entry: str | None
    text: Mapping[Language, str]

    def concerns(self, line: GoodsLine, name: str) -> bool:
        """Whether the rule speaks of this line. name: the line's, normalised."""
        if self.when and not self.when & line.yes:
            return False
        if self.unless & line.yes:
            return False
        if self.chapters and line.hs[:2] not in self.chapters:
            return False
        return not self.names or any(word in name for word in self.names)


@dataclass(frozen=True)
class Term:
    """How long goods may stay (Tariff Law art. 37; extensions by older text, fact EXP-06)."""

    months: int
    extensions: int
    extension_months: int

    def last_day(self, released_on: date, extensions: int) -> date:
        """The last day in the country, after so many extensions."""
        return add_months(released_on, self.months + extensions * self.extension_months)


@dataclass(frozen=True)
class Rules:
    """All of it. historical_names: of labels of former services, normalised; historical_entry: what explains them."""

    rules: tuple[Rule, ...]
    historical_names: tuple[str, ...]
    historical_entry: str
    term: Term
    verified_on: date

    def rule(self, rule_id: str) -> Rule:
        """By id. Raises StopIteration for one that is not there."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def demands(
        self, lines: Sequence[tuple[int, GoodsLine]], event: Event, exhibitor: Exhibitor
    ) -> tuple[list[Demand], list[Demand]]:
        """What is missing, and what is to be said besides, over all lines at once; each demand with the lines concerned.

        lines: number and line. A guarantee of the event or of the exhibitor serves every line.
        """
        guaranteed = bool(event.guarantee_no or exhibitor.guarantee_no)
        missing: dict[str, list[int]] = {}
        told: dict[str, list[int]] = {}
        for number, line in lines:
            name = normalise(line.name)
            for rule in self.rules:
                if not rule.concerns(line, name):
                    continue
                if rule.kind == "tell":
                    told.setdefault(rule.id, []).append(number)
                elif rule.kind == "stop" or not self._has(rule, line, event, guaranteed):
                    missing.setdefault(rule.id, []).append(number)
        return _demands(missing), _demands(told)

    def is_historical(self, text: str) -> bool:
        """Whether a label of a former service is meant."""
        said = normalise(text).replace(" ", "")
        return any(name.replace(" ", "") in said for name in self.historical_names)

    def _has(self, rule: Rule, line: GoodsLine, event: Event, guaranteed: bool) -> bool:
        if rule.paper == "guarantee":
            return guaranteed
        given = line.papers.get(rule.paper or "")
        if given and rule.paper == "carnet_until":
            return date.fromisoformat(given) >= event.closes_on
        return bool(given)


def _demands(found: Mapping[str, list[int]]) -> list[Demand]:
    return [Demand(rule, tuple(lines)) for rule, lines in found.items()]


def load_rules() -> Rules:
    """Read rules.yaml and the term. Raises KeyError or ValueError for a fault in them."""
    raw = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
    return Rules(
        rules=tuple(_rule(one) for one in raw["rules"]),
        historical_names=_words(raw["historical"]["names"]),
        historical_entry=raw["historical"]["entry"],
        term=_term(),
        verified_on=raw["verified_on"],
    )


def _rule(raw: Mapping[str, object]) -> Rule:
    def names(key: str) -> list[str]:
        found = raw.get(key) or []
        if not isinstance(found, list):
            raise TypeError(f"rules.yaml: {raw['id']}.{key} is not a list")
        return [str(one) for one in found]

    text = raw["text"]
    kind = raw["kind"]
    if not isinstance(text, dict) or kind not in ("paper", "stop", "tell"):
        raise ValueError(f"rules.yaml: {raw['id']} has no text or kind")
    return Rule(
        id=str(raw["id"]),
        kind=kind,
        when=frozenset(names("when")),
        unless=frozenset(names("unless")),
        names=_words(names("names")),
        chapters=frozenset(names("chapters")),
        paper=str(raw["paper"]) if raw.get("paper") else None,
        facts=tuple(names("facts")),
        sources=tuple(names("sources")),
        grade=str(raw["grade"]),
        entry=str(raw["entry"]) if raw["entry"] else None,
        text={"zh-Hans": text["zh-Hans"], "zh-Hant": to_traditional(text["zh-Hans"]), "en": text["en"]},
    )


def _words(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(normalise(name) for name in names)


def _term() -> Term:
    """The calculators' own rows, so that the exhibition calculator and the labels cannot say two things."""
    rows = {row["id"]: row["values"] for row in yaml.safe_load(_CALCULATORS.read_text(encoding="utf-8"))["rows"]}
    extension = rows["exhibition-extension"]
    return Term(int(rows["exhibition-term"]["months"]), int(extension["times"]), int(extension["months"]))
