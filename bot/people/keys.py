"""Keys of machines: port systems that sign events, and clients of the API."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets as random
from datetime import datetime

from sqlalchemy import select, update

from bot.clock import Clock
from bot.errors import ConflictError, Fault, InvalidInputError, NotAuthenticatedError
from bot.people.model import Key, Scope, new_id
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import api_keys, enterprises

_SIGNERS_KEPT_S = 5.0
_NEWEST_KEPT_S = 0.5


class KeyService:
    """Makes, checks and revokes keys.

    A key of scope `events` is a signing secret as Standard Webhooks has it (`whsec_` + base64); it is derived from the
    master secret and the key's id, so it is stored nowhere. Other keys are bearer tokens `kk_<id>_<random>`, of which
    only a hash is stored.
    """

    def __init__(self, store: Store, clock: Clock, secrets: Secrets, audit: AuditTrail) -> None:
        self._store = store
        self._clock = clock
        self._secrets = secrets
        self._audit = audit
        self._signers: list[tuple[str, bytes]] = []
        self._signers_read_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def add(self, name: str, scope: Scope, *, actor: str, credit_code: str | None = None) -> str:
        """Make a key and return its secret, which is shown this once.

        credit_code: the enterprise whose declarations a `clearance` key may read.
        Raises InvalidInputError or ConflictError (the name is taken).
        """
        if not (1 <= len(name) <= 80 and name.isprintable()):
            raise InvalidInputError(
                [Fault("name", "format", "The name must have 1 to 80 characters that can be seen.")]
            )
        if (scope is Scope.CLEARANCE) != (credit_code is not None):
            raise InvalidInputError(
                [Fault("enterprise", "needed", "A key of scope clearance, and no other, names an enterprise.")]
            )
        key_id = new_id()
        secret = random.token_urlsafe(32)
        async with self._store.write() as connection:
            if await connection.scalar(select(api_keys.c.id).where(api_keys.c.name == name)):
                raise ConflictError(f"There is a key named {name} already.", state="taken")
            enterprise_id = None
            if credit_code is not None:
                enterprise_id = await connection.scalar(
                    select(enterprises.c.id).where(enterprises.c.credit_code == credit_code)
                )
                if enterprise_id is None:
                    raise InvalidInputError([Fault("enterprise", "unknown", "No enterprise has this credit code.")])
            await connection.execute(
                api_keys.insert().values(
                    id=key_id,
                    name=name,
                    scope=scope,
                    secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
                    enterprise_id=enterprise_id,
                    created_at=self._clock(),
                )
            )
            await self._audit.record(connection, self._clock(), actor, "key.add", f"key:{name}", scope=scope)
        if scope is Scope.EVENTS:
            return "whsec_" + base64.b64encode(self._signing_secret(key_id)).decode()
        return f"kk_{key_id}_{secret}"

    async def revoke(self, name: str, *, actor: str) -> None:
        """End a key. Raises InvalidInputError when there is none of that name."""
        async with self._store.write() as connection:
            done = await connection.execute(
                update(api_keys)
                .where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
            if not done.rowcount:
                raise InvalidInputError([Fault("name", "unknown", f"There is no valid key named {name}.")])
            await self._audit.record(connection, self._clock(), actor, "key.revoke", f"key:{name}")
        self._signers_read_at = None

    async def bearer(self, token: str) -> Key:
        """The key behind a bearer token. Raises NotAuthenticatedError. The secret is compared in constant time."""
        prefix, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        async with self._store.read() as connection:
            row = (
                await connection.execute(
                    select(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                )
            ).one_or_none()
        stored = row.secret_hash if row else "0" * 64
        matches = hmac.compare_digest(stored, hashlib.sha256(secret.encode()).hexdigest())
        if row is None or not matches or prefix != "kk" or row.scope == Scope.EVENTS:
            raise NotAuthenticatedError("The key is not valid.")
        return Key(row.id, row.name, Scope(row.scope), row.enterprise_id)

    async def signers(self, *, newest: bool = False) -> list[tuple[str, bytes]]:
        """Name and signing secret of every valid `events` key. Read again after 5 s, so a revoked key ends by then.

        newest: ask again when what is known is older than half a second: a key made a moment ago counts at once, and a flood
        of wrong signatures costs two queries a second.
        """
        now = self._clock()
        kept_s = _NEWEST_KEPT_S if newest else _SIGNERS_KEPT_S
        async with self._lock:
            read_at = self._signers_read_at
            if read_at is None or abs((now - read_at).total_seconds()) > kept_s:
                query = select(api_keys.c.id, api_keys.c.name).where(
                    api_keys.c.scope == Scope.EVENTS, api_keys.c.revoked_at.is_(None)
                )
                async with self._store.read() as connection:
                    rows = (await connection.execute(query)).all()
                self._signers = [(row.name, self._signing_secret(row.id)) for row in rows]
                self._signers_read_at = now
            return self._signers

    def _signing_secret(self, key_id: str) -> bytes:
        return self._secrets.derive(f"events:{key_id}")
