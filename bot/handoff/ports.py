"""What the desk needs from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.channels.model import Button, Language, Reply


class CaseRatings(Protocol):
    """Who asks for a rating when a case ends."""

    def buttons(self, case_id: str, language: Language) -> list[Button]:
        """What a person presses to rate the case in one tap; empty: nobody asks. case_id: `handoff_cases.id`."""
        ...


class Entries(Protocol):
    """The knowledge base, for canned answers that carry their source and date."""

    def answer(self, entry_id: str, language: Language) -> Reply | None:
        """An entry as it is answered today; None when there is none of that id."""
        ...

    def find(self, words: str, language: Language, limit: int) -> Sequence[tuple[str, str]]:
        """Entries whose title or questions hold all of these words: id and title, at most `limit`."""
        ...


class NoRatings:
    """CaseRatings where nobody asks."""

    def buttons(self, case_id: str, language: Language) -> list[Button]:
        """See CaseRatings.buttons."""
        return []
