"""The audit trail: who did what to what. Each row carries a keyed hash over itself and its predecessor, so tampering shows."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.secrets import Secrets
from bot.store.schema import audit

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
        await connection.execute(
            audit.insert().values(**values, previous_hash=previous, hash=self._hash(previous, **values))
        )

    async def first_broken(self, connection: AsyncConnection) -> int | None:
        """The number of the first row that was changed, or follows a gap; None when the trail is whole."""
        previous = _FIRST
        for row in (await connection.execute(select(audit).order_by(audit.c.seq))).mappings():
            values = {name: row[name] for name in ("at", "actor", "action", "object", "detail")}
            if row["previous_hash"] != previous or row["hash"] != self._hash(previous, **values):
                return int(row["seq"])
            previous = row["hash"]
        return None

    def _hash(self, previous: str, **values: Any) -> str:
        at: datetime = values.pop("at")
        body = json.dumps(values, sort_keys=True, ensure_ascii=False)
        message = f"{previous}\n{int(at.timestamp() * 1_000_000)}\n{body}".encode()
        return hmac.digest(self._key, message, hashlib.sha256).hex()
