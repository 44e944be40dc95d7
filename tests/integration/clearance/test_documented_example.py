"""docs/events.md: its programs send events that a served product takes."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis

from bot import problems
from bot.clearance.model import RANK, Stage
from bot.clearance.routes import clearance_router
from bot.clearance.schemas import EVENT_TYPE
from bot.clearance.service import ClearanceService
from bot.clearance.texts import load_stage_texts
from bot.clock import utc_now
from bot.delivery.outbox import Outbox
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Scope
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store

PAGE = (REPOSITORY / "docs" / "events.md").read_text(encoding="utf-8")
NUMBER = "531620261000123456"


def program(language: str, first_line: str) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return next(text for text in found if text.startswith(first_line))


@pytest.fixture
async def environment(sqlite_store: Store, redis: Redis, secrets: Secrets) -> AsyncIterator[dict[str, str]]:
    """A served product, as the variables that the programs read."""
    audit = AuditTrail(secrets)
    keys = KeyService(sqlite_store, utc_now, secrets, audit)
    people = PeopleService(sqlite_store, utc_now)
    texts = load_stage_texts(ZoneInfo("Asia/Shanghai"))
    service = ClearanceService(sqlite_store, utc_now, secrets, audit, Outbox(redis), people, texts)
    access = Access(keys, StaffService(sqlite_store, utc_now, audit), secrets)
    app = FastAPI()
    problems.install(app)
    app.include_router(clearance_router(service, keys, access, utc_now, tolerance_s=300, body_max_bytes=1_000_000))
    key = await keys.add("port-system", Scope.EVENTS, actor="system:test")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield os.environ | {"KOUAN_URL": f"http://127.0.0.1:{port}", "KOUAN_EVENTS_KEY": key}
    server.should_exit = True
    await serving


async def run(environment: dict[str, str], *command: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode().strip(), err.decode().strip()


async def test_python_program_reports_once(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "report.py"
    file.write_text(program("python", '"""Report one stage'), encoding="utf-8")

    first = await run(environment, sys.executable, str(file), NUMBER, "released")
    second = await run(environment, sys.executable, str(file), NUMBER, "released")

    assert first == (0, "accepted", "")
    assert second == (0, "duplicate", "")


async def test_python_program_shows_every_fault_and_gives_up(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "report.py"
    file.write_text(program("python", '"""Report one stage'), encoding="utf-8")

    code, _, shown = await run(environment, sys.executable, str(file), "123", "landed")

    assert code == 1
    assert "declaration_no" in shown
    assert "stage" in shown


async def test_shell_program_reports_once(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "report.sh"
    file.write_text(program("sh", "#!/bin/sh"), encoding="utf-8")

    code, out, err = await run(environment, "sh", str(file), NUMBER, "stored")

    assert (code, err) == (0, "")
    assert '"result":"accepted"' in out


async def test_wrong_key_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "report.sh"
    file.write_text(program("sh", "#!/bin/sh"), encoding="utf-8")

    code, out, _ = await run(environment | {"KOUAN_EVENTS_KEY": "whsec_AAAA"}, "sh", str(file), NUMBER, "stored")

    assert code == 22
    assert '"status":401' in out


def test_page_names_every_stage_with_its_rank() -> None:
    ranks = dict(re.findall(r"^\| `(\w+)` \| \S+ \| (\d+) \|", PAGE, re.MULTILINE))

    assert ranks == {stage.value: str(rank) for stage, rank in RANK.items()}
    assert all(f"`{stage}`" in PAGE for stage in Stage)
    assert EVENT_TYPE in PAGE
