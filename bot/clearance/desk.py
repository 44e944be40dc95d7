"""Use cases of staff: what is late, search among all shipments, the picture of one. Each look at a shipment is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clearance import late_store, list_store
from bot.clearance.details import spell_number
from bot.clearance.list_store import Shipment, ShipmentFilter
from bot.clearance.model import Clearance, Stage
from bot.clearance.service import ClearanceService
from bot.clearance.shipments import PART_LEAST
from bot.clock import Clock
from bot.errors import Fault, InvalidInputError
from bot.store.audit import AuditTrail
from bot.store.engine import Store

SHOWN_MOST = 100


@dataclass(frozen=True)
class Late:
    """A shipment that is late. rule: `usual` or `promised`; followers: persons who were told."""

    declaration_no: str
    port: str | None
    stage: Stage
    since: datetime
    expected_by: datetime
    rule: str
    followers: int


class ShipmentDesk:
    """actor: as in the audit trail, `staff:<name>`."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, clearance: ClearanceService) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._clearance = clearance
        self.texts = clearance.texts

    async def lates(self, *, actor: str) -> list[Late]:
        """What is late now, the longest first, at most SHOWN_MOST."""
        async with self._store.write() as connection:
            rows = await late_store.open_lates(connection, SHOWN_MOST)
            await self._audit.record(connection, self._clock(), actor, "clearance.lates", "declarations")
        return [
            Late(
                row.declaration_no,
                row.port,
                Stage(row.stage),
                row.since,
                row.expected_by,
                row.rule,
                row.followers,
            )
            for row in rows
        ]

    async def find(self, query: str, wanted: ShipmentFilter, *, actor: str) -> list[Shipment]:
        """Shipments with this part of a number or reference, the latest change first, at most SHOWN_MOST.

        Raises InvalidInputError where the part is too short.
        """
        part = spell_number(query)
        if not PART_LEAST <= len(query.strip()) <= 64:
            message = f"A search needs {PART_LEAST} to 64 characters of a number or reference."
            raise InvalidInputError([Fault("query", "length", message)])
        async with self._store.write() as connection:
            conditions = [*list_store.matching(part, query), *list_store.conditions(wanted)]
            found = await list_store.all_shipments(connection, conditions, limit=SHOWN_MOST)
            await self._audit.record(connection, self._clock(), actor, "clearance.search", "declarations")
        return found

    async def look(self, declaration_no: str, *, actor: str) -> Clearance:
        """One shipment with its whole history. Raises NotFoundError."""
        return await self._clearance.status_for_staff(declaration_no, actor=actor)
