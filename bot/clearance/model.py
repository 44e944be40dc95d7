"""Stages of clearance and how a status follows from events.

Sources: the stages' meaning and order, `channel` codes of declaration receipts as read in deployed systems (fact ids STS-10
to STS-24, NUM-01 to NUM-03). Only the order by stage and time counts, never that of arrival: release and closure of one real
declaration carried the same second and arrived the wrong way round (STS-23).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.clearance.details import NO_DETAILS, Details, NumberKind


class Stage(StrEnum):
    """Where a declaration stands."""

    SUBMITTED = "submitted"
    STORED = "stored"
    REJECTED = "rejected"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    REVIEWED = "reviewed"
    TAX_DUE = "tax_due"
    EXAMINATION = "examination"
    GUARANTEE_RELEASED = "guarantee_released"
    RELEASED = "released"
    CLOSED = "closed"
    DELETED = "deleted"


RANK: dict[Stage, int] = {
    Stage.SUBMITTED: 10,
    Stage.STORED: 20,
    Stage.REVIEWED: 40,
    Stage.TAX_DUE: 50,
    Stage.EXAMINATION: 60,
    Stage.GUARANTEE_RELEASED: 70,
    Stage.RELEASED: 80,
    Stage.CLOSED: 100,
}
"""Progress never goes back. Reviewed (审结) comes before tax and examination: it does not mean released (STS-20, STS-21)."""

INTERRUPTIONS = frozenset({Stage.REJECTED, Stage.RETURNED, Stage.SUSPENDED, Stage.DELETED})
"""These hold from their own time on, until something later happens; a declaration sent in again starts anew."""

_RESTARTING = frozenset({Stage.REJECTED, Stage.RETURNED, Stage.DELETED})

# Within one second: interruptions before progress, the graver the later, so that the graver of two holds.
_ORDER = {
    stage: place
    for place, stage in enumerate(
        (Stage.SUSPENDED, Stage.RETURNED, Stage.REJECTED, Stage.DELETED, *sorted(RANK, key=lambda stage: RANK[stage]))
    )
}


@dataclass(frozen=True)
class ClearanceEvent:
    """One report of a port system. (source, event_id) names it for ever; occurred_at: when it happened at the port.

    amends_id: the report of the same source and declaration that it corrects, or withdraws where stage is None.
    """

    source: str
    event_id: str
    declaration_no: str
    stage: Stage | None
    occurred_at: datetime
    note: str | None = None
    enterprise_code: str | None = None
    enterprise_name: str | None = None
    details: Details = NO_DETAILS
    amends_id: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What names the event: source and id."""
        return self.source, self.event_id


@dataclass(frozen=True)
class StageChange:
    """A stage that was reached, and when."""

    stage: Stage
    occurred_at: datetime
    note: str | None = None
    details: Details = NO_DETAILS


def in_order(history: Iterable[StageChange]) -> list[StageChange]:
    """The reports by time, within one moment by stage: the same list whatever the order in which they came."""
    return sorted(history, key=lambda change: (change.occurred_at, _ORDER[change.stage], change.note or ""))


def current_stage(history: Iterable[StageChange]) -> StageChange | None:
    """The stage that holds, whatever the order in which the reports came; None without reports.

    Reports are read in the order of `in_order`. A progress stage holds when it is as far as the one before or
    further; an interruption holds until a later report; after a rejection, a return or a deletion progress starts anew.
    """
    current: StageChange | None = None
    progress = 0
    for change in in_order(history):
        if change.stage in INTERRUPTIONS:
            current = change
            if change.stage in _RESTARTING:
                progress = 0
        elif RANK[change.stage] >= progress:
            current = change
            progress = RANK[change.stage]
    return current


_DECLARATION_NO = re.compile(r"[0-9]{18}")


def is_declaration_no(text: str) -> bool:
    """Whether this is a customs declaration number: exactly 18 ASCII digits (NUM-01)."""
    return _DECLARATION_NO.fullmatch(text) is not None


@dataclass(frozen=True)
class Clearance:
    """What is known of one declaration.

    history: stages that hold, by time, oldest first. numbers: bills of lading and containers. taken_back: what was reported and
    then corrected or withdrawn, with the moment at which Kouan heard that it was wrong. late_by: by when it should have moved
    on, None: it is not late.
    """

    declaration_no: str
    enterprise_id: str | None
    stage: Stage | None
    stage_at: datetime | None
    history: list[StageChange]
    port: str | None = None
    reference: str | None = None
    arrived_on: date | None = None
    numbers: tuple[tuple[NumberKind, str], ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    current: StageChange | None = None
    late_by: datetime | None = None


@dataclass(frozen=True)
class TakenBack:
    """A stage that was reported and does not hold. by: what holds in its place, None where it was withdrawn."""

    change: StageChange
    by: StageChange | None
    reason: str | None
    heard_at: datetime
