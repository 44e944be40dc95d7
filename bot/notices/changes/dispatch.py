"""From a decided change to its deliveries. Any number of processes may run `tick`."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import Action, Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.payload import with_messages
from bot.notices import store as notice_store
from bot.notices.changes import store as change_store
from bot.notices.changes.messages import ChangeMessages
from bot.notices.changes.model import Change, ChangeKind, ChangeState
from bot.notices.model import Notice, NoticeState
from bot.notices.texts import NoticeTexts
from bot.people.model import new_id
from bot.store.engine import Store

_BATCH = 20


class ChangeDispatch:
    """Begins changes when the notice they change is in nobody's hand, and closes them."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, texts: NoticeTexts) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self.messages = ChangeMessages(texts)

    async def tick(self) -> None:
        """What a worker does about once a second."""
        now = self._clock()
        async with self._store.read() as connection:
            ready = await change_store.ready(connection, _BATCH)
            ready += await change_store.ready_beside_others(connection, now, _BATCH)
            finished = await change_store.finished(connection, _BATCH)
        for change_id in dict.fromkeys(ready):
            async with self._store.write() as connection:
                await self._begin(connection, change_id)
        if ready:
            await self._outbox.wake()
        for change_id in finished:
            async with self._store.write() as connection:
                await change_store.move(connection, change_id, ChangeState.DONE, done_at=now)

    async def supersede(self, connection: AsyncConnection, notice_id: str, successor: Notice) -> None:
        """In the transaction that sends its successor: the old notice ends, what is unsent of it is not sent, and what
        arrived is marked. Nothing happens to a notice that ended already."""
        now = self._clock()
        notice = await notice_store.find(connection, notice_id)
        if notice is None or not await notice_store.move(connection, notice_id, NoticeState.SUPERSEDED, ended_at=now):
            return
        await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)
        await change_store.drop_open(connection, notice_id, now)
        await change_store.add(
            connection,
            new_id(),
            notice_id,
            ChangeKind.SUPERSESSION,
            ChangeState.APPROVED,
            successor.author_id,
            now,
            payload=self.messages.supersession(notice, successor),
            successor_id=successor.id,
        )

    async def _begin(self, connection: AsyncConnection, change_id: str) -> None:
        now = self._clock()
        change = await change_store.find(connection, change_id)
        if change is None or not await change_store.move(connection, change_id, ChangeState.RUNNING, started_at=now):
            return
        of_id = await change_store.outbox_of(connection, change.notice_id)
        empty = OutgoingNotification(
            CauseKind.CHANGE,
            change_id,
            Lane.TRANSACTIONAL if change.kind is ChangeKind.WITHDRAWAL else Lane.BULK,
            Audience(AudienceKind.TOLD, change.notice_id),
            {},
            action=_action(change),
            of_id=of_id,
        )
        await self._outbox.add(connection, with_messages(empty, change.payload or {}), now)


def _action(change: Change) -> Action:
    return Action.DELETE if change.kind is ChangeKind.WITHDRAWAL else Action.EDIT
