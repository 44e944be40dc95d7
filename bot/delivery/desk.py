"""What staff do with the queues from the console: look, send dead letters again, hold and stop; each act is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot.clock import Clock
from bot.delivery.model import Cause, DeadLetter
from bot.delivery.overview import DeliveryOverview, Overview
from bot.delivery.service import DeliveryService
from bot.store.audit import AuditTrail
from bot.store.engine import Store

Act = Literal["pause", "resume", "stop"]
PAGE = 50


class DeliveryDesk:
    """Staff's acts on deliveries. actor: `staff:<name>`; whether they may is the caller's to ask."""

    def __init__(
        self, store: Store, clock: Clock, audit: AuditTrail, deliveries: DeliveryService, overview: DeliveryOverview
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._deliveries = deliveries
        self._overview = overview

    async def overview(self) -> Overview:
        """Everything at a glance."""
        return await self._overview.read()

    async def dead_letters(self, before: int | None = None) -> list[DeadLetter]:
        """A page of deliveries that failed for good, the newest first. before: the last id of the page before."""
        return await self._deliveries.dead_letters(before=before, limit=PAGE)

    async def send_again(self, ids: Sequence[int], *, actor: str) -> list[int]:
        """Try failed deliveries anew; returns those that were opened. Others are left as they are."""
        opened = await self._deliveries.send_again(ids)
        if opened:
            await self._record(actor, "delivery.resend", [f"delivery:{number}" for number in opened])
        return opened

    async def act(self, cause: Cause, act: Act, *, actor: str) -> None:
        """Hold a cause, let it go on, or call back what was not sent. Raises NotFoundError, ConflictError."""
        match act:
            case "pause":
                await self._deliveries.pause(cause)
            case "resume":
                await self._deliveries.resume(cause)
            case "stop":
                await self._deliveries.stop(cause)
        await self._record(actor, f"delivery.{act}", [f"{cause.kind}:{cause.id}"])

    async def _record(self, actor: str, act: str, subjects: Sequence[str]) -> None:
        async with self._store.write() as connection:
            for subject in subjects:
                await self._audit.record(connection, self._clock(), actor, act, subject)
