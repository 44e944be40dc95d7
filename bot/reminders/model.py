"""Values of reminders. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LATE_AFTER = timedelta(hours=1)
"""A reminder that goes out later than this says so."""
DROPPED_AFTER = timedelta(days=1)
"""Once its date has passed so long ago, a reminder is dropped: it would help nobody any more."""


class ReminderKind(StrEnum):
    """Whose date it is."""

    BOOKING = "booking"
    PERMIT_EXPIRY = "permit_expiry"
    LABEL_EXPIRY = "label_expiry"
    DECLARATION_DEADLINE = "declaration_deadline"
    MANDATE_END = "mandate_end"
    ORIGIN_EXPIRY = "origin_expiry"
    CUSTOM = "custom"


class ReminderState(StrEnum):
    """Where a reminder stands."""

    WAITING = "waiting"
    FIRED = "fired"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


REMINDER_TRANSITIONS: Mapping[ReminderState, frozenset[ReminderState]] = {
    ReminderState.WAITING: frozenset({ReminderState.FIRED, ReminderState.DROPPED, ReminderState.CANCELLED}),
    ReminderState.FIRED: frozenset({ReminderState.WAITING, ReminderState.DROPPED}),
    ReminderState.DROPPED: frozenset({ReminderState.WAITING}),
    ReminderState.CANCELLED: frozenset({ReminderState.WAITING, ReminderState.DROPPED}),
}
"""What was fired, dropped or cancelled waits again when its date moves; nothing else opens it."""

REMINDER_MEANING: Mapping[ReminderState, str] = {
    ReminderState.WAITING: "It goes out by itself at its time.",
    ReminderState.FIRED: "It was handed to delivery for the date that holds.",
    ReminderState.DROPPED: "Its date had passed, or a later reminder for the same date was due as well.",
    ReminderState.CANCELLED: "The date is gone, or somebody stopped it.",
}


@dataclass(frozen=True)
class Plan:
    """How one offset stands for a date. offset: before the date."""

    offset: timedelta
    due_at: datetime
    state: ReminderState


def plan(at: datetime, offsets: Sequence[timedelta], now: datetime) -> list[Plan]:
    """What becomes of each offset for a date, the earliest first.

    Of those whose moment has gone by already only the last one goes out, at once: a date that moves nearer is not passed over
    in silence, and nobody gets three reminders in one minute. A date that has passed is reminded of by none.
    """
    ordered = sorted(set(offsets), reverse=True)
    passed = [offset for offset in ordered if at - offset <= now]
    waiting = set(ordered) - set(passed)
    if at > now and passed:
        waiting.add(passed[-1])
    return [
        Plan(offset, at - offset, ReminderState.WAITING if offset in waiting else ReminderState.DROPPED)
        for offset in ordered
    ]
