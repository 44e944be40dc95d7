"""What a desk adds to "my cases"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.model import Localized


@dataclass(frozen=True)
class CaseLine:
    """One case. number: as the person was told it. title: what it is about, short. state: where it stands, in words.

    payload: of the button that shows it. is_open: something is still to come.
    """

    number: str
    title: Localized
    state: Localized
    payload: str
    changed_at: datetime
    is_open: bool = True


class CaseList(Protocol):
    """One desk's cases of a person."""

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """The person's cases and those of firms for which they may act, the latest change first, at most `limit`."""
        ...
