"""The files on real parts: whose they are, crashes, the way in by HTTP and Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot import problems
from bot.errors import NotFoundError, UnavailableError
from bot.files.model import FileRefusedError
from bot.files.personal import PersonalFiles
from bot.files.routes import files_router
from bot.files.service import UNHELD_LIFE, UNHELD_MOST, FileStore
from bot.files.words import load_file_words
from bot.limits import BodyLimit
from bot.people.service import PeopleService, WebSessions
from bot.secrets import Secrets
from bot.store.engine import Store
from bot.store.schema import stored_files
from tests.files import PDF, photo_with_place, picture

MAX_BYTES = 100_000


class Clock:
    now = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(store: Store, clock: Clock, folder: Path) -> FileStore:
    return FileStore(store, clock, folder, max_bytes=MAX_BYTES)


async def person(store: Store, address: str = "1") -> str:
    people = PeopleService(store, lambda: datetime.now(UTC))
    return (await people.meet("telegram", address, private=True, language="en")).id


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def rows(store: Store) -> list[Any]:
    async with store.read() as connection:
        return list(await connection.execute(select(stored_files)))


async def test_file_is_kept_under_a_random_name_for_its_owner_alone(
    store: Store, files: FileStore, folder: Path
) -> None:
    owner, other = await person(store), await person(store, "2")
    kept = await files.put(PDF, "../../报关单.pdf", owner)

    assert (await files.get(kept.id, owner)).content == PDF
    assert kept.name == "报关单.pdf"
    assert contents(folder) == [kept.id]
    with pytest.raises(NotFoundError):
        await files.get(kept.id, other)
    with pytest.raises(NotFoundError):
        await files.get("f" * 32, owner)


async def test_refused_file_leaves_nothing(store: Store, files: FileStore, folder: Path) -> None:
    with pytest.raises(FileRefusedError):
        await files.put(b"<svg/>", "a.png", await person(store))

    assert contents(folder) == []
    assert await rows(store) == []


async def test_row_that_cannot_be_written_leaves_no_content(store: Store, files: FileStore, folder: Path) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await files.put(PDF, "a.pdf", "0" * 32)

    assert contents(folder) == []


async def test_same_message_twice_keeps_one_file(store: Store, files: FileStore, folder: Path) -> None:
    owner = await person(store)
    kept = await asyncio.gather(*(files.put(PDF, "a.pdf", owner, once="telegram:7") for _ in range(4)))

    assert len({ref.id for ref in kept}) == 1
    assert contents(folder) == [kept[0].id]
    assert (await files.put(PDF, "a.pdf", owner, once="telegram:8")).id != kept[0].id


async def test_content_of_a_process_that_died_is_swept_and_living_files_stay(
    store: Store, files: FileStore, folder: Path
) -> None:
    kept = await files.put(PDF, "a.pdf", await person(store))
    orphan, half = folder / "aa" / ("a" * 32), folder / "bb" / f".{'b' * 32}"
    for path in (orphan, half):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    await files.sweep()
    assert len(contents(folder)) == 3

    assert await files.sweep(orphan_after_s=-1) == 2
    assert contents(folder) == [kept.id]


async def test_what_no_case_takes_goes_in_time_and_what_one_took_stays(
    store: Store, files: FileStore, folder: Path, clock: Clock
) -> None:
    owner = await person(store)
    taken, free = await files.put(PDF, "a.pdf", owner), await files.put(PDF, "b.pdf", owner)
    async with store.write() as connection:
        await files.hold(connection, [taken.id], owner, "complaint:1")
    clock.now += UNHELD_LIFE + timedelta(minutes=1)
    await files.tick()
    await files.tick()

    assert contents(folder) == [taken.id]
    assert [row.id for row in await rows(store)] == [taken.id]
    assert (await files.get_held(taken.id, "complaint:1")).content == PDF
    with pytest.raises(NotFoundError):
        await files.get_held(taken.id, "complaint:2")
    with pytest.raises(NotFoundError):
        await files.get(free.id, owner)


async def test_case_takes_only_files_of_who_sends_it_and_none_of_another_case(store: Store, files: FileStore) -> None:
    owner, other = await person(store), await person(store, "2")
    kept = await files.put(PDF, "a.pdf", owner)
    async with store.write() as connection:
        await files.hold(connection, [kept.id], owner, "complaint:1")
        await files.hold(connection, [kept.id], owner, "complaint:1")
        for who, holder in ((other, "complaint:1"), (owner, "complaint:2")):
            with pytest.raises(NotFoundError):
                await files.hold(connection, [kept.id], who, holder)


async def test_anonymous_file_leads_back_to_nobody(store: Store, files: FileStore) -> None:
    owner = await person(store)
    kept = await files.put(photo_with_place(), "my name.jpg", owner, once="telegram:1")
    async with store.write() as connection:
        await files.hold(connection, [kept.id], owner, "complaint:1", anonymous=True)

    row = (await rows(store))[0]
    assert (row.person_id, row.once) == (None, None)
    with pytest.raises(NotFoundError):
        await files.get(kept.id, owner)


async def test_erasing_takes_content_name_and_person(store: Store, files: FileStore, folder: Path) -> None:
    owner = await person(store)
    free, held = await files.put(PDF, "a.pdf", owner), await files.put(PDF, "b.pdf", owner)
    personal = PersonalFiles()
    async with store.write() as connection:
        await files.hold(connection, [held.id], owner, "complaint:1")
        assert {one["id"] for one in await personal.export(connection, owner)} == {free.id, held.id}
        remains = await personal.erase(connection, owner, datetime.now(UTC))
    await files.tick()

    assert list(remains) == ["files: 1"]
    assert contents(folder) == [held.id]
    assert [row.person_id for row in await rows(store)] == [None]
    async with store.write() as connection:
        assert await personal.export(connection, owner) == []
        assert await files.erase_held(connection, "complaint:1") == 1
    await files.tick()
    assert contents(folder) == []


async def test_changed_or_missing_content_is_not_handed_out(store: Store, files: FileStore, folder: Path) -> None:
    owner = await person(store)
    kept = await files.put(PDF, "a.pdf", owner)
    (folder / kept.id[:2] / kept.id).write_bytes(b"other")
    with pytest.raises(UnavailableError):
        await files.get(kept.id, owner)
    (folder / kept.id[:2] / kept.id).unlink()
    with pytest.raises(UnavailableError):
        await files.get(kept.id, owner)


async def test_one_person_cannot_fill_the_disk(store: Store, files: FileStore) -> None:
    owner = await person(store)
    for _ in range(UNHELD_MOST):
        await files.put(b"text", "a.txt", owner)

    with pytest.raises(FileRefusedError) as refused:
        await files.put(b"text", "a.txt", owner)
    assert refused.value.faults[0].code == "too-many"


@pytest.fixture
async def http(
    sqlite_store: Store, tmp_path: Path, secrets: Secrets
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    people, sessions = PeopleService(sqlite_store, lambda: datetime.now(UTC)), WebSessions(secrets)
    kept = FileStore(sqlite_store, lambda: datetime.now(UTC), tmp_path / "files", max_bytes=MAX_BYTES)
    app = FastAPI()
    problems.install(app)
    app.add_middleware(BodyLimit, limit_bytes=10_000, larger={"/v1/files": MAX_BYTES + 10_000})
    app.include_router(files_router(kept, load_file_words(), people, sessions))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        yield client, {"Authorization": f"Bearer {sessions.issue()}"}


async def test_upload_fetch_and_delete(http: tuple[httpx.AsyncClient, dict[str, str]]) -> None:
    client, mine = http
    sent = await client.post("/v1/files", files={"file": ('a"b.jpg', picture())}, headers=mine)
    address = f"/v1/files/{sent.json()['id']}"
    got = await client.get(address, headers=mine)

    assert sent.status_code == 201
    assert sent.json()["kind"] == "jpeg"
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await client.get(address)).status_code == 401
    assert (await client.delete(address, headers=mine)).status_code == 204
    assert (await client.get(address, headers=mine)).status_code == 404


async def test_refusal_says_every_reason_in_the_persons_language(
    http: tuple[httpx.AsyncClient, dict[str, str]],
) -> None:
    client, mine = http
    sent = await client.post("/v1/files?locale=zh-Hant", files={"file": ("a.png", b"<svg/>")}, headers=mine)

    assert sent.status_code == 422
    assert sent.json()["faults"][0]["code"] == "markup"
    assert "螢幕截圖" in sent.json()["text"] or "截圖" in sent.json()["text"]


async def test_upload_has_its_own_limit(http: tuple[httpx.AsyncClient, dict[str, str]]) -> None:
    client, mine = http
    for size, status in ((50_000, 201), (MAX_BYTES + 1, 422), (MAX_BYTES + 20_000, 413)):
        sent = await client.post("/v1/files", files={"file": ("a.txt", b"a" * size)}, headers=mine)
        assert sent.status_code == status
