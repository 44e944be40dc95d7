"""Which team a subject belongs to, and where a person is offered without being asked: data in topics.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.handoff.roster_store import Team


@dataclass(frozen=True)
class Routing:
    """by_topic: a team's function for a topic; otherwise: for every other. offer_topics, offer_entries: a person is offered."""

    by_topic: Mapping[str, str]
    otherwise: str
    offer_topics: frozenset[str]
    offer_entries: frozenset[str]

    def team_of(self, topic: str | None, teams: Mapping[str, Team]) -> str:
        """The team for a topic: one of its function, else the first there is. teams: in their order, at least one."""
        function = self.by_topic.get(topic or "", self.otherwise)
        fitting = [team_id for team_id, team in teams.items() if team.function == function]
        return fitting[0] if fitting else next(iter(teams))

    def offers(self, topic: str | None, entry: str | None) -> bool:
        """Whether a person is offered under an answer."""
        return topic in self.offer_topics or entry in self.offer_entries


def load_routing() -> Routing:
    """Read topics.yaml. Raises KeyError when a part is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "topics.yaml").read_text(encoding="utf-8"))
    return Routing(raw["teams"], raw["otherwise"], frozenset(raw["offer_topics"]), frozenset(raw["offer_entries"]))
