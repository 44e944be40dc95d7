"""What booking needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Firm(Protocol):
    """A firm, as far as booking needs to know it."""

    @property
    def id(self) -> str:
        """As in `enterprises`."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def covers(self, declaration_no: str | None) -> bool:
        """Whether the right reaches this declaration; where it is limited to some, it reaches nothing else."""
        ...


class Firms(Protocol):
    """For which firms a person may book."""

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[Firm]:
        """Every firm for which the person may book at that moment."""
        ...

    async def require(
        self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime, reference: str
    ) -> Firm:
        """The firm. Raises NotPermittedError where the person may not book for it and these goods, or there is none."""
        ...
