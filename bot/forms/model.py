"""A draft: what somebody has filled in of a form, and where they stand. Pure.

The draft is a person's, not a chat's: it is gone on with in any of their channels, after a digression or a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.channels.model import Reply
from bot.states import Machine

Values = Mapping[str, Any]
"""Answers by field: JSON values, as docs/forms.md lists them for each kind; None: left out on purpose."""

KEPT = timedelta(days=30)
"""How long a draft waits after its last change."""


class DraftState(StrEnum):
    """Where a draft stands."""

    OPEN = "open"
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


DRAFT_MACHINE = Machine(
    name="form_draft",
    table="form_drafts",
    start=frozenset({DraftState.OPEN}),
    transitions={
        DraftState.OPEN: frozenset({DraftState.SENT, DraftState.CANCELLED, DraftState.EXPIRED}),
        DraftState.SENT: frozenset(),
        DraftState.CANCELLED: frozenset(),
        DraftState.EXPIRED: frozenset(),
    },
    meaning={
        DraftState.OPEN: "It is being filled in, or saved for later.",
        DraftState.SENT: "It was sent; the case that came of it names the draft as its origin.",
        DraftState.CANCELLED: "The person gave it up; the answers are gone.",
        DraftState.EXPIRED: "Nobody went on with it for 30 days; the answers are gone.",
    },
)


@dataclass(frozen=True)
class Draft:
    """What is filled in.

    asked: the field that is asked, also where it has an answer (stepped back, changed); None: the next that lacks one, or the
    review. revision: grows with every change. address_id: the conversation in which it is in hand, None when saved for later.
    outcome: what was answered when it was sent.
    """

    id: str
    person_id: str
    form: str
    state: DraftState
    values: Values
    asked: str | None
    revision: int
    address_id: str | None
    outcome: tuple[Reply, ...]
    started_at: datetime
    changed_at: datetime
