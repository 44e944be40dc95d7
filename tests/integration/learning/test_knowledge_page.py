"""The page on which staff look after the knowledge base."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from bot import problems
from bot.channels.model import Reply
from bot.console.pages import knowledge_console
from bot.learning.service import LearningService
from bot.learning.texts import load_learning_texts
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Role
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from knowledge.load import Knowledge, load_knowledge
from knowledge.phrasings import phrasings_file, read_phrasings
from tests.fakes import FakeClock

PASSWORD = "a long password for tests"
ZONE = ZoneInfo("Asia/Shanghai")
NO = [Reply(text="这不属于口岸业务。", kind="out_of_scope")]
ENTRY = "import-declaration-deadline"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture
def learning(sqlite_store: Store, secrets: Secrets, knowledge: Knowledge, tmp_path: Path) -> LearningService:
    audit, file = AuditTrail(secrets), phrasings_file(tmp_path)
    return LearningService(sqlite_store, FakeClock(), ZONE, audit, knowledge, load_learning_texts(), file)


async def browser(
    store: Store, secrets: Secrets, learning: LearningService, role: Role
) -> tuple[httpx.AsyncClient, str]:
    """A browser in which somebody of this role is logged in, and their CSRF token."""
    clock, audit = FakeClock(), AuditTrail(secrets)
    staff = StaffService(store, clock, audit, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    await staff.add("li", role, PASSWORD, actor="test")
    session_id, session = await staff.log_in("li", PASSWORD)
    access = Access(KeyService(store, clock, secrets, audit), staff, secrets)
    app = FastAPI()
    problems.install(app)
    app.include_router(knowledge_console(learning, access, ZONE, secure=False))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
    client.cookies.set("kouan_staff", session_id)
    return client, session.csrf


@pytest.mark.parametrize(("lang", "says"), [("zh", "没答好的问题"), ("en", "Questions not answered well")])
async def test_what_waits_is_shown_in_both_languages(
    sqlite_store: Store, secrets: Secrets, learning: LearningService, lang: str, says: str
) -> None:
    await learning.heard("c", "<b>量子货物</b>怎么报", "zh-Hans", NO)
    client, _ = await browser(sqlite_store, secrets, learning, Role.APPROVER)

    page = await client.get(f"/console/knowledge?lang={lang}")

    assert page.status_code == 200
    assert says in page.text
    assert "&lt;b&gt;量子货物" in page.text


async def test_a_group_is_filed_with_one_form(
    sqlite_store: Store, secrets: Secrets, learning: LearningService, tmp_path: Path
) -> None:
    await learning.heard("c", "量子货物怎么报", "zh-Hans", NO)
    (group,) = await learning.open_groups()
    client, csrf = await browser(sqlite_store, secrets, learning, Role.APPROVER)
    form = {"csrf": csrf, "ids": ",".join(map(str, group.ids)), "text": "量子货物怎么报", "entry": "no-such-entry"}

    wrong = await client.post("/console/knowledge/file", data=form)
    done = await client.post("/console/knowledge/file", data=form | {"entry": ENTRY})

    assert wrong.status_code == 422
    assert "没有这个编号的条目" in wrong.text
    assert 'value="no-such-entry"' in wrong.text  # what was typed is still there
    assert done.status_code == 200
    assert await learning.open_groups() == []
    assert read_phrasings(phrasings_file(tmp_path)) == {ENTRY: ["量子货物怎么报"]}


@pytest.mark.parametrize("path", ["file", "dismiss"])
async def test_without_the_token_nothing_is_done(
    sqlite_store: Store, secrets: Secrets, learning: LearningService, path: str
) -> None:
    await learning.heard("c", "量子货物怎么报", "zh-Hans", NO)
    (group,) = await learning.open_groups()
    client, _ = await browser(sqlite_store, secrets, learning, Role.APPROVER)

    refused = await client.post(
        f"/console/knowledge/{path}", data={"ids": str(group.ids[0]), "entry": ENTRY, "text": "x"}
    )

    assert refused.status_code == 403
    assert len(await learning.open_groups()) == 1


async def test_an_author_may_not_see_it(sqlite_store: Store, secrets: Secrets, learning: LearningService) -> None:
    client, _ = await browser(sqlite_store, secrets, learning, Role.AUTHOR)

    assert (await client.get("/console/knowledge")).status_code == 403
