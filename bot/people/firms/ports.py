"""What firms need from the floors above."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.firms.model import Mandate, News


class FirmNews(Protocol):
    """Tells people what happened in their firm, in the transaction in which it happened."""

    async def tell(self, connection: AsyncConnection, news: News, at: datetime) -> None:
        """Write the push. Nobody to tell is no error."""
        ...

    async def mandate_dates(self, connection: AsyncConnection, mandate: Mandate, *, ends: bool) -> None:
        """Remind both firms before the mandate's end; ends False: it has none any more, what waits is cancelled."""
        ...

    async def follows_ended(
        self, connection: AsyncConnection, ended: Sequence[tuple[str, str, str]], at: datetime
    ) -> None:
        """Somebody lost the right to these: (person, kind, target). What waits of them is not sent."""
        ...

    async def wake(self) -> None:
        """After the commit: there is something to send."""
        ...
