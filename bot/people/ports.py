"""What the people room needs of rooms above it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class BeforeMerge(Protocol):
    """Sees to what of two persons cannot be there twice, before they become one."""

    async def __call__(self, connection: AsyncConnection, gone: str, kept: str, at: datetime) -> None:
        """In the caller's transaction. gone, kept: the persons' ids."""
        ...
