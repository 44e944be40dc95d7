"""From approved to delivered: hands notices to delivery, when somebody says so or when they fall due."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.notices import progress
from bot.notices import store as notice_store
from bot.notices.audiences import effective_parts
from bot.notices.changes.dispatch import ChangeDispatch
from bot.notices.extras import AudiencePart
from bot.notices.model import Notice, NoticeState
from bot.notices.readers import store as reader_store
from bot.notices.texts import NoticeTexts
from bot.store.audit import AuditTrail
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_BATCH = 50
_RECALL_WATCHED = timedelta(days=1)  # longer than delivery ever tries a message again


class NoticeDispatch:
    """What is sent was fixed on approval. Any number of processes may run `tick`."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, outbox: Outbox, texts: NoticeTexts) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._outbox = outbox
        self._texts = texts
        self.changes = ChangeDispatch(store, clock, outbox, texts)

    async def tick(self) -> None:
        """What a worker does about once a second: send what is due, close what has arrived, stop what was recalled."""
        await self._expire()
        await self.send_due()
        await self._close_completed()
        await self._stop_ended()
        await self.changes.tick()
        await self._chase()

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
        """Write the outbox row of a notice that this transaction took to SENDING, and let go the one it supersedes."""
        notice = await notice_store.find(connection, notice_id)
        if notice is None or notice.messages is None:  # pragma: no cover - an approval writes the messages
            raise AssertionError("a notice on its way has no messages")
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.NOTICE,
                notice_id,
                Lane.BULK,
                await self._audience(connection, notice),
                dict(notice.messages),
                notice.variants,
            ),
            self._clock(),
        )
        await reader_store.name_entries(connection, notice_id, notice.content.extras.entries)
        if notice.content.extras.supersedes_id:
            await self.changes.supersede(connection, notice.content.extras.supersedes_id, notice)
        await self._audit.record(connection, self._clock(), actor, "notice.send", f"notice:{notice_id}")

    async def _audience(self, connection: AsyncConnection, notice: Notice) -> Audience:
        """The followers of its topic, or its own parts, with those who asked its entries and who got what it supersedes."""
        parts = effective_parts(notice.content)
        if parts == [AudiencePart(AudienceKind.TOPIC, notice.content.topic)]:
            return Audience(AudienceKind.TOPIC, notice.content.topic)
        await notice_store.write_parts(connection, notice.id, parts)
        return Audience(AudienceKind.NOTICE, notice.id)

    async def _expire(self) -> None:
        """What no longer holds is not sent, and what is on its way is stopped."""
        async with self._store.read() as connection:
            ids = await progress.outdated(connection, self._clock(), _BATCH)
        for notice_id in ids:
            now = self._clock()
            async with self._store.write() as connection:
                if await notice_store.move(connection, notice_id, NoticeState.EXPIRED, ended_at=now):
                    await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)
                    await self._audit.record(connection, now, "system", "notice.expire", f"notice:{notice_id}")

    async def _close_completed(self) -> None:
        async with self._store.read() as connection:
            ids = await progress.completed(connection, _BATCH)
        for notice_id in ids:
            async with self._store.write() as connection:
                await notice_store.move(connection, notice_id, NoticeState.SENT, completed_at=self._clock())

    async def _stop_ended(self) -> None:
        now = self._clock()
        async with self._store.read() as connection:
            ids = await progress.ended_but_open(connection, now - _RECALL_WATCHED, _BATCH)
        for notice_id in ids:
            async with self._store.write() as connection:
                await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)

    async def _chase(self) -> None:
        """Remind those who have not confirmed, once, when the notice's time for it has come."""
        async with self._store.read() as connection:
            ids = await reader_store.to_chase(connection, self._clock(), _BATCH)
        for notice_id in ids:
            async with self._store.write() as connection:
                await self._remind(connection, notice_id)
        if ids:
            await self._outbox.wake()

    async def _remind(self, connection: AsyncConnection, notice_id: str) -> None:
        notice = await notice_store.find(connection, notice_id)
        if notice is None or not await reader_store.begin_chase(connection, notice_id, self._clock()):
            return
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.CHASE,
                notice_id,
                Lane.BULK,
                Audience(AudienceKind.UNCONFIRMED, notice_id),
                self._texts.chases(notice),
            ),
            self._clock(),
        )
        await self._audit.record(connection, self._clock(), "system", "notice.chase", f"notice:{notice_id}")
