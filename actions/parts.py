"""What actions work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from actions.cues import Cues, load_cues
from actions.phrases import ActionPhrases
from actions.ports import Service
from knowledge.emergency import Emergencies, load_emergencies
from knowledge.load import Knowledge
from knowledge.rules.guide import Guides
from knowledge.search import Index

_KNOWLEDGE = Path(__file__).parent.parent / "knowledge"


@dataclass(frozen=True)
class Parts:
    """Made once when the server starts."""

    knowledge: Knowledge
    index: Index
    phrases: ActionPhrases
    service: Service
    guides: Guides = field(default_factory=Guides)
    cues: Cues = field(default_factory=load_cues)
    emergencies: Emergencies = field(default_factory=lambda: load_emergencies(_KNOWLEDGE))
