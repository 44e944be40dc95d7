"""Values of delivery: lanes, states, transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.channels.model import Language, Reply


class Lane(StrEnum):
    """Who goes first: a higher lane never waits for a lower one."""

    EMERGENCY = "emergency"
    REPLY = "reply"
    TRANSACTIONAL = "transactional"
    BULK = "bulk"


class CauseKind(StrEnum):
    """What a delivery comes from."""

    CLEARANCE = "clearance"
    NOTICE = "notice"
    CHANGE = "change"
    CHASE = "chase"
    BANNER = "banner"
    TEST = "test"
    DIGEST = "digest"
    REMINDER = "reminder"
    CANARY = "canary"
    COMPLAINT = "complaint"
    ORIGIN = "origin"
    FIRM = "firm"
    BOOKING = "booking"
    PERMIT = "permit"
    HANDOFF = "handoff"
    LABEL = "label"


# Nothing that somebody could stop: a member of staff's own test, and words of a person who answers.
WITHOUT_STOP = frozenset({CauseKind.TEST, CauseKind.HANDOFF, CauseKind.CANARY})


class Action(StrEnum):
    """What is done with a message: sent, or an earlier one of the same recipient is changed."""

    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"


class AudienceKind(StrEnum):
    """How recipients are found: everybody who follows the target; below, others (`recipients.py`)."""

    TOPIC = "topic"
    DECLARATION = "declaration"
    PORT = "port"
    HS_CHAPTER = "hs_chapter"
    COUNTRY = "country"
    AGREEMENT = "agreement"
    CONTAINER = "container"
    BOOKING = "booking"
    ENTRY = "entry"
    BILL = "bill"
    PERSON = "person"
    """One person. target: their id."""
    NOTICE = "notice"
    """The parts of a notice's own audience. target: the notice."""
    TOLD = "told"
    """Who got a notice. target: the notice."""
    UNCONFIRMED = "unconfirmed"
    """Who got a notice and did not confirm it. target: the notice."""
    AGREED = "agreed"
    """Who agreed to be told. target: the kind of consent."""
    ADDRESS = "address"
    """One address. target: its id."""
    FIRM = "firm"
    """Who may act for a firm in one function. target: `<firm id>:<right>`, and for what is about a declaration
    `<firm id>:<right>:<declaration number>`: without it only those whose right has no limit."""


# An emergency goes out on every channel that a person has; everything else on their first one that works.
LANES_ON_EVERY_CHANNEL = frozenset({"emergency"})

# Worth another channel when the first one fails. The rest waits for the channel to come back.
LANES_WITH_FALLBACK = frozenset({"emergency", "reply", "transactional"})


class DeliveryState(StrEnum):
    """Where one message to one person on one channel stands."""

    CREATED = "created"
    COLLECTED = "collected"
    DIGESTED = "digested"
    SENDING = "sending"
    SENT = "sent"
    RETRYING = "retrying"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELIVERY_FINAL = frozenset({DeliveryState.SENT, DeliveryState.DIGESTED, DeliveryState.FAILED, DeliveryState.CANCELLED})

DELIVERY_TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.CREATED: frozenset({DeliveryState.SENDING, DeliveryState.COLLECTED, DeliveryState.CANCELLED}),
    DeliveryState.COLLECTED: frozenset({DeliveryState.DIGESTED, DeliveryState.CREATED, DeliveryState.CANCELLED}),
    DeliveryState.DIGESTED: frozenset(),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.SENT, DeliveryState.RETRYING, DeliveryState.FAILED, DeliveryState.CREATED}
    ),
    DeliveryState.RETRYING: frozenset({DeliveryState.SENDING, DeliveryState.CANCELLED}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.FAILED: frozenset({DeliveryState.CREATED}),
    DeliveryState.CANCELLED: frozenset(),
}

DELIVERY_MEANING: dict[DeliveryState, str] = {
    DeliveryState.CREATED: "Waiting for its turn; nothing to do.",
    DeliveryState.COLLECTED: "It waits for the person's daily or weekly digest, as they asked; nothing to do.",
    DeliveryState.DIGESTED: "It was told in a digest, which is a delivery of its own.",
    DeliveryState.SENDING: "Handed to the channel, whose answer is awaited; nothing to do.",
    DeliveryState.SENT: "The channel took it.",
    DeliveryState.RETRYING: "The channel could not take it; it is tried again by itself.",
    DeliveryState.FAILED: "It is not tried again by itself; the reason stands beside it, and staff may send it again.",
    DeliveryState.CANCELLED: "It was called back before it was sent.",
}


@dataclass(frozen=True)
class Cause:
    """What deliveries come from: a kind, and an id that is unique within it."""

    kind: CauseKind
    id: str


@dataclass(frozen=True)
class Audience:
    """Everybody who follows `target` (or is it, for AudienceKind.PERSON)."""

    kind: AudienceKind
    target: str


@dataclass(frozen=True)
class Urgency:
    """Why an emergency passes quiet hours, and who approved that. Both are kept beside the cause."""

    reason: str
    approved_by: str


@dataclass(frozen=True)
class OutgoingNotification:
    """What is to be told to whom, and why. (cause_kind, cause_id) is told once.

    texts: one message for each language; they never change once they are written. variants: texts for parts of the audience, by
    the part's number; who belongs to none of these gets `texts`.
    action, of_id: what is done with the messages of an earlier outbox row. instead: what is sent where that is not possible.
    excluding: who was told by one of these causes is left out. rate_per_s: the sender's own, slower pace; None: the channel's.
    urgency: without it an emergency waits for the end of a person's quiet hours, as all else.
    """

    cause_kind: CauseKind
    cause_id: str
    lane: Lane
    audience: Audience
    texts: dict[Language, Reply]
    variants: Mapping[int, Mapping[Language, Reply]] = field(default_factory=dict)
    action: Action = Action.SEND
    of_id: int | None = None
    instead: Mapping[Language, Reply] = field(default_factory=dict)
    excluding: tuple[Cause, ...] = ()
    rate_per_s: float | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True)
class DeliveryProgress:
    """How far one cause is.

    counts: deliveries by state, states without any left out; resolved: the audience is known to its end.
    expected_end_at: when the last of those open is expected to be handed over; None when nothing is open, or it stands still.
    """

    counts: dict[DeliveryState, int]
    resolved: bool
    paused: bool
    cancelled: bool
    rate_per_s: float | None
    expected_end_at: datetime | None

    @property
    def open(self) -> int:
        """Deliveries that are not final."""
        return sum(number for state, number in self.counts.items() if state not in DELIVERY_FINAL)


@dataclass(frozen=True)
class DeadLetter:
    """A delivery that failed for good. reason: short and stable."""

    id: int
    cause: Cause
    channel: str
    lane: Lane
    person_id: str
    attempts: int
    reason: str
    uncertain: int
