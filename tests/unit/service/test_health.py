"""Readiness names each part; one that hangs or fails is down."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot import health
from bot.health import Check, Health
from bot.health_routes import health_router
from tests.fakes import own_counters


async def up() -> bool:
    return True


async def down() -> bool:
    return False


async def fails() -> bool:
    raise RuntimeError("whatever")


async def hangs() -> bool:
    await asyncio.sleep(60)
    return True


async def readiness(folder: Path, **checks: tuple[bool, Check]) -> httpx.Response:
    app = FastAPI()
    app.include_router(health_router(Health(checks), folder, own_counters))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        return await http.get("/readyz")


async def test_with_all_parts_up_it_is_ready(tmp_path: Path) -> None:
    answer = await readiness(tmp_path, database=(True, up), telegram=(False, up))

    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert list(answer.json()["parts"]) == ["database", "telegram"]


@pytest.mark.parametrize("check", [down, fails])
async def test_with_a_needed_part_down_it_is_not_ready(tmp_path: Path, check: Check) -> None:
    answer = await readiness(tmp_path, database=(True, up), redis=(True, check))

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["parts"]["redis"]["state"] == "down"


async def test_a_part_that_is_not_needed_may_be_down(tmp_path: Path) -> None:
    answer = await readiness(tmp_path, database=(True, up), telegram=(False, down))

    assert (answer.status_code, answer.json()["parts"]["telegram"]) == (200, {"state": "down", "required": False})


async def test_parts_that_hang_are_down_and_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_TIMEOUT_S", 0.2)
    began = time.perf_counter()

    answer = await readiness(tmp_path, a=(True, hangs), b=(True, hangs), c=(True, up))

    assert [part["state"] for part in answer.json()["parts"].values()] == ["down", "down", "up"]
    assert time.perf_counter() - began < 2


async def test_what_the_launcher_knows_of_a_part_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "parts.json").write_text(json.dumps({"rasa": {"process": "restarting", "restarts": 2}}))

    answer = await readiness(tmp_path, rasa=(True, down))

    assert answer.json()["parts"]["rasa"] == {"state": "down", "required": True, "process": "restarting", "restarts": 2}


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
async def test_a_file_that_cannot_be_read_is_left_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "parts.json").write_text(content)

    assert (await readiness(tmp_path, rasa=(True, up))).json()["ready"] is True


async def test_an_address_that_answers_is_up() -> None:
    async def serve(reader: Any, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        assert await health.answers(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
