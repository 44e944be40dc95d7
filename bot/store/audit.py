"""The audit trail: who did what to what.

Each row carries a keyed hash over itself and its predecessor, and a seal stands for the last one, so that a row that was
changed or taken away shows, at the end too. What cannot show: a whole database put back to an older copy of itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.secrets import Secrets
from bot.store.schema import audit, audit_head

_FIRST = "0" * 64


class AuditTrail:
    """Writes and verifies the trail. The key is derived from the master secret: without it no row can be forged."""

    def __init__(self, secrets: Secrets) -> None:
        self._key = secrets.derive("audit")

    async def record(
        self, connection: AsyncConnection, at: datetime, actor: str, action: str, obj: str, **detail: Any
    ) -> None:
        """Add a row in the caller's transaction. actor: `staff:<name>`, `key:<name>` or `system`; detail: no personal data."""
        if connection.dialect.name == "postgresql":
            # Two transactions must not both build on the same predecessor. (SQLite has one writer anyway.)
            await connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
        previous = await connection.scalar(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)) or _FIRST
        values = {"at": at, "actor": actor, "action": action, "object": obj, "detail": detail}
        own = self._hash(previous, **values)
        await connection.execute(audit.insert().values(**values, previous_hash=previous, hash=own))
        sealed = await connection.execute(update(audit_head).values(seal=self._seal(own)))
        if not sealed.rowcount:
            await connection.execute(audit_head.insert().values(id=1, seal=self._seal(own)))

    async def first_broken(self, connection: AsyncConnection) -> int | None:
        """The number of the first row that was changed, follows a gap or is missing at the end; None when all is whole."""
        previous, last = _FIRST, 0
        for row in (await connection.execute(select(audit).order_by(audit.c.seq))).mappings():
            values = {name: row[name] for name in ("at", "actor", "action", "object", "detail")}
            if row["previous_hash"] != previous or row["hash"] != self._hash(previous, **values):
                return int(row["seq"])
            previous, last = row["hash"], row["seq"]
        seal = await connection.scalar(select(audit_head.c.seal))
        expected = None if previous == _FIRST else self._seal(previous)
        return None if seal == expected else last + 1

    def _seal(self, last_hash: str) -> str:
        return hmac.digest(self._key, f"last\n{last_hash}".encode(), hashlib.sha256).hex()

    def _hash(self, previous: str, **values: Any) -> str:
        at: datetime = values.pop("at")
        body = json.dumps(values, sort_keys=True, ensure_ascii=False)
        message = f"{previous}\n{int(at.timestamp() * 1_000_000)}\n{body}".encode()
        return hmac.digest(self._key, message, hashlib.sha256).hex()
