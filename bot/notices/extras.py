"""What a notice says beside its texts: validity, placeholders, audience, entries, acknowledgement. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.errors import Fault
from bot.notices.placeholders import VALUE_MAX_CHARS, PlaceholderKind, is_key
from bot.people.model import FollowKind

PARTS_MAX = 20
CHASE_MAX_H = 24 * 30
ENTRIES_MAX = 20

TOLD = "told"
"""A part of an audience: who got a notice."""
ASKED = "asked"
"""A part of an audience: who was answered with an entry in the last 30 days, and agreed to be told."""

# One firm's or one person's business, and no audience of a notice to all.
_PERSONAL = frozenset({"declaration", "container", "booking"})


def part_kinds() -> list[str]:
    """The kinds that a part of an audience may have: every kind of follow that is nobody's own business, told, asked."""
    return [kind.value for kind in FollowKind if kind.value not in _PERSONAL] + [TOLD, ASKED]


@dataclass(frozen=True)
class AudiencePart:
    """Everybody who follows the target (kind: of follow), got it (told) or asked it (asked).

    excluded: these get nothing, whatever else they belong to. given: values of placeholders for this part alone.
    """

    kind: str
    target: str
    excluded: bool = False
    given: Mapping[str, str] = field(default_factory=dict)


class Validity(StrEnum):
    """How a notice stands to its validity."""

    COMING = "coming"
    CURRENT = "current"
    PAST = "past"


@dataclass(frozen=True)
class NoticeExtras:
    """audience: empty for the followers of the notice's topic. chase_after_h: None: nobody is reminded."""

    valid_from: datetime | None = None
    valid_until: datetime | None = None
    placeholders: Mapping[str, PlaceholderKind] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    audience: tuple[AudiencePart, ...] = ()
    entries: tuple[str, ...] = ()
    needs_ack: bool = False
    chase_after_h: int | None = None
    supersedes_id: str | None = None

    def validity(self, at: datetime) -> Validity:
        """Whether it holds at a moment."""
        if self.valid_until is not None and self.valid_until <= at:
            return Validity.PAST
        return Validity.COMING if self.valid_from is not None and self.valid_from > at else Validity.CURRENT


def extras_faults(extras: NoticeExtras, topics: Collection[str], entries: Collection[str] | None) -> list[Fault]:
    """All that is wrong. entries: those of the knowledge base; None: they are not looked at."""
    faults: list[Fault] = []
    if extras.valid_from and extras.valid_until and extras.valid_until <= extras.valid_from:
        faults.append(Fault("valid_until", "order", "It would end before it begins."))
    if extras.chase_after_h is not None and not 1 <= extras.chase_after_h <= CHASE_MAX_H:
        faults.append(Fault("chase_after_h", "range", f"1 to {CHASE_MAX_H} hours."))
    if extras.chase_after_h is not None and not extras.needs_ack:
        faults.append(Fault("chase_after_h", "needs-ack", "Only a notice that is to be confirmed is chased."))
    for name in extras.placeholders:
        if not is_key(name) or "[" in name:
            faults.append(Fault("placeholders", "name", f"A placeholder's name is lower case letters: {name[:40]}"))
    faults += _given_faults("given", extras.given)
    faults += _audience_faults(extras, topics)
    if len(extras.entries) > ENTRIES_MAX:
        faults.append(Fault("entries", "too-many", f"A notice names at most {ENTRIES_MAX} entries."))
    unknown = [entry for entry in extras.entries if entries is not None and entry not in entries]
    if unknown:
        faults.append(Fault("entries", "unknown", f"There is no entry {', '.join(unknown)}."))
    return faults


def _audience_faults(extras: NoticeExtras, topics: Collection[str]) -> list[Fault]:
    faults: list[Fault] = []
    if len(extras.audience) > PARTS_MAX:
        faults.append(Fault("audience", "too-many", f"An audience has at most {PARTS_MAX} parts."))
    for number, part in enumerate(extras.audience):
        faults += _part_faults(number, part, topics)
    if extras.audience and all(part.excluded for part in extras.audience):
        faults.append(Fault("audience", "nobody", "Somebody has to be told; all parts are exclusions."))
    return faults


def _part_faults(number: int, part: AudiencePart, topics: Collection[str]) -> list[Fault]:
    where = f"audience.{number}"
    faults = _given_faults(f"{where}.given", part.given)
    if part.kind not in part_kinds():
        faults.append(Fault(f"{where}.kind", "unknown", f"A part's kind is one of {', '.join(part_kinds())}."))
    elif part.kind == FollowKind.TOPIC and part.target not in topics:
        faults.append(Fault(f"{where}.target", "unknown", "There is no such topic."))
    if not part.target.strip() or len(part.target) > 64:
        faults.append(Fault(f"{where}.target", "required", "What is followed has 1 to 64 characters."))
    return faults


def _given_faults(where: str, given: Mapping[str, str]) -> list[Fault]:
    wrong = [key for key, value in given.items() if not is_key(key) or len(value) > VALUE_MAX_CHARS]
    return [Fault(where, "value", f"A value has a placeholder's name and at most {VALUE_MAX_CHARS} characters: {key[:40]}")
            for key in wrong]  # fmt: skip


PLAIN = NoticeExtras()
"""A notice with its texts alone."""
