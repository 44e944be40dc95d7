"""Changes of delivered notices: values, states. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.channels.model import Language
from bot.notices.model import NoticeText


class ChangeKind(StrEnum):
    """What is done to what was delivered."""

    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    SUPERSESSION = "supersession"


class ChangeState(StrEnum):
    """Where a change stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


CHANGE_TRANSITIONS: Mapping[ChangeState, frozenset[ChangeState]] = {
    ChangeState.PROPOSED: frozenset({ChangeState.APPROVED, ChangeState.DROPPED}),
    ChangeState.APPROVED: frozenset({ChangeState.RUNNING}),
    ChangeState.RUNNING: frozenset({ChangeState.DONE}),
    ChangeState.DONE: frozenset(),
    ChangeState.DROPPED: frozenset(),
}
"""Every change of state that there is. Withdrawals and supersessions hold no new words and begin as APPROVED."""

CHANGE_MEANING: Mapping[ChangeState, str] = {
    ChangeState.PROPOSED: "It waits for another person's approval; nothing was changed yet.",
    ChangeState.APPROVED: "It was decided; it begins as soon as nothing of the notice is in a worker's hand.",
    ChangeState.RUNNING: "It is on its way to everybody who got the notice.",
    ChangeState.DONE: "Every recipient has its outcome.",
    ChangeState.DROPPED: "It was given up; nothing was changed.",
}

OPEN = frozenset({ChangeState.PROPOSED, ChangeState.APPROVED, ChangeState.RUNNING})


def sources_of(target: ChangeState) -> frozenset[ChangeState]:
    """The states from which `target` can be reached."""
    return frozenset(state for state, targets in CHANGE_TRANSITIONS.items() if target in targets)


@dataclass(frozen=True)
class Change:
    """A change with its story. texts: of a correction; successor_id: of a supersession; times: None where not reached."""

    id: str
    notice_id: str
    kind: ChangeKind
    state: ChangeState
    texts: Mapping[Language, NoticeText]
    reason: str | None
    successor_id: str | None
    author_id: str
    author: str
    approver: str | None
    created_at: datetime
    decided_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Proof:
    """What became of one recipient. address: masked; outcome: of the action; reason: why it was not done as asked."""

    address: str
    channel: str
    state: str
    outcome: str | None
    reason: str | None
    at: datetime | None


def masked(address: str) -> str:
    """An address of which the last three characters show, as many as tell two recipients apart in a list."""
    return f"•••{address[-3:]}" if len(address) > 3 else "•••"
