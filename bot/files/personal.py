"""The files' part of what is stored of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.files import store as sql
from bot.store.schema import stored_files


class PersonalFiles:
    """Fulfils PersonalData. Files that a case holds are that case's: its desk keeps or erases them with it."""

    name = "files"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        return [
            {
                "id": ref.id,
                "name": ref.name,
                "kind": ref.kind,
                "bytes": ref.size_bytes,
                "sent": ref.created_at.isoformat(),
            }
            for ref in await sql.of_person(connection, person_id)
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase."""
        t = stored_files
        await sql.mark_erased(connection, at, t.c.person_id == person_id, t.c.holder.is_(None))
        held = await sql.let_go(connection, person_id)
        if not held:
            return {}
        return {f"files: {held}": "They belong to cases, without your name; each case says how long it is kept."}
