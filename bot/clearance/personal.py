"""What clearance stores of a person: what they follow of shipments, and pictures they asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import follows, shipment_pictures

_KINDS = ("declaration", "container", "bill")


class PersonalShipments:
    """Fulfils PersonalData. Declarations and events belong to the firm and the port, and are not a person's."""

    name = "shipments"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        rows = await connection.execute(
            select(follows)
            .where(follows.c.person_id == person_id, follows.c.kind.in_(_KINDS))
            .order_by(follows.c.created_at, follows.c.target)
        )
        return [
            {
                "kind": row.kind,
                "number": row.target,
                "since": row.created_at.isoformat(),
                "by": "firm" if row.firm_id else "own",
                "brought_by": row.via,
            }
            for row in rows
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase. Nothing of it must be kept."""
        await connection.execute(delete(shipment_pictures).where(shipment_pictures.c.person_id == person_id))
        await connection.execute(delete(follows).where(follows.c.person_id == person_id, follows.c.kind.in_(_KINDS)))
        return {}
