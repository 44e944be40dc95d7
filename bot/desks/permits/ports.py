"""What permits need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Firm(Protocol):
    """A firm, as far as permits need to know it."""

    @property
    def id(self) -> str:
        """As in `enterprises`."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...


class Firms(Protocol):
    """Whose permits a person may handle. A right that is limited to declarations does not count: a permit is for many."""

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[Firm]:
        """Every firm whose permits the person may handle at that moment."""
        ...

    async def require(self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime) -> Firm:
        """The firm. Raises NotPermittedError."""
        ...

    async def people(self, connection: AsyncConnection, firm_id: str, at: datetime) -> Sequence[str]:
        """Ids of all who may handle its permits at that moment."""
        ...
