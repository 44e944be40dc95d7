"""The chat page is served with headers that let nothing foreign in, and is cached by its content."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from bot import problems
from bot.channels.web.pages import STATIC, ChatPage, chat_page_router, load_page

MODULES = sorted(path.name for path in STATIC.glob("*.js"))
FOREIGN = re.compile(
    r"""(?:src|href)=["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//|\son[a-z]+=|<style|style="""
)


@pytest.fixture
def page() -> ChatPage:
    return load_page()


@pytest.fixture
async def client(page: ChatPage) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(chat_page_router(page))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kouan") as client:
        yield client


async def test_page_allows_scripts_and_connections_of_its_own_origin_alone(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")

    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-type"].startswith("text/html")


async def test_page_names_its_files_under_their_content_and_all_are_there(
    client: httpx.AsyncClient, page: ChatPage
) -> None:
    named = re.findall(r'(?:src|href)="(/chat/[^"]+)"', (await client.get("/")).text)
    answers = [await client.get(name) for name in named]

    assert len(named) >= 5
    assert {name.split("/")[2] for name in named} == {page.version}
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}


async def test_unchanged_page_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    again = await client.get("/", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert again.status_code == 304
    assert again.content == b""


async def test_file_under_an_old_version_is_served_but_not_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/chat/0000000000000000/app.js")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "%2e%2e%2fpages.py", "..%2fpages.py"])
async def test_what_is_no_file_of_the_page_is_not_found(client: httpx.AsyncClient, page: ChatPage, name: str) -> None:
    assert (await client.get(f"/chat/{page.version}/{name}")).status_code == 404


@pytest.mark.parametrize("name", MODULES)
def test_modules_import_only_files_that_are_there(name: str) -> None:
    imported = re.findall(r'from "(.+?)"', (STATIC / name).read_text(encoding="utf-8"))

    assert {path for path in imported if not (STATIC / path).is_file()} == set()


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline() -> None:
    files = sorted(STATIC.iterdir())

    assert {"app.js", "index.html", "page.css"} <= {path.name for path in files}
    assert [path.name for path in files if FOREIGN.search(path.read_text(encoding="utf-8"))] == []
    assert [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) >= 300] == []


def test_version_changes_with_any_file(page: ChatPage, tmp_path: object) -> None:
    from pathlib import Path
    from shutil import copytree

    changed = Path(str(tmp_path)) / "static"
    copytree(STATIC, changed)
    (changed / "page.css").write_text("/* other */", encoding="utf-8")

    assert load_page(changed).version != page.version
