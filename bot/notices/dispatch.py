"""From approved to delivered: hands notices to delivery, when somebody says so or when they fall due."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.notices import store as notice_store
from bot.notices.model import NoticeState
from bot.store.audit import AuditTrail
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_BATCH = 50
_RECALL_WATCHED = timedelta(days=1)  # longer than delivery ever tries a message again


class NoticeDispatch:
    """Needs no knowledge base: what is sent was fixed on approval. Any number of processes may run `tick`."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._outbox = outbox

    async def tick(self) -> None:
        """What a worker does about once a second: send what is due, close what has arrived, stop what was recalled."""
        await self.send_due()
        await self._close_completed()
        await self._stop_recalled()

    async def send_due(self) -> int:
        """Hand over the scheduled notices whose time has come; returns how many this call handed over.

        State and outbox row are one transaction, begun with a conditional change of state: of two workers at once, one sends.
        """
        async with self._store.read() as connection:
            ids = await notice_store.due(connection, self._clock(), _BATCH)
        sent = 0
        for notice_id in ids:
            now = self._clock()
            async with self._store.write() as connection:
                if not await notice_store.move_due(connection, notice_id, now):
                    continue
                await self.hand_over(connection, notice_id, actor="system")
            sent += 1
        if sent:
            logger.info("%d notices handed to delivery", sent, extra={"notices": ids})
            await self._outbox.wake()
        return sent

    async def hand_over(self, connection: AsyncConnection, notice_id: str, *, actor: str) -> None:
        """Write the outbox row of a notice that this transaction took to SENDING."""
        notice = await notice_store.find(connection, notice_id)
        if notice is None or notice.messages is None:  # pragma: no cover - an approval writes the messages
            raise AssertionError("a notice on its way has no messages")
        audience = Audience(AudienceKind.TOPIC, notice.content.topic)
        await self._outbox.add(
            connection,
            OutgoingNotification(CauseKind.NOTICE, notice_id, Lane.BULK, audience, dict(notice.messages)),
            self._clock(),
        )
        await self._audit.record(connection, self._clock(), actor, "notice.send", f"notice:{notice_id}")

    async def _close_completed(self) -> None:
        async with self._store.read() as connection:
            ids = await notice_store.completed(connection, _BATCH)
        for notice_id in ids:
            async with self._store.write() as connection:
                await notice_store.move(connection, notice_id, NoticeState.SENT, completed_at=self._clock())

    async def _stop_recalled(self) -> None:
        now = self._clock()
        async with self._store.read() as connection:
            ids = await notice_store.recalled_but_open(connection, now - _RECALL_WATCHED, _BATCH)
        for notice_id in ids:
            async with self._store.write() as connection:
                await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)
