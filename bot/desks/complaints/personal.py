"""The cases' part of what is stored of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.complaints import store as sql
from bot.desks.complaints.model import OPEN
from bot.desks.complaints.service import holder_of
from bot.files.service import FileStore

_MOST = 10_000


class PersonalComplaints:
    """Fulfils PersonalData."""

    name = "complaints"

    def __init__(self, files: FileStore) -> None:
        self._files = files

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        return [
            {
                "number": case.number,
                "kind": case.kind.value,
                "state": case.state.value,
                "about": case.about,
                "text": case.text,
                "answer": case.answer,
                "sent": case.created_at.isoformat(),
                "files": [file.name for file in await self._files.held(connection, holder_of(case.id))],
            }
            for case in await sql.of_person(connection, person_id, _MOST)
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase. Open cases stay until they are done: withdraw them first."""
        cases = await sql.of_person(connection, person_id, _MOST)
        for case in cases:
            if case.state not in OPEN:
                await self._files.erase_held(connection, holder_of(case.id))
        await sql.let_go(connection, person_id, at)
        kept = [case.number for case in cases if case.state in OPEN]
        return {f"complaints: {', '.join(kept)}": "still open; withdraw them, or wait for the answer"} if kept else {}
