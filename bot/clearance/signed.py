"""Bodies that a port's system signs as Standard Webhooks says."""

from __future__ import annotations

from fastapi import Request

from bot.clearance.signature import verify
from bot.clock import Clock
from bot.errors import NotAuthenticatedError, PayloadTooLargeError
from bot.people.keys import KeyService


class SignedBody:
    """Reads a request's body and checks its signature. tolerance_s: how far a timestamp may be from the clock."""

    def __init__(self, keys: KeyService, clock: Clock, *, tolerance_s: int, body_max_bytes: int) -> None:
        self._keys = keys
        self._clock = clock
        self._tolerance_s = tolerance_s
        self._body_max_bytes = body_max_bytes

    async def read(self, request: Request) -> bytes:
        """The body. Raises PayloadTooLargeError, or NotAuthenticatedError when the signature fits no key."""
        body = await self._body(request)
        now, tolerance_s = self._clock(), self._tolerance_s
        try:
            verify(request.headers, body, await self._keys.signers(), now=now, tolerance_s=tolerance_s)
        except NotAuthenticatedError:
            # The key may have been made a moment ago, by another process.
            newest = await self._keys.signers(newest=True)
            verify(request.headers, body, newest, now=now, tolerance_s=tolerance_s)
        return body

    async def _body(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._body_max_bytes:
            raise PayloadTooLargeError(self._body_max_bytes)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._body_max_bytes:
                raise PayloadTooLargeError(self._body_max_bytes)
        return bytes(body)
