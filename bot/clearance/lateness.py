"""When a shipment is late: longer at a stage than usual at its port, or than promised. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml

from bot.channels.model import Language
from bot.clearance.model import Stage
from bot.errors import StartError
from knowledge.text import to_traditional

WINDOW = timedelta(days=90)
"""What is usual is learned from the declarations that left a stage within this time."""
CASES_LEAST = 20
"""Fewer cases say nothing about what is usual."""
SHARE = 0.9
WATCHED = (
    *(Stage.SUBMITTED, Stage.STORED, Stage.REVIEWED, Stage.TAX_DUE, Stage.EXAMINATION, Stage.SUSPENDED),
    *(Stage.GUARANTEE_RELEASED,),
)
"""Stages that something should follow soon. After release the goods are the firm's to fetch; what was returned or rejected
waits for the firm itself."""

Rule = Literal["usual", "promised"]


@dataclass(frozen=True)
class Promise:
    """A published time for a stage. port: customs office, `*` for all. Days are in force, both included; None: open."""

    port: str
    stage: Stage
    allowed_s: int
    valid_from: date | None
    valid_to: date | None
    source: Mapping[Language, str]

    def holds(self, port: str, stage: Stage, on: date) -> bool:
        """Whether it is in force for a port and stage on a day."""
        fits = self.port in ("*", port) and self.stage is stage
        return fits and (self.valid_from or date.min) <= on <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Usual:
    """What is usual at a port for a stage. p90_s: nine in ten of the cases left it within these seconds."""

    port: str
    stage: Stage
    cases: int
    p90_s: int


@dataclass(frozen=True)
class Lateness:
    """A shipment stands at a stage for longer than allowed. cases: behind what is usual, None for a promise."""

    port: str
    stage: Stage
    since: datetime
    rule: Rule
    allowed_s: int
    cases: int | None = None
    promise: Promise | None = None

    @property
    def expected_by(self) -> datetime:
        """When it should have moved on."""
        return self.since + timedelta(seconds=self.allowed_s)

    def source(self, language: Language) -> str:
        """Who promised it; empty for what is usual."""
        return self.promise.source[language] if self.promise else ""


def lateness(
    port: str,
    stage: Stage,
    since: datetime,
    now: datetime,
    usual: Usual | None,
    promises: Sequence[Promise],
) -> Lateness | None:
    """Whether a shipment is late now; of several measures the one that ran out first. None: it is not, or nothing measures it."""
    found: list[Lateness] = []
    if usual is not None and usual.cases >= CASES_LEAST:
        found.append(Lateness(port, stage, since, "usual", usual.p90_s, usual.cases))
    for promise in promises:
        if promise.holds(port, stage, since.date()):
            found.append(Lateness(port, stage, since, "promised", promise.allowed_s, promise=promise))
    late = [one for one in found if one.expected_by < now]
    return min(late, key=lambda one: (one.expected_by, one.rule), default=None)


def percentile_s(spans_s: Sequence[float], share: float = SHARE) -> int:
    """The least of the spans that `share` of them do not exceed (nearest rank). spans_s: at least one."""
    ordered = sorted(spans_s)
    rank = max(1, -int(-share * len(ordered) // 1))
    return round(ordered[rank - 1])


def load_promises(*paths: Path) -> tuple[Promise, ...]:
    """Read the files that are there. Raises StartError naming what is wrong with a line."""
    found: list[Promise] = []
    for path in paths:
        if not path.exists():
            continue
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for place, line in enumerate(raw.get("promises") or (), 1):
            found.append(_promise(line, f"{path.name}, promise {place}"))
    return tuple(found)


def _promise(raw: Any, where: str) -> Promise:
    try:
        source = raw["source"]
        return Promise(
            str(raw["port"]),
            Stage(raw["stage"]),
            max(1, round(float(raw["hours"]) * 3600)),
            raw.get("from"),
            raw.get("to"),
            {
                "zh-Hans": source["zh-Hans"],
                "zh-Hant": source.get("zh-Hant") or to_traditional(source["zh-Hans"]),
                "en": source["en"],
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StartError(f"{where}: {type(error).__name__}: {error}") from error
