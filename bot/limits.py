"""A cap on request bodies, for every route, before anything of them is parsed."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import PayloadTooLargeError, TooManyAttemptsError
from bot.problems import problem


class Bucket:
    """At most `limit` in any `window_s` seconds, of all callers together: for routes on which nobody can be told apart."""

    def __init__(self, limit: int, window_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._window_s = window_s
        self._monotonic = monotonic
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Take one. Raises TooManyAttemptsError when there is none left."""
        now = self._monotonic()
        while self._taken and self._taken[0] <= now - self._window_s:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            raise TooManyAttemptsError(math.ceil(self._taken[0] + self._window_s - now))
        self._taken.append(now)


class BodyLimit:
    """Plain ASGI: answers 413 when a body is, or turns out to be, larger than limit_bytes.

    larger: for single paths, the limit that holds there.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes = self._larger.get(scope["path"], self._limit_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit_bytes:
            await _refuse(limit_bytes, scope, receive, send)
            return
        started = exceeded = False
        read_bytes = 0

        async def counted_receive() -> Message:
            nonlocal read_bytes, exceeded
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > limit_bytes:
                exceeded = True
                raise PayloadTooLargeError(limit_bytes)
            return message

        async def noted_send(message: Message) -> None:
            nonlocal started
            if exceeded and not started:
                # A framework that parses the body makes a 400 of our error; the answer is the one below.
                return
            started = True
            await send(message)

        try:
            await self._app(scope, counted_receive, noted_send)
        except PayloadTooLargeError:
            if started:
                raise
        if exceeded and not started:
            await _refuse(limit_bytes, scope, receive, send)


async def _refuse(limit_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    error = PayloadTooLargeError(limit_bytes)
    response = problem(error.http_status, error.code, str(error), limit_bytes=limit_bytes)
    response.headers["connection"] = "close"
    await response(scope, receive, send)
