"""What the desk needs from others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Button, Language, Reply
from bot.files.model import StoredFile


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


class Files(Protocol):
    """Files that people sent."""

    async def hold(self, connection: AsyncConnection, ids: Collection[str], owner: str, holder: str) -> None:
        """Give a person's files to a case, in the caller's transaction. Raises NotFoundError when one is not theirs."""
        ...

    async def get_held(self, file_id: str, holder: str) -> StoredFile:
        """A file of a case. Raises NotFoundError."""
        ...


class NoRatings:
    """CaseRatings where nobody asks."""

    def buttons(self, case_id: str, language: Language) -> list[Button]:
        """See CaseRatings.buttons."""
        return []
