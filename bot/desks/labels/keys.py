"""The signing keys of labels: derived, rotated, revoked, published. No private key is stored anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.labels.codes import PublicKey, key_id_of
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import label_keys
from bot.store.serial import one_at_a_time


@dataclass(frozen=True)
class KeyRecord:
    """A key as it is published. retired_at: signs nothing more; revoked_at: nothing that it signed holds."""

    id: str
    public: bytes
    created_at: datetime
    retired_at: datetime | None
    revoked_at: datetime | None

    @property
    def public_key(self) -> PublicKey:
        """For `codes.verify`."""
        return PublicKey(self.id, self.public, self.revoked_at is not None)


@dataclass(frozen=True)
class SigningKey:
    """The key that signs now."""

    id: str
    private: Ed25519PrivateKey


class LabelKeys:
    """Keys by number: the private one is derived from the master secret, the public one lies in the database.

    Where the master secret was changed, the derived key is not the stored one: a new key begins by itself, and the old public
    keys go on to verify.
    """

    def __init__(self, store: Store, clock: Clock, secrets: Secrets, audit: AuditTrail) -> None:
        self._store = store
        self._clock = clock
        self._secrets = secrets
        self._audit = audit

    async def signing(self, connection: AsyncConnection) -> SigningKey:
        """The key that signs now, made at the first call; in the caller's writing transaction."""
        row = await self._newest(connection)
        if row is not None and row.retired_at is None and row.revoked_at is None:
            key = self._private(row.number)
            if _public(key).hex() == row.public_key:
                return SigningKey(row.id, key)
        return await self._add(connection, "system")

    async def private_of(self, connection: AsyncConnection, key_id: str) -> Ed25519PrivateKey | None:
        """The private key of an earlier id, to print its labels again; None where the master secret is another one now."""
        row = (await connection.execute(select(label_keys).where(label_keys.c.id == key_id))).one_or_none()
        if row is None:
            return None
        key = self._private(row.number)
        return key if _public(key).hex() == row.public_key else None

    async def published(self) -> list[KeyRecord]:
        """All keys, the newest first; the first is made where there is none."""
        async with self._store.read() as connection:
            rows = await self._all(connection)
        if not rows:
            async with self._store.write() as connection:
                await self.signing(connection)
                rows = await self._all(connection)
        return rows

    async def rotate(self, *, actor: str) -> KeyRecord:
        """Begin a new key. What the old ones signed goes on to hold."""
        async with self._store.write() as connection:
            new = await self._add(connection, actor)
        return next(key for key in await self.published() if key.id == new.id)

    async def revoke(self, key_id: str, why: str, *, actor: str) -> None:
        """Nothing that the key signed holds any more. Raises NotFoundError, ConflictError, InvalidInputError."""
        if not why.strip():
            raise InvalidInputError([Fault("why", "missing", "Say why.")])
        now = self._clock()
        async with self._store.write() as connection:
            await one_at_a_time(connection, "label-keys")
            row = (await connection.execute(select(label_keys).where(label_keys.c.id == key_id))).one_or_none()
            if row is None:
                raise NotFoundError("key")
            if row.revoked_at is not None:
                raise ConflictError("The key is revoked already.", state="revoked")
            await connection.execute(
                update(label_keys)
                .where(label_keys.c.id == key_id)
                .values(revoked_at=now, revoked_why=why.strip(), retired_at=row.retired_at or now)
            )
            await self._audit.record(connection, now, actor, "label.key.revoke", f"label-key:{key_id}")

    async def _add(self, connection: AsyncConnection, actor: str) -> SigningKey:
        await one_at_a_time(connection, "label-keys")
        newest = await self._newest(connection)
        number = newest.number + 1 if newest is not None else 1
        key = self._private(number)
        public, now = _public(key), self._clock()
        key_id = key_id_of(public)
        await connection.execute(update(label_keys).where(label_keys.c.retired_at.is_(None)).values(retired_at=now))
        await connection.execute(
            label_keys.insert().values(id=key_id, number=number, public_key=public.hex(), created_at=now)
        )
        await self._audit.record(connection, now, actor, "label.key.new", f"label-key:{key_id}")
        return SigningKey(key_id, key)

    async def _newest(self, connection: AsyncConnection):  # type: ignore[no-untyped-def]  # a row of the table, or None
        return (
            await connection.execute(select(label_keys).order_by(label_keys.c.number.desc()).limit(1))
        ).one_or_none()

    async def _all(self, connection: AsyncConnection) -> list[KeyRecord]:
        rows = await connection.execute(select(label_keys).order_by(label_keys.c.number.desc()))
        return [
            KeyRecord(row.id, bytes.fromhex(row.public_key), row.created_at, row.retired_at, row.revoked_at)
            for row in rows
        ]

    def _private(self, number: int) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._secrets.derive(f"label-key:{number}"))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
