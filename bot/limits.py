"""A cap on request bodies, for every route, before anything of them is parsed."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import PayloadTooLargeError
from bot.problems import problem


class BodyLimit:
    """Plain ASGI: answers 413 when a body is, or turns out to be, larger than limit_bytes."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit_bytes:
            await self._refuse(scope, receive, send)
            return
        started = exceeded = False
        read_bytes = 0

        async def counted_receive() -> Message:
            nonlocal read_bytes, exceeded
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._limit_bytes:
                exceeded = True
                raise PayloadTooLargeError(self._limit_bytes)
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
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = PayloadTooLargeError(self._limit_bytes)
        response = problem(error.http_status, error.code, str(error), limit_bytes=self._limit_bytes)
        response.headers["connection"] = "close"
        await response(scope, receive, send)
