"""The messages of causes in a worker's memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.delivery.holding import Nature
from bot.delivery.model import WITHOUT_STOP, Action
from bot.delivery.payload import instead_in, message_in
from bot.delivery.words import with_stop
from bot.store.schema import outbox


@dataclass(slots=True)
class _Cause:
    kind: str
    is_urgent: bool
    action: Action
    of_id: int | None
    payload: dict[str, Any]
    read: dict[tuple[str | None, int], tuple[Language, Reply, Reply | None]]


class Messages:
    """The texts of causes, read once for thousands of recipients: what stands in the outbox never changes."""

    def __init__(self, *, most: int = 200) -> None:
        self._most = most
        self._known: OrderedDict[int, _Cause] = OrderedDict()

    async def learn(self, connection: AsyncConnection, outbox_ids: Iterable[int]) -> None:
        """Read those that are not known yet."""
        missing = {number for number in outbox_ids if number not in self._known}
        if missing:
            query = select(outbox).where(outbox.c.id.in_(missing))
            for row in await connection.execute(query):
                is_urgent = bool(row.urgent_reason and row.urgent_approver)
                self._known[row.id] = _Cause(row.cause_kind, is_urgent, Action(row.action), row.of_id, row.payload, {})

    def of(self, outbox_id: int, language: str | None, variant: int) -> tuple[Language, Reply, Reply | None]:
        """Language, message, and what is said in the place of a change, for one reader; the same objects each time."""
        self._known.move_to_end(outbox_id)
        cause = self._known[outbox_id]
        found = cause.read.get((language, variant))
        if found is None:
            spoken, message = message_in(cause.payload, language, variant)
            if cause.kind not in WITHOUT_STOP:
                message = with_stop(message, cause.of_id or outbox_id, spoken)
            found = cause.read[language, variant] = (spoken, message, instead_in(cause.payload, spoken))
        return found

    def nature(self, outbox_id: int) -> Nature:
        """What decides whether somebody wants it now."""
        cause = self._known[outbox_id]
        topic = message_in(cause.payload, None)[1].topic if cause.payload else None
        return Nature(cause.kind, cause.action, topic, cause.is_urgent)

    def change(self, outbox_id: int) -> tuple[Action, int | None]:
        """What is done, and the outbox row whose messages are changed."""
        cause = self._known[outbox_id]
        return cause.action, cause.of_id

    def forget_old(self) -> None:
        """Keep the most recently used alone."""
        while len(self._known) > self._most:
            self._known.popitem(last=False)
