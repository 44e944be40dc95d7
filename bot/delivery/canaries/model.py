"""Canaries, their probes, and the incidents that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.people.model import conversation_key
from bot.states import Machine

# A probe that is not proven by then opens an incident. Longer than a restart takes, far shorter than the next probe.
PROVEN_WITHIN = timedelta(minutes=3)

# A notice to a critical topic has to have been made for its canary by then.
MADE_WITHIN = timedelta(minutes=10)

# Topics whose silence costs people money or a way in vain.
CRITICAL_TOPICS = (
    "declaration_rules",
    "declaration_time_limits",
    "taxes_fees",
    "clearance_status",
    "quarantine_permit",
    "booking_24h",
    "origin_certificate_rules",
)


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CLOSED = "closed"


class IncidentKind(StrEnum):
    """What went wrong."""

    ARRIVAL = "arrival"
    """A probe did not arrive in time."""
    MISSED = "missed"
    """A notice to a critical topic left its canary out."""


INCIDENT = Machine(
    name="incident",
    table="incidents",
    start=frozenset({IncidentState.OPEN}),
    transitions={IncidentState.OPEN: frozenset({IncidentState.CLOSED}), IncidentState.CLOSED: frozenset()},
    meaning={
        IncidentState.OPEN: "Notifications of this channel are late or missing; staff look for the cause.",
        IncidentState.CLOSED: "A later probe arrived in time again.",
    },
)


@dataclass(frozen=True)
class Canary:
    """A recipient of ours. address: as in `addresses.address`."""

    channel: str
    address: str

    @property
    def person_id(self) -> str:
        """Of the person who stands behind it; no such id is ever drawn by chance."""
        return f"canary-{self.channel}"

    @property
    def address_id(self) -> str:
        """As in `addresses.id`."""
        return self.address if self.channel == "web" else conversation_key(self.channel, self.address)


@dataclass(frozen=True)
class Probe:
    """A message to a canary. sent_ref: of its delivery, once the channel took it: (delivery id, the channel's own id)."""

    id: str
    channel: str
    created_at: datetime
    failed: bool
    sent_ref: tuple[int, str] | None
    sent_at: datetime | None


@dataclass(frozen=True)
class Incident:
    """closed_at: None while it lasts."""

    id: str
    kind: IncidentKind
    channel: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class ChannelProof:
    """When a channel last proved that messages arrive, and how long that one took; None: not yet."""

    channel: str
    proven_at: datetime | None
    took_s: float | None


def canaries_of(channels: Mapping[str, object], telegram_chat: str | None) -> tuple[Canary, ...]:
    """One for each channel that is on; Telegram's needs a chat that somebody made for it."""
    found = []
    if "web" in channels:
        found.append(Canary("web", conversation_key("web", "canary")))
    if "telegram" in channels and telegram_chat:
        found.append(Canary("telegram", telegram_chat))
    return tuple(found)
