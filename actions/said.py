"""What a turn says, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.remembered import Event
from knowledge.answer import Reply


@dataclass(frozen=True)
class Said:
    """What is said in a turn, in order, and what is to be remembered. A reply as a mapping is JSON-ready."""

    replies: Sequence[Reply | dict[str, Any]]
    events: Sequence[Event] = field(default_factory=tuple)


def ask(questions: Sequence[str]) -> Said:
    """Have the service ask these in the person's place, in order, and answer what comes of them.

    Only Rasa can tell what a text means, and an action cannot ask it; so the whole question goes round once more, marked, so that
    it is not taken apart again.
    """
    return Said([{"ask": list(questions)}])
