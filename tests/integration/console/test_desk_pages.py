"""The desk in the console: as requests, and in a real browser on a phone and on a desk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Response
from playwright.async_api import expect
from redis.asyncio import Redis

from bot import problems
from bot.console.desk_pages import desk_pages
from bot.console.desk_setup_pages import desk_setup_pages
from bot.console.frame import Frame, static_file
from bot.console.texts import load_console_texts
from bot.handoff.live import LiveDesk
from bot.handoff.routes import desk_router, roster_router
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import StaffMember, StaffSession
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.engine import Store
from knowledge.load import load_knowledge
from tests.browser import find_chromium, open_browser
from tests.fakes import FakeClock
from tests.handoff_desk import MONDAY, PASSWORD, ZONE, TestDesk, open_desk

SIZES = [(390, 844), (1280, 800)]


@pytest.fixture
async def desk(sqlite_store: Store, redis: Redis, secrets: Secrets) -> TestDesk:
    """A desk on SQLite."""
    knowledge = load_knowledge(REPOSITORY / "knowledge")
    return await open_desk(sqlite_store, redis, secrets, FakeClock(MONDAY), knowledge=knowledge)


@pytest.fixture
def app(desk: TestDesk, secrets: Secrets) -> FastAPI:
    """The desk's pages and routes."""
    access = Access(KeyService(desk.store, desk.clock, secrets, desk.desk.audit), desk.staff, secrets)
    frame = Frame(load_console_texts(), ZONE, secure=False)
    app = FastAPI()
    problems.install(app)
    app.include_router(desk_setup_pages(frame, desk.roster, access))
    app.include_router(desk_pages(frame, desk.desk, desk.passing, LiveDesk(desk.desk, every_s=0.05), access))
    app.include_router(desk_router(desk.desk, desk.passing, access))
    app.include_router(roster_router(desk.roster, access))

    @app.get("/console/static/{name}")
    async def static(name: str) -> Response:
        content, kind = static_file(name)
        return Response(content, media_type=kind)

    return app


@asynccontextmanager
async def browsing(
    app: FastAPI, desk: TestDesk, member: StaffMember
) -> AsyncIterator[tuple[httpx.AsyncClient, StaffSession]]:
    """A member's logged-in client."""
    session_id, session = await desk.staff.log_in(member.name, PASSWORD)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", cookies={"kouan_staff": session_id}
    ) as client:
        yield client, session


async def test_an_officer_takes_answers_once_passes_and_closes(app: FastAPI, desk: TestDesk) -> None:
    person = await desk.person(language="en")
    await desk.case(person, language="en")
    await desk.service.hear(person, "<b>My goods</b> were held", "r1", "en")
    async with browsing(app, desk, desk.officer) as (client, session):
        form = {"csrf": session.csrf}
        queue = await client.get("/console/desk?lang=en")
        taken = await client.post("/console/desk/1/take", data=form)
        page = await client.get("/console/desk/1")
        answer = form | {"text": "One moment", "once": "0123456789abcdef"}
        first, second = [await client.post("/console/desk/1/answer", data=answer) for _ in range(2)]
        empty = await client.post("/console/desk/1/answer", data=form | {"text": " "})
        passed = await client.post("/console/desk/1/pass", data=form | {"to_team": "maritime", "reason": "joint"})
        again = await client.post("/console/desk/1/take", data=form)
        found = await client.get("/console/desk/1?find=滞报金")
        closed = await client.post("/console/desk/1/close", data=form)

    assert "My goods" in queue.text
    assert "<b>My goods" not in queue.text + page.text
    assert [one.status_code for one in (taken, first, second, passed, closed)] == [303] * 5
    assert (empty.status_code, again.status_code) == (422, 409)
    assert "late-declaration-fee" in found.text
    said = (await desk.desk.sight.view(1, desk.admin)).messages
    assert [one.text for one in said if one.side == "staff"] == ["One moment"]


async def test_a_case_of_another_team_is_not_shown(app: FastAPI, desk: TestDesk) -> None:
    await desk.case(await desk.person())
    async with browsing(app, desk, desk.border) as (client, session):
        page = await client.get("/console/desk/1")
        api = await client.post("/v1/handoff/cases/1/take", headers={"x-csrf-token": session.csrf})
        setup = await client.get("/console/desk/setup")

    assert (page.status_code, api.status_code, setup.status_code) == (403, 403, 403)


async def test_an_administrator_sets_up_the_desk_and_is_told_all_that_is_wrong(app: FastAPI, desk: TestDesk) -> None:
    async with browsing(app, desk, desk.admin) as (client, session):
        form = {"csrf": session.csrf}
        names = {f"{part}-{lang}": "综合" for part in ("name", "title") for lang in ("zh-Hans", "zh-Hant", "en")}
        numbers = {"untaken_minutes": "5", "silent_minutes": "20", "idle_minutes": "60", "rank": "1"}
        good = form | names | numbers | {"team": "hall", "function": "general", "working": "00:00-24:00", "special": ""}
        saved = await client.post("/console/desk/setup/team", data=good)
        bad = await client.post(
            "/console/desk/setup/team",
            data=good | {"working": "9-5", "function": "police", "special": "someday 09:00-10:00"},
        )
        duty = {"kind": "director", "name": "Admin", "starts_at": "2026-11-23T08:00", "ends_at": "2026-11-24T08:00"}
        put = await client.post("/console/desk/setup/duty", data=form | duty)
        canned = form | {
            "shortcut": "wait",
            "text-zh-Hans": "请稍等",
            "text-zh-Hant": "請稍等",
            "text-en": "One moment",
        }
        kept = await client.post("/console/desk/setup/canned", data=canned)
        page = await client.get("/console/desk/setup?lang=en")

    assert [one.status_code for one in (saved, put, kept)] == [303, 303, 303]
    assert bad.status_code == 422
    assert all(part in bad.text for part in ("hours_working", "function", "hours_special"))
    assert "duty director" in page.text
    assert next(iter(await desk.roster.teams())) in {"customs", "hall"}


async def test_the_api_takes_and_answers_with_the_whole_case(app: FastAPI, desk: TestDesk) -> None:
    await desk.case(await desk.person())
    async with browsing(app, desk, desk.officer) as (client, session):
        headers = {"x-csrf-token": session.csrf}
        listed = (await client.get("/v1/handoff/cases")).json()
        taken = (await client.post("/v1/handoff/cases/1/take", headers=headers)).json()
        neither = await client.post("/v1/handoff/cases/1/answers", headers=headers, json={})
        answered = (await client.post("/v1/handoff/cases/1/answers", headers=headers, json={"text": "好"})).json()

    assert (listed[0]["number"], listed[0]["place"], listed[0]["state"]) == (1, 1, "waiting")
    assert (taken["case"]["state"], taken["case"]["owner"]) == ("taken", "王关员")
    assert neither.status_code == 422
    assert [one["text"] for one in answered["messages"] if one["side"] == "staff"] == ["好"]


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The app on a free port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.mark.e2e
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_the_desk_in_a_browser_shows_what_comes_without_losing_what_is_typed(
    app: FastAPI, desk: TestDesk, width: int, height: int
) -> None:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium: install chromium, or name one in KOUAN_CHROMIUM")
    shots = os.environ.get("KOUAN_SHOTS")
    person = await desk.person()
    await desk.service.parts.talk.remember(person.address_id, [("person", "进口要几天申报"), ("bot", "14天内。")], None)
    await desk.case(person)
    await desk.service.agree(person, "zh-Hans", shows=True)
    await desk.service.hear(person, "我的一票货今天早上被通知查验，柜号在照片里，什么时候能查完？", "a", "zh-Hans")
    session_id, _ = await desk.staff.log_in(desk.officer.name, PASSWORD)
    async with listening(app) as url, open_browser(executable) as browser:
        context = await browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        await context.add_cookies([{"name": "kouan_staff", "value": session_id, "url": url}])
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        await page.goto(f"{url}/console/desk")
        if shots:
            await page.screenshot(path=Path(shots) / f"desk-{width}.png", full_page=True)
        await page.get_by_role("button", name="接手").click()
        await page.get_by_label("答复").fill("正在写的话")
        await desk.service.hear(person, "还有一件事", "b", "zh-Hans")
        await expect(page.get_by_text("还有一件事")).to_be_visible(timeout=20_000)
        assert await page.get_by_label("答复").input_value() == "正在写的话"
        await page.get_by_role("button", name="发送").first.click()
        await expect(page.locator(".said.staff p", has_text="正在写的话")).to_be_visible(timeout=20_000)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if shots:
            await page.screenshot(path=Path(shots) / f"case-{width}.png", full_page=True)
        await context.close()

    assert wide <= 0
    assert errors == []
