"""Values of readers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentKind(StrEnum):
    """What a person may agree to."""

    ENTRY_CHANGES = "entry_changes"
    """To be told when a rule they asked about in the last 30 days changes; what they asked is kept so long."""
    EMERGENCY = "emergency"
    """To be told of emergencies at once."""


class Answer(StrEnum):
    """What a person said."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True)
class Reader:
    """Somebody who got a notice. address: whole; it is masked where it is shown. acked_at: None: not confirmed."""

    address: str
    channel: str
    language: str | None
    told_at: datetime | None
    acked_at: datetime | None
