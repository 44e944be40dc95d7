"""What permits store of a person, and what they add to their cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.permits.model import Permit, PermitState
from bot.desks.permits.service import PermitService
from bot.desks.permits.words import localized
from bot.forms.cases import CaseLine
from bot.store.schema import permit_write_offs, permits

ERASED = "person:erased"


class PersonalPermits:
    """Fulfils PersonalData."""

    name = "permits"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export: the permits that the person entered."""
        rows = await connection.execute(
            select(permits).where(permits.c.person_id == person_id).order_by(permits.c.created_at)
        )
        return [
            {
                "kind": row.kind,
                "number": row.number,
                "valid_from": row.valid_from.isoformat(),
                "valid_until": row.valid_until.isoformat(),
                "entered": row.created_at.isoformat(),
            }
            for row in rows
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: who entered it goes; permit and write-offs are the firm's."""
        entered = await connection.execute(
            update(permits).where(permits.c.person_id == person_id).values(person_id=None, changed_at=at)
        )
        actor = f"person:{person_id}"
        written = await connection.execute(
            update(permit_write_offs).where(permit_write_offs.c.actor == actor).values(actor=ERASED)
        )
        if not entered.rowcount and not written.rowcount:
            return {}
        return {"permits": "Permits and write-offs are the firm's: they stay, without who entered them."}


class PermitCases:
    """Fulfils CaseList."""

    def __init__(self, service: PermitService) -> None:
        self._service = service
        self._words = service.words

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """See CaseList.of."""
        found = await self._service.mine_in(connection, person_id)
        latest = sorted(found, key=lambda permit: permit.changed_at, reverse=True)
        return [self._line(permit) for permit in latest[:limit]]

    def _line(self, permit: Permit) -> CaseLine:
        return CaseLine(
            permit.number,
            localized(self._words.kinds[permit.kind].name.__getitem__),
            localized(lambda language: self._words.say(f"state_{permit.state}", language)),
            f"pm:show:{permit.id}",
            permit.changed_at,
            permit.state in {PermitState.VALID, PermitState.USED_UP},
        )
