"""`ingest`: signed events stored durably a second, beside a bare FastAPI route on the same server."""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import orjson

from bot.clearance.schemas import EVENT_TYPE
from bot.clearance.signature import sign
from bot.launch.parts import free_port
from bot.settings import REPOSITORY
from tests.bench.figures import Figure

_CONNECTIONS = 32
_BATCH = 100


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """SQLite at synchronous=FULL; requests one at a time on each of 32 connections; both routes in turn, twice."""
    parser = argparse.ArgumentParser(prog="kouan bench ingest")
    parser.add_argument("--size", type=int, default=6000)
    count = parser.parse_args(options).size
    with tempfile.TemporaryDirectory(prefix="kb-") as folder:
        port = free_port()
        environment = {
            **os.environ,
            "KOUAN_DATA_DIR": folder,
            "KOUAN_RASA_URL": "http://127.0.0.1:9",
            "KOUAN_REDIS_URL": f"unix://{folder}/none.sock",
            "KOUAN_LOG_LEVEL": "ERROR",
        }
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.ingest_server", str(port)),
            cwd=REPOSITORY,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            secret = base64.b64decode((await server.stdout.readline()).decode().strip().removeprefix("whsec_"))
            await _until_open(port)
            return await _measured(progress, port, secret, count)
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()


async def _measured(progress: Callable[[str], None], port: int, secret: bytes, count: int) -> list[Figure]:
    rates: dict[str, list[float]] = {"bare": [], "single": [], "batch": []}
    for number in (1, 2):
        progress(f"ingest: round {number} of 2, {count} events")
        rates["bare"].append(await _send(port, [_request("/bare", b"{}", b"")] * count))
        singles = [_signed(secret, _event()) for _ in range(count)]
        rates["single"].append(await _send(port, singles))
        batches = [_signed(secret, [_event() for _ in range(_BATCH)]) for _ in range(count * 2 // _BATCH)]
        rates["batch"].append(await _send(port, batches) * _BATCH)
    best = {name: max(values) for name, values in rates.items()}
    return [
        Figure("one event a request", best["single"], "1/s", "bare FastAPI route", best["bare"]),
        Figure(f"events in batches of {_BATCH}", best["batch"], "1/s", "bare FastAPI route", best["bare"]),
    ]


def _event() -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": secrets.token_hex(8),
        "source": "urn:bench",
        "type": EVENT_TYPE,
        "time": datetime.now(UTC).isoformat(),
        "data": {"declaration_no": f"53162026{secrets.randbelow(10**10):010d}", "stage": "released"},
    }


def _signed(secret: bytes, document: object) -> bytes:
    body, name, now = orjson.dumps(document), secrets.token_hex(8), int(time.time())
    signature = sign(secret, name, now, body)
    headers = f"webhook-id: {name}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: {signature}\r\n".encode()
    return _request("/v1/clearance/events", body, headers)


def _request(path: str, body: bytes, headers: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode()
        + headers
        + b"\r\n"
        + body
    )


async def _until_open(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


async def _send(port: int, requests: Sequence[bytes]) -> float:
    """Requests a second; each connection waits for an answer before it asks again. Raises when one is not 202."""
    waiting = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000_000)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 202 " not in head.split(b"\r\n", 1)[0]:
                raise AssertionError(head.decode())
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(length)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(_CONNECTIONS)))
    return len(requests) / (time.perf_counter() - began)
