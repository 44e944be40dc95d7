"""What a room stores of a person, to be shown and erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class PersonalData(Protocol):
    """One room's part of what is stored of a person (PIPL, articles 45 and 47)."""

    @property
    def name(self) -> str:
        """Of the part, as the export names it, such as `bookings`."""
        ...

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """All that is stored of the person, as JSON objects in plain terms; no secrets, nothing of others."""
        ...

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """Erase it in the caller's transaction. What the law makes us keep stays: returned as what → why."""
        ...
