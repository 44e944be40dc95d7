"""Files of receipts: whole or not at all, again without effect, over HTTP signed as events are."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from bot import problems
from bot.clearance.importing import ReceiptImport
from bot.clearance.model import Stage
from bot.clearance.receipt_routes import receipts_router
from bot.clearance.receipts import load_channels
from bot.clearance.signed import SignedBody
from bot.cli import main
from bot.errors import InvalidInputError
from bot.store.schema import clearance_events
from tests.events import DECLARATION_NO, signed
from tests.integration.clearance.conftest import BODY_MAX_BYTES, Port
from tests.unit.clearance.test_receipts import result


def importing(port: Port) -> ReceiptImport:
    channels = load_channels(Path("/nonexistent"))
    return ReceiptImport(port.store, port.clock, port.service, channels, ZoneInfo("Asia/Shanghai"))


async def test_a_file_is_taken_once_and_its_receipts_too(port: Port) -> None:
    content = result().encode()

    first = await importing(port).take(content, "a.xml")
    again = await importing(port).take(content, "b.xml")
    inside_another = await importing(port).take(f"<ALL>{result()}{result(CHANNEL='R')}</ALL>".encode(), "c.xml")

    assert (first.accepted, again.known, inside_another.accepted) == (1, True, 1)
    clearance = await port.service.status_for_staff(DECLARATION_NO, actor="staff:x")
    assert clearance.stage is Stage.CLOSED


async def test_a_file_with_a_fault_leaves_nothing(sqlite_port: Port) -> None:
    with pytest.raises(InvalidInputError):
        await importing(sqlite_port).take(f"<ALL>{result()}{result(CHANNEL='?')}</ALL>".encode(), "a.xml")

    assert await sqlite_port.count(clearance_events) == 0


async def test_receipts_come_signed_over_http(sqlite_port: Port) -> None:
    port, app, body = sqlite_port, FastAPI(), result().encode()
    problems.install(app)
    check = SignedBody(port.keys, port.clock, tolerance_s=300, body_max_bytes=BODY_MAX_BYTES)
    app.include_router(receipts_router(importing(port), check))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        right = signed(body, port.secret, port.clock.now)
        taken = await client.post("/v1/clearance/receipts", content=body, headers=right)
        forged = await client.post("/v1/clearance/receipts", content=body + b" ", headers=right)
        wrong = signed(b"<html/>", port.secret, port.clock.now)
        refused = await client.post("/v1/clearance/receipts", content=b"<html/>", headers=wrong)

    assert (taken.status_code, taken.json()["accepted"]) == (202, 1)
    assert forged.status_code == 401
    assert (refused.status_code, refused.json()["faults"][0]["code"]) == (422, "unknown")


def test_the_terminal_takes_the_good_files_and_names_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KOUAN_SECRET", "t" * 40)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "good.xml").write_text(result(), encoding="utf-8")
    (inbox / "bad.csv").write_text("declaration_no,stage,time\n12,released,2026-11-20T09:30:00+08:00\n")
    command = ["--data-dir", str(tmp_path / "data"), "receipts", "import", str(inbox)]

    codes = [main(command), main(command)]

    assert codes == [1, 1]
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "2 files: 1 receipts, 1 new, 0 files known already, 1 files refused",
        "2 files: 1 receipts, 0 new, 1 files known already, 1 files refused",
    ]
    assert "bad.csv:2: declaration_no" in told.err
