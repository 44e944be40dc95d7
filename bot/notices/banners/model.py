"""Emergency banners: values, states, and what one must fulfil. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.channels.model import LANGUAGES, Language
from bot.errors import Fault
from knowledge.text import to_traditional

TEXT_MAX_CHARS = 500
LONGEST = timedelta(days=31)


class BannerState(StrEnum):
    """Where a banner stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    LIVE = "live"
    OVER = "over"
    STOPPED = "stopped"
    DROPPED = "dropped"


BANNER_TRANSITIONS: Mapping[BannerState, frozenset[BannerState]] = {
    BannerState.PROPOSED: frozenset({BannerState.APPROVED, BannerState.DROPPED}),
    BannerState.APPROVED: frozenset({BannerState.LIVE, BannerState.OVER, BannerState.STOPPED}),
    BannerState.LIVE: frozenset({BannerState.OVER, BannerState.STOPPED}),
    BannerState.OVER: frozenset(),
    BannerState.STOPPED: frozenset(),
    BannerState.DROPPED: frozenset(),
}
"""Every change of state that there is."""

BANNER_MEANING: Mapping[BannerState, str] = {
    BannerState.PROPOSED: "It waits for another person's approval; nobody sees it yet.",
    BannerState.APPROVED: "It is approved and shows from its start on, by itself.",
    BannerState.LIVE: "It shows on every chat until its end.",
    BannerState.OVER: "Its time is over; it shows no longer.",
    BannerState.STOPPED: "It was stopped before its end.",
    BannerState.DROPPED: "It was given up; nobody saw it.",
}

SHOWN = frozenset({BannerState.APPROVED, BannerState.LIVE})
"""The states in which a banner shows between its start and its end."""


def sources_of(target: BannerState) -> frozenset[BannerState]:
    """The states from which `target` can be reached."""
    return frozenset(state for state, targets in BANNER_TRANSITIONS.items() if target in targets)


@dataclass(frozen=True)
class Banner:
    """A banner with its story. texts: as written; audience: who is also pushed to, None: nobody; names are those of staff."""

    id: str
    texts: Mapping[Language, str]
    starts_at: datetime
    ends_at: datetime
    audience: tuple[str, str] | None
    state: BannerState
    author_id: str
    author: str
    approver: str | None
    created_at: datetime
    approved_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str | None

    def shows(self, at: datetime) -> bool:
        """Whether it is to be seen at a moment; said by the clock, not by a worker that may be late."""
        return self.state in SHOWN and self.starts_at <= at < self.ends_at

    def text_in(self, language: Language) -> str:
        """What readers of a language see: theirs, Traditional made from Simplified, else what there is."""
        if language in self.texts:
            return self.texts[language]
        if language == "zh-Hant" and "zh-Hans" in self.texts:
            return to_traditional(self.texts["zh-Hans"])
        return next(self.texts[other] for other in LANGUAGES if other in self.texts)


def banner_faults(texts: Mapping[str, str], starts_at: datetime, ends_at: datetime, now: datetime) -> list[Fault]:
    """All that is wrong with a banner to be."""
    faults = [
        Fault(f"texts.{language}", "too-long", f"A banner has at most {TEXT_MAX_CHARS} characters.")
        for language, text in texts.items()
        if len(text) > TEXT_MAX_CHARS
    ]
    faults += [
        Fault(f"texts.{language}", "unknown", f"A language is one of {', '.join(LANGUAGES)}.")
        for language in texts
        if language not in LANGUAGES
    ]
    faults += [
        Fault(f"texts.{language}", "control", "There are control characters in it.")
        for language, text in texts.items()
        if not text.replace("\n", "").isprintable()
    ]
    if not any(text.strip() for text in texts.values()):
        faults.append(Fault("texts.zh-Hans", "required", "A banner needs a text in one language at least."))
    if ends_at <= starts_at:
        faults.append(Fault("ends_at", "order", "It would end before it begins."))
    elif ends_at <= now:
        faults.append(Fault("ends_at", "past", "It would be over already."))
    if ends_at - starts_at > LONGEST:
        faults.append(Fault("ends_at", "too-far", f"A banner shows for at most {LONGEST.days} days."))
    return faults
