"""The public page in a real browser: it verifies with the network cut, and sheets hold codes that scan."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pypdfium2
import pytest
import uvicorn
import zxingcpp
from fastapi import FastAPI
from playwright.async_api import Page
from redis.asyncio import Redis

from bot import problems
from bot.desks.labels.verify_routes import verify_router
from bot.secrets import Secrets
from bot.store.engine import Store
from tests.browser import find_chromium, open_browser
from tests.fair import Fair, cells, open_fair

LONG = "胡蘿蔔與各種新鮮蔬菜的展示樣品，附說明書與展示架一套，含電源與配件"


@pytest.fixture
async def fair(sqlite_store: Store, redis: Redis, secrets: Secrets, tmp_path: Path) -> Fair:
    """On SQLite alone: pages and sheets do not depend on the database."""
    return await open_fair(sqlite_store, redis, secrets, tmp_path)


@asynccontextmanager
async def served(fair: Fair) -> AsyncIterator[str]:
    """The page on an address of its own; after the context nobody answers there."""
    app = FastAPI()
    problems.install(app)
    app.include_router(verify_router(fair.desk.proof, fair.desk.keys))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def verdict(page: Page) -> str | None:
    """What the page says."""
    await page.wait_for_selector("#result:not([hidden])", timeout=30_000)
    return await page.get_attribute("#result", "data-verdict")


async def put(page: Page, code: str) -> None:
    """Paste a code and verify it."""
    await page.evaluate("document.getElementById('result').hidden = true")
    await page.fill("#code", code)
    await page.click("#paste button[type=submit]")


async def test_a_label_is_verified_with_the_network_cut(fair: Fair) -> None:
    chromium = find_chromium()
    assert chromium is not None, "no browser"
    (label,) = await fair.issued()
    event = (await fair.desk.events.all_events())[0]
    code = (await fair.desk.proof.codes(label, event))[0]
    forged = code[:60] + ("A" if code[60] != "A" else "B") + code[61:]

    async with open_browser(chromium) as browser:
        page = await (await browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})).new_page()
        async with served(fair) as url:
            await page.goto(f"{url}/v/#{code}")
            online = await verdict(page)
            await page.wait_for_function("document.getElementById('online').textContent.includes('已签发')")
            await page.wait_for_selector("html[data-offline=ready]", state="attached", timeout=30_000)
        # The server is gone now: what answers is the service worker's copy.
        await page.context.set_offline(True)
        await page.goto("about:blank")
        await page.goto(f"{url}/v/#{code}")
        offline = await verdict(page)
        await page.wait_for_function("document.getElementById('online').textContent.includes('没有网络')")
        facts = await page.inner_text("#facts")
        await page.click("#compare summary")
        values = {"name": "数控机床", "hs": "8457101000", "quantity": "12", "unit": "台", "origin": "德国"}
        for name, value in values.items():
            await page.fill(f"#g-{name}", value)
        await page.click("#goods button")
        await page.wait_for_selector("#same[data-same=true]")
        await page.fill("#g-quantity", "120")
        await page.click("#goods button")
        await page.wait_for_selector("#same[data-same=false]")
        await put(page, forged)
        false = await verdict(page)
        await put(page, "hello")
        nonsense = await verdict(page)
        width = await page.evaluate("document.documentElement.scrollWidth")

    # The clock of the test and of the browser are two: only one of them stands in the label's days.
    assert online in {"is_valid", "is_out_of_time"}
    assert offline == online
    assert "EXPO26-000001-X" in facts
    assert (false, nonsense) == ("is_signature", "is_format")
    assert width <= 390


async def test_a_sheet_names_the_goods_in_chinese_and_its_codes_scan(fair: Fair) -> None:
    labels = await fair.issued(cells(name=LONG), cells(name="香槟", packages="8"))

    content = await fair.desk.proof.sheet(labels[0].application_id, fair.exhibitor.id)

    document = pypdfium2.PdfDocument(io.BytesIO(content))
    texts = [page.get_textpage().get_text_range() for page in document]
    codes = [found.text for page in document for found in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    document.close()
    assert len(texts) == 2
    assert "胡蘿蔔與各種新鮮蔬菜" in texts[0]
    assert "8 / 8" in texts[1]
    assert len(codes) == 10
    assert all(code.startswith("https://kouan.example.cn/v/#") for code in codes)
    proofs = [await fair.desk.proof.check(code) for code in codes]
    assert {proof.fault for proof in proofs} == {None}
    assert sorted((proof.code.serial_no, proof.code.package) for proof in proofs if proof.code) == [
        *((1, number) for number in (1, 2)),
        *((2, number) for number in range(1, 9)),
    ]
