"""The lean way to the Bot API, against servers that answer in every way that HTTP has."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from telegram.error import Forbidden, NetworkError
from yarl import URL

from bot.channels.telegram.request import FloodWaitError, NoAnswerError, NotReachedError, Prepared, TelegramRequest
from bot.channels.telegram.wire import Wire, WireAnswer, WireError, WireTimeoutError

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Scripted:
    """A server that answers each request with the next of `answers`; None: not at all."""

    answers: list[bytes | None]
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    closes: bool = False

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    continue
                writer.write(answer)
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted(
    *answers: bytes | None, closes: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Scripted]:
    script = Scripted(list(answers), closes=closes)
    server = await asyncio.start_server(script.play, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    script.url = f"{'https' if tls else 'http'}://{'localhost' if tls else '127.0.0.1'}:{port}"
    try:
        yield script
    finally:
        server.close()


def plain(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def wire_to(script: Scripted, *, size: int = 200, answer_s: float = 10.0, tls: ssl.SSLContext | None = None) -> Wire:
    return Wire(URL(script.url), user_agent="test", size=size, answer_s=answer_s, connect_s=3.0, tls=tls)


async def test_one_connection_serves_one_call_after_the_other() -> None:
    async with scripted(plain(b"1"), plain(b"2", "429 Too Many Requests")) as server:
        wire = wire_to(server)

        answers = [await wire.post("/a?b=c", b"{}"), await wire.post("/a?b=c", b'{"x":1}')]
        await wire.close()

    assert answers == [WireAnswer(200, b"1"), WireAnswer(429, b"2")]
    assert server.connections == 1
    assert server.requests[1].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[1].endswith(b'Content-Length: 7\r\n\r\n{"x":1}')


async def test_chunked_answer_after_an_interim_one_is_read_whole() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with scripted(b"HTTP/1.1 100 Continue\r\n\r\n" + chunked, plain(b"next")) as server:
        wire = wire_to(server)

        answers = [await wire.post("/", b""), await wire.post("/", b"")]
        await wire.close()

    assert [answer.body for answer in answers] == [b"abcde", b"next"]
    assert server.connections == 1


async def test_answer_that_ends_with_the_connection_is_an_answer() -> None:
    async with scripted(b"HTTP/1.0 200 OK\r\n\r\nwhole", plain(b"2"), closes=True) as server:
        wire = wire_to(server)

        answers = [await wire.post("/", b""), await wire.post("/", b"")]
        await wire.close()

    assert [answer.body for answer in answers] == [b"whole", b"2"]
    assert server.connections == 2


async def test_connection_that_the_server_wants_closed_is_not_used_again() -> None:
    async with scripted(plain(b"1", more="Connection: close\r\n"), plain(b"2")) as server:
        wire = wire_to(server)

        await wire.post("/", b"")
        await wire.post("/", b"")
        await wire.close()

    assert server.connections == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"SSH-2.0-nothing\r\n"])
async def test_half_an_answer_or_none_may_have_been_carried_out(answer: bytes) -> None:
    async with scripted(answer, closes=True) as server:
        wire = wire_to(server)

        with pytest.raises(WireError) as caught:
            await wire.post("/bot1:secret/sendMessage", b"{}")
        await wire.close()

    assert caught.value.was_sent
    assert "secret" not in str(caught.value)


async def test_call_without_an_answer_in_time_leaves_none_for_the_next() -> None:
    async with scripted(None, plain(b"second")) as server:
        wire = wire_to(server, answer_s=0.2)

        with pytest.raises(WireTimeoutError):
            await wire.post("/", b"first")
        answer = await wire.post("/", b"second")
        await wire.close()

    assert answer.body == b"second"
    assert server.connections == 2


async def test_cancelled_call_leaves_no_answer_for_the_next() -> None:
    async with scripted(None, plain(b"second")) as server:
        wire = wire_to(server)
        first = asyncio.create_task(wire.post("/", b"first"))
        async with asyncio.timeout(5):
            while not server.requests:
                await asyncio.sleep(0.01)

        first.cancel()
        await asyncio.wait([first])
        answer = await wire.post("/", b"second")
        await wire.close()

    assert first.cancelled()
    assert answer.body == b"second"


async def test_nobody_listening_was_not_sent() -> None:
    async with scripted() as server:
        wire = wire_to(server)
    await asyncio.sleep(0)

    with pytest.raises(WireError) as caught:
        await wire.post("/", b"{}")

    assert not caught.value.was_sent


async def test_more_calls_than_connections_wait_for_one() -> None:
    async with scripted(*[plain(b"x")] * 20) as server:
        wire = wire_to(server, size=2)

        answers = await asyncio.gather(*(wire.post("/", b"") for _ in range(20)))
        await wire.close()

    assert len(answers) == 20
    assert server.connections == 2


async def test_connection_is_secured_and_the_name_is_checked(tmp_path: Path) -> None:
    theirs, ours = _certified(tmp_path, "localhost")
    async with scripted(plain(b"safe"), tls=theirs) as server:
        wire = wire_to(server, tls=ours)
        answer = await wire.post("/", b"")
        await wire.close()
        stranger = wire_to(server)
        with pytest.raises(WireError) as caught:
            await stranger.post("/", b"")

    assert answer.body == b"safe"
    assert not caught.value.was_sent


def _certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own, and a client's that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(pem)
    return theirs, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())


async def test_refusals_mean_the_same_as_on_the_usual_way() -> None:
    flood = b'{"ok":false,"error_code":429,"parameters":{"retry_after":7}}'
    blocked = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
    answers = [
        plain(b'{"ok":true,"result":{"message_id":5}}'),
        plain(flood, "429 Too Many Requests"),
        plain(blocked, "403 Forbidden"),
        plain(b"<html>", "502 Bad Gateway"),
        plain(b'{"ok": true, "resu'),
        plain(b'{"ok": true}'),
    ]
    async with scripted(*answers) as server:
        request, url, call = TelegramRequest(), f"{server.url}/bot1:t/sendMessage", Prepared(b"{}")

        result = await request.post_prepared(url, call)
        with pytest.raises(FloodWaitError) as flooded:
            await request.post_prepared(url, call)
        with pytest.raises(Forbidden, match="blocked by the user"):
            await request.post_prepared(url, call)
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await request.post_prepared(url, call)
        for _ in range(2):
            with pytest.raises(NoAnswerError):
                await request.post_prepared(url, call)
        await request.shutdown()

    assert result == {"message_id": 5}
    assert flooded.value.retry_after_s == 7


async def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(plain(b'{"ok":true,"result":1}')) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "excepted.invalid")
        request = TelegramRequest()

        result = await request.post_prepared("http://api.invalid/bot1:t/sendMessage", Prepared(b"{}"))
        with pytest.raises(NotReachedError):
            await request.post_prepared("http://excepted.invalid/bot1:t/sendMessage", Prepared(b"{}"))
        await request.shutdown()

    assert result == 1
    assert proxy.requests[0].startswith(b"POST http://api.invalid/bot1:t/sendMessage HTTP/1.1")
