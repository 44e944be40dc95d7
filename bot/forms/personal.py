"""What drafts store of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import form_drafts


class DraftData:
    """Fulfils PersonalData. All of it may go: what was sent lives on as a case at its desk."""

    name = "form_drafts"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        rows = await connection.execute(
            select(form_drafts).where(form_drafts.c.person_id == person_id).order_by(form_drafts.c.started_at)
        )
        return [
            {
                "form": row["form"],
                "state": row["state"],
                "answers": row["values"],
                "started_at": row["started_at"].isoformat(),
                "changed_at": row["changed_at"].isoformat(),
            }
            for row in rows.mappings()
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase."""
        await connection.execute(delete(form_drafts).where(form_drafts.c.person_id == person_id))
        return {}
