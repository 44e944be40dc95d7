"""SQL of the Telegram channel: updates that arrived, and payloads too long for a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import null, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.schema import Table

from bot.clock import Clock
from bot.store.engine import Store
from bot.store.schema import callback_payloads, inbound_updates

CHANNEL = "telegram"


class UpdateState(StrEnum):
    """Where an update stands."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class StoredUpdate:
    """An update that waits. attempts: how often its processing was begun."""

    seq: int
    payload: dict[str, Any]
    attempts: int


def _insert_new(connection: AsyncConnection, table: Table) -> Any:
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return insert(table).on_conflict_do_nothing()


class InboundStore:
    """Updates, stored before Telegram hears that they arrived."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Store raw updates in one transaction; those whose update_id is known are dropped. Returns how many were new."""
        if not updates:
            return 0
        now = self._clock()
        rows = [
            {
                "channel": CHANNEL,
                "update_id": str(raw["update_id"]),
                "payload": dict(raw),
                "state": UpdateState.RECEIVED,
                "attempts": 0,
                "received_at": now,
            }
            for raw in updates
        ]
        async with self._store.write() as connection:
            statement = _insert_new(connection, inbound_updates).returning(inbound_updates.c.seq)
            return sum([len((await connection.execute(statement.values(row))).all()) for row in rows])

    async def waiting(self, *, known: set[int], limit: int) -> list[StoredUpdate]:
        """The oldest `limit` updates that wait and are not among `known` (those in hand), in order of arrival."""
        columns = (inbound_updates.c.seq, inbound_updates.c.payload, inbound_updates.c.attempts)
        query = (
            select(*columns)
            .where(inbound_updates.c.state == UpdateState.RECEIVED, inbound_updates.c.channel == CHANNEL)
            .order_by(inbound_updates.c.seq)
            # Those in hand still count as waiting, so room for them is added; a bound on seq would miss
            # a lower one whose transaction ended later.
            .limit(limit + len(known))
        )
        async with self._store.read() as connection:
            rows = (await connection.execute(query)).all()
        return [StoredUpdate(row.seq, row.payload, row.attempts) for row in rows if row.seq not in known][:limit]

    async def begin(self, seq: int) -> None:
        """Count an attempt before it begins, so that an update that kills the process is not tried for ever."""
        await self._change(seq, attempts=inbound_updates.c.attempts + 1)

    async def finish(self, seq: int, state: UpdateState) -> None:
        """Note the end. What a person wrote is not kept when it is done; a failed one stays readable."""
        emptied = {"payload": null()} if state is UpdateState.DONE else {}
        await self._change(seq, state=state, done_at=self._clock(), **emptied)

    async def _change(self, seq: int, **values: Any) -> None:
        async with self._store.write() as connection:
            await connection.execute(update(inbound_updates).where(inbound_updates.c.seq == seq).values(**values))


class PayloadStore:
    """Payloads of buttons that are longer than Telegram's callback data, under short ids."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep(self, payloads: Mapping[str, str]) -> None:
        """Store payloads by short id; a known id keeps its first row."""
        now = self._clock()
        rows = [{"id": short, "payload": payload, "created_at": now} for short, payload in payloads.items()]
        async with self._store.write() as connection:
            for row in rows:
                await connection.execute(_insert_new(connection, callback_payloads).values(row))

    async def find(self, short: str) -> str | None:
        """The payload under an id, or None."""
        query = select(callback_payloads.c.payload).where(callback_payloads.c.id == short)
        async with self._store.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()
