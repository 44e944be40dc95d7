"""Calls whose body is ready, over kept-open HTTP/1.1 connections: what a broadcast to thousands repeats for each recipient.

aiohttp's client costs some 0.3 ms a call, this 0.06 ms. It knows no more than a Bot API server needs: POST, JSON, one host.
Errors never hold the address that was called: the bot's token stands in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import cast

import aiohappyeyeballs
import httptools
from yarl import URL

_NO_BODY_YET = 200  # statuses below are not the answer


class WireError(Exception):
    """A call without an answer. was_sent: it went out, and may have been carried out."""

    def __init__(self, what: str, *, was_sent: bool) -> None:
        super().__init__(what)
        self.was_sent = was_sent


class WireTimeoutError(WireError):
    """The call went out, and no answer came in time."""

    def __init__(self) -> None:
        super().__init__("no answer in time", was_sent=True)


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """Status and body of an HTTP answer."""

    status: int
    body: bytes


class Wire:
    """Connections to one server. Belongs to the event loop in which it is first used.

    origin: scheme, host and port. size: connections at once; who finds none free waits. kept_open_s: an idle connection is not
    used again after that. connect_s, answer_s: seconds. tls: for tests, in the place of the system's trust.
    """

    def __init__(
        self,
        origin: URL,
        *,
        user_agent: str,
        size: int = 200,
        kept_open_s: float = 60.0,
        connect_s: float = 5.0,
        answer_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if origin.host is None or origin.port is None:
            raise ValueError("the server's address needs a host")
        self._host, self._port = origin.host, origin.port
        self._tls = (tls or ssl.create_default_context()) if origin.scheme == "https" else None
        named = f"[{origin.host}]" if ":" in origin.host else origin.host
        host = named if origin.is_default_port() else f"{named}:{origin.port}"
        self._headers = (
            f"Host: {host}\r\nUser-Agent: {user_agent}\r\nContent-Type: application/json\r\nContent-Length: "
        )
        self._heads: dict[str, bytes] = {}
        self._kept_open_s = kept_open_s
        self._connect_s = connect_s
        self._answer_s = answer_s
        self._room = asyncio.Semaphore(size)
        self._idle: list[_Connection] = []

    async def post(self, target: str, body: bytes) -> WireAnswer:
        """Send one call and wait for its answer. target: path and query. Raises WireError."""
        async with self._room:
            connection = self._kept() or await self._connect()
            try:
                answer = await connection.call(self._head(target), body, self._answer_s)
            finally:
                # Whatever ended the call early, a cancellation too: its answer must not be taken for the next one's.
                if connection.is_free:
                    self._idle.append(connection)
                else:
                    connection.close()
            return answer

    async def close(self) -> None:
        """Close every connection that is not in use."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        await asyncio.sleep(0)

    def _head(self, target: str) -> bytes:
        head = self._heads.get(target)
        if head is None:
            if len(self._heads) > 100:
                self._heads.clear()
            head = self._heads[target] = f"POST {target} HTTP/1.1\r\n{self._headers}".encode("ascii")
        return head

    def _kept(self) -> _Connection | None:
        # The one used last: the others grow old and are closed, so that few stay open after a burst.
        while self._idle:
            connection = self._idle.pop()
            if connection.is_free and connection.idle_s() < self._kept_open_s:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_s):
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                # Not create_connection alone: an IPv6 that leads nowhere would eat the whole time (uvloop tries one by one).
                way = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=0.25, interleave=1)
                name = self._host if self._tls is not None else None
                _, connection = await loop.create_connection(_Connection, sock=way, ssl=self._tls, server_hostname=name)
        except (OSError, ssl.CertificateError) as error:  # TimeoutError is one of the first
            raise WireError(f"{type(error).__module__}.{type(error).__qualname__}", was_sent=False) from None
        return connection


class _Connection(asyncio.Protocol):
    """One connection; one call at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[WireAnswer] | None = None
        self._is_open = True
        self._idle_since_s = self._loop.time()
        self._begin_answer()

    def _begin_answer(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._ends_with_connection = True
        self._has_head = False

    @property
    def is_free(self) -> bool:
        """Whether it can take a call."""
        return self._is_open and self._waiting is None

    def idle_s(self) -> float:
        """Seconds since its last answer."""
        return self._loop.time() - self._idle_since_s

    def close(self) -> None:
        """Close it at once."""
        self._is_open = False
        if self._transport is not None:
            self._transport.abort()

    async def call(self, head: bytes, body: bytes, answer_s: float) -> WireAnswer:
        """Send one request and wait for its answer. head: up to the value of the content's length. Raises WireError."""
        if self._transport is None:
            raise WireError("not connected", was_sent=False)
        waiting: asyncio.Future[WireAnswer] = self._loop.create_future()
        self._waiting = waiting
        timer = self._loop.call_later(answer_s, self._fail, WireTimeoutError())
        self._transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        try:
            answer = await waiting
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            timer.cancel()
        self._waiting = None
        return answer

    def _fail(self, error: WireError) -> None:
        self._is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own derives from none of asyncio's

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._waiting is None:
            self.close()  # nobody asked: what follows could be taken for somebody else's answer
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(WireError("no HTTP", was_sent=True))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._is_open = False
        if self._has_head and self._ends_with_connection and exc is None:
            self.on_message_complete()  # an answer of unknown length ends here, as HTTP/1.0 has it
        self._fail(WireError("the connection ended", was_sent=True))

    def on_header(self, name: bytes, _value: bytes) -> None:
        """Called by the parser for each header."""
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each piece."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser at the end of an answer."""
        status = self._parser.get_status_code()
        if status < _NO_BODY_YET:
            return
        if not self._parser.should_keep_alive():
            self._is_open = False
        answer = WireAnswer(status, b"".join(self._body))
        self._body, self._has_head, self._ends_with_connection = [], False, True
        self._idle_since_s = self._loop.time()
        with contextlib.suppress(asyncio.InvalidStateError):  # its time was over a moment ago
            if self._waiting is not None:
                self._waiting.set_result(answer)
