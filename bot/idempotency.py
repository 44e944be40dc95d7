"""Idempotency-Key: the same request sent twice is done once, and answered twice with the first answer.

Every guarded route that changes something has it: `people.access` begins it as soon as it knows who asks. Two things work
together: the guard claims the key, and the middleware keeps the answer before it goes out, or repeats the one that was kept.

Source: draft-ietf-httpapi-idempotency-key-header: 400 for a key that is none, 409 while the first request runs, 422 for
another body.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clock import Clock
from bot.errors import (
    AnswerNotKeptError,
    IdempotencyKeyInvalidError,
    IdempotencyKeyReusedError,
    RequestRunningError,
)
from bot.store.engine import Store
from bot.store.schema import idempotency_keys

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=48)
LEASE = timedelta(seconds=60)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SCOPE = "kouan.idempotency"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_SWEEP_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Claim:
    """A request that runs under a key. token: whether it is still this one that runs, and not one that took over."""

    id: str
    token: str


@dataclass
class _Holder:
    claim: Claim | None = None


@dataclass
class _Answer:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    def header(self, name: bytes) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), "")


class _AnsweredBeforeError(Exception):
    """Ends the request in the middleware, which repeats the answer."""

    def __init__(self, status: int, content_type: str, body: str) -> None:
        super().__init__("answered before")
        self.status = status
        self.content_type = content_type
        self.body = body


class IdempotencyKeys:
    """The keys that were used in the last 48 hours, with the answers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._next_sweep_at: datetime | None = None

    async def begin(self, request: Request, who: str) -> None:
        """Claim the key of a request that changes something; without effect where there is none. who: stable, of the caller.

        Raises IdempotencyKeyInvalidError, IdempotencyKeyReusedError, RequestRunningError; ends the request where it was answered.
        """
        given = request.headers.get(HEADER)
        holder: _Holder | None = request.scope.get(_SCOPE)
        is_form = request.headers.get("content-type", "").startswith(
            _FORMS
        )  # the console's: a person's page, no machine
        if given is None or request.method in _READING or holder is None or is_form:
            return
        # The draft writes the key as a string of structured fields, in quotes; most callers leave them out.
        key = given[1:-1] if len(given) > 2 and given[0] == given[-1] == '"' else given
        if not _KEY.fullmatch(key):
            raise IdempotencyKeyInvalidError
        target = f"{request.method} {request.url.path}?{request.url.query}"
        number = hashlib.sha256("\n".join((who, target, key)).encode()).hexdigest()
        fingerprint = hashlib.sha256(await request.body()).hexdigest()
        holder.claim = await self._claim(number, fingerprint)

    async def _claim(self, number: str, fingerprint: str) -> Claim:
        now = self._clock()
        claim = Claim(number, secrets.token_hex(16))
        mine = {
            "fingerprint": fingerprint,
            "state": "running",
            "token": claim.token,
            "lease_until": now + LEASE,
            "created_at": now,
        }
        try:
            async with self._store.write() as connection:
                await connection.execute(insert(idempotency_keys).values(id=number, **mine))
        except IntegrityError:
            async with self._store.write() as connection:
                await self._claim_again(connection, number, fingerprint, mine, now)
        return claim

    async def _claim_again(
        self, connection: AsyncConnection, number: str, fingerprint: str, mine: dict[str, Any], now: datetime
    ) -> None:
        row = (
            await connection.execute(select(idempotency_keys).where(idempotency_keys.c.id == number).with_for_update())
        ).one_or_none()
        if row is None:  # released between the two transactions: the caller's next try runs
            raise RequestRunningError
        if row.created_at > now - KEPT:
            if row.fingerprint != fingerprint:
                raise IdempotencyKeyReusedError
            if row.state == "done":
                if row.body is None:
                    raise AnswerNotKeptError
                raise _AnsweredBeforeError(row.status, row.content_type or "", row.body)
            if row.lease_until > now:
                raise RequestRunningError
        fresh = {"status": None, "content_type": None, "body": None}
        await connection.execute(
            update(idempotency_keys).where(idempotency_keys.c.id == number).values(**mine, **fresh)
        )

    async def keep(self, claim: Claim, status: int, content_type: str, body: str | None) -> None:
        """Keep the answer of a request that ran. body: None for one that holds a secret."""
        async with self._store.write() as connection:
            await connection.execute(
                update(idempotency_keys)
                .where(idempotency_keys.c.id == claim.id, idempotency_keys.c.token == claim.token)
                .values(state="done", status=status, content_type=content_type, body=body)
            )

    async def release(self, claim: Claim) -> None:
        """Forget a request that failed on our side, so that the caller's next try runs."""
        async with self._store.write() as connection:
            await connection.execute(
                delete(idempotency_keys).where(
                    idempotency_keys.c.id == claim.id, idempotency_keys.c.token == claim.token
                )
            )

    async def tick(self) -> None:
        """Forget what is older than 48 hours, now and then."""
        now = self._clock()
        if self._next_sweep_at is not None and now < self._next_sweep_at:
            return
        async with self._store.write() as connection:
            await connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at <= now - KEPT))
        self._next_sweep_at = now + _SWEEP_EVERY


class RepeatedAnswers:
    """Plain ASGI: keeps the answer of a request that claimed a key before it goes out, and repeats the kept one."""

    def __init__(self, app: ASGIApp, keys: IdempotencyKeys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_plain = scope["type"] != "http" or scope["method"] in _READING
        if is_plain or not any(name == b"idempotency-key" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        holder = scope[_SCOPE] = _Holder()
        answer = _Answer()

        async def kept_send(message: Message) -> None:
            if holder.claim is None:
                await send(message)
            elif message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")
                if not message.get("more_body", False):
                    await self._keep(holder.claim, answer)
                    await _send(send, answer)

        try:
            await self._app(scope, receive, kept_send)
        except _AnsweredBeforeError as before:
            headers = [(b"content-type", before.content_type.encode()), (b"idempotency-replayed", b"true")]
            await _send(send, _Answer(before.status, headers, bytearray(before.body.encode())))
        except Exception:
            if holder.claim is not None:
                await self._keys.release(holder.claim)
            raise

    async def _keep(self, claim: Claim, answer: _Answer) -> None:
        if answer.status >= 500 or answer.status == 429:
            await self._keys.release(claim)
            return
        is_secret = "no-store" in answer.header(b"cache-control")
        body = None if is_secret else answer.body.decode()
        await self._keys.keep(claim, answer.status, answer.header(b"content-type"), body)


async def _send(send: Send, answer: _Answer) -> None:
    headers = [pair for pair in answer.headers if pair[0].lower() != b"content-length"]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(answer.body)})


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="Yours, new for each act. The same key with the same body gets the first answer again for 48 hours, marked "
        "`Idempotency-Replayed: true`; another body 422; while the first runs 409.",
    ),
]


def document(app: FastAPI) -> None:
    """Name the header at the routes that change something alone: what only reads may be asked again as it is."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        for methods in schema["paths"].values():
            operation = methods.get("get", {})
            if "parameters" in operation:
                operation["parameters"] = [one for one in operation["parameters"] if one["name"] != HEADER]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to change the schema
