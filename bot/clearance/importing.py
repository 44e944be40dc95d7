"""Use case: import files of receipts or tables, each whole or not at all, and again without effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.clearance.receipts import Channels, read_receipts
from bot.clearance.service import ClearanceService
from bot.clearance.taking import TAKEN_AT_ONCE, EventResult
from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.people.store import insert_new
from bot.store.engine import Store
from bot.store.schema import receipt_files


@dataclass(frozen=True)
class Imported:
    """What became of a file. receipts: that tell a stage; accepted: of these, new; skipped: by reason; known: imported before."""

    receipts: int
    accepted: int
    skipped: dict[str, int] = field(default_factory=dict)
    known: bool = False


class ReceiptImport:
    """A file with any fault is refused whole, with every fault. A file of more than 2,000 receipts is written in parts; when the
    process dies in between, the same file again goes on, and what was taken counts once.
    """

    def __init__(
        self, store: Store, clock: Clock, clearance: ClearanceService, channels: Channels, zone: ZoneInfo
    ) -> None:
        self._store = store
        self._clock = clock
        self._clearance = clearance
        self._channels = channels
        self._zone = zone

    async def take(self, content: bytes, name: str) -> Imported:
        """Import one file. name: for faults and the list of files. Raises InvalidInputError with all faults."""
        digest = hashlib.sha256(content).hexdigest()
        async with self._store.read() as connection:
            row = (
                await connection.execute(select(receipt_files).where(receipt_files.c.digest == digest))
            ).one_or_none()
        if row is not None:
            return Imported(row.receipts, 0, known=True)
        read = read_receipts(content, self._channels, self._zone, name=name)
        if read.faults:
            raise InvalidInputError(read.faults)
        accepted = 0
        for start in range(0, len(read.events), TAKEN_AT_ONCE):
            results = await self._clearance.take(read.events[start : start + TAKEN_AT_ONCE])
            accepted += results.count(EventResult.ACCEPTED)
        async with self._store.write() as connection:
            values = {"digest": digest, "name": name[-200:], "receipts": len(read.events), "accepted": accepted}
            await connection.execute(insert_new(connection, receipt_files).values(**values, done_at=self._clock()))
        return Imported(len(read.events), accepted, read.skipped)
