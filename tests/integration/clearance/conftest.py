"""The clearance room on a real database, behind its HTTP."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import Table, func, select

from bot import problems
from bot.clearance.routes import clearance_router
from bot.clearance.service import ClearanceService
from bot.clearance.texts import load_stage_texts
from bot.clock import utc_now
from bot.delivery.outbox import Outbox
from bot.limits import BodyLimit
from bot.people import store as people_store
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import FollowKind, Scope, new_id
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from tests.events import DECLARATION_NO, encoded, signed
from tests.fakes import FakeClock

BODY_MAX_BYTES = 1_000_000


@dataclass
class Port:
    """A port's system, and what it reports to."""

    http: httpx.AsyncClient
    secret: bytes
    clock: FakeClock
    service: ClearanceService
    people: PeopleService
    keys: KeyService
    store: Store

    async def report(self, document: Any, **headers: str) -> httpx.Response:
        """Send a document, signed; headers replace those of the signature (underscores stand for dashes)."""
        body = document if isinstance(document, bytes) else encoded(document)
        right = signed(body, self.secret, self.clock.now)
        given = right | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/v1/clearance/events", content=body, headers=given)

    async def follower(self, declaration_no: str = DECLARATION_NO) -> None:
        """Somebody follows a declaration: what nobody follows is told to nobody, and written for nobody."""
        person = await self.people.meet("telegram", "77", private=True, language="en")
        async with self.store.write() as connection:
            await people_store.add_follow(
                connection, new_id(), person.id, FollowKind.DECLARATION, declaration_no, self.clock()
            )

    async def count(self, table: Table) -> int:
        """Rows of a table."""
        async with self.store.read() as connection:
            return await connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def clock() -> FakeClock:
    """The present day, standing still."""
    return FakeClock(utc_now())


@pytest.fixture
async def make_port(redis: Redis, secrets: Secrets, clock: FakeClock) -> AsyncIterator[Callable[[Store], Any]]:
    """Builds a port on a store."""
    clients: list[httpx.AsyncClient] = []

    async def make(store: Store) -> Port:
        audit = AuditTrail(secrets)
        people = PeopleService(store, clock)
        keys = KeyService(store, clock, secrets, audit)
        texts = load_stage_texts(ZoneInfo("Asia/Shanghai"))
        outbox = Outbox(redis)
        reminders = ReminderService(store, clock, outbox, load_reminder_words(texts.words.zone))
        service = ClearanceService(store, clock, secrets, audit, outbox, people, texts, reminders=reminders)
        access = Access(keys, StaffService(store, clock, audit), secrets)
        app = FastAPI()
        problems.install(app)
        app.add_middleware(BodyLimit, limit_bytes=BODY_MAX_BYTES)
        app.include_router(
            clearance_router(service, keys, access, clock, tolerance_s=300, body_max_bytes=BODY_MAX_BYTES)
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        whsec = await keys.add("port-1", Scope.EVENTS, actor="system:test")
        secret = base64.b64decode(whsec.removeprefix("whsec_"))
        return Port(clients[-1], secret, clock, service, people, keys, store)

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def port(make_port: Callable[[Store], Any], store: Store) -> Port:
    """A port on each of the two databases."""
    made: Port = await make_port(store)
    return made


@pytest.fixture
async def sqlite_port(make_port: Callable[[Store], Any], sqlite_store: Store) -> Port:
    """A port on SQLite, for what does not depend on the database."""
    made: Port = await make_port(sqlite_store)
    return made
