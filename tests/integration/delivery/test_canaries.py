"""Canaries prove arrival; what does not arrive is an incident until something does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import yaml
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import func, insert, select

from bot.channels.web.channel import WebChannel
from bot.clock import utc_now
from bot.delivery.canaries.model import CRITICAL_TOPICS, INCIDENT, IncidentKind, canaries_of
from bot.delivery.canaries.service import Canaries, Incidents
from bot.delivery.outbox import Outbox
from bot.delivery.pages import status_router
from bot.delivery.promise import PromiseMeter
from bot.delivery.service import DeliveryWorker
from bot.settings import REPOSITORY
from bot.store.engine import Store
from bot.store.history import history
from bot.store.schema import canary_probes, deliveries, follows, outbox, web_messages
from tests.recording import RecordingChannel

BOTH = canaries_of({"web": 1, "telegram": 1}, "4711")
EVERY = timedelta(minutes=15)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@asynccontextmanager
async def working(store: Store, redis: Redis, canaries: Canaries) -> AsyncIterator[RecordingChannel]:
    telegram = RecordingChannel("telegram")
    channels = {"web": WebChannel(store, redis, utc_now), "telegram": telegram}
    worker = DeliveryWorker(store, redis, channels, utc_now, ticks=[canaries.tick])  # type: ignore[arg-type]
    task = asyncio.create_task(worker.run())
    try:
        yield telegram
    finally:
        task.cancel()
        await asyncio.wait([task])
        await worker.close()


async def test_a_probe_goes_the_whole_way_on_each_channel_and_is_proven(store: Store, redis: Redis) -> None:
    canaries = Canaries(store, utc_now, Outbox(redis), BOTH, EVERY)
    incidents = Incidents(store, utc_now)

    async with working(store, redis, canaries) as telegram, asyncio.timeout(60):
        while [proof.proven_at is None for proof in await incidents.proofs()] != [False, False]:
            await asyncio.sleep(0.1)

    assert [proof.channel for proof in await incidents.proofs()] == ["telegram", "web"]
    assert [address for address, _, _ in telegram.sent] == ["4711"]
    assert await incidents.recent() == []


async def test_what_does_not_arrive_opens_one_incident_and_the_next_arrival_closes_it(
    store: Store, redis: Redis
) -> None:
    clock = Hands()
    # Two workers look after the same canaries; no worker sends.
    both = [Canaries(store, clock, Outbox(redis), BOTH[:1], EVERY) for _ in range(2)]
    incidents = Incidents(store, clock)
    for minutes in (0, 2, 2, 15, 4):
        clock.move(minutes=minutes)
        for canaries in both:
            await canaries.tick()
    (opened,) = await incidents.recent()

    clock.move(minutes=15)
    await both[0].tick()
    await _arrive(store, clock())
    await both[1].tick()
    (closed,) = await incidents.recent()

    assert (opened.kind, opened.channel, opened.closed_at) == (IncidentKind.ARRIVAL, "web", None)
    assert closed.closed_at == clock()
    async with store.read() as connection:
        steps = await history(connection, INCIDENT.name, closed.id)
        probes = await connection.scalar(select(func.count()).select_from(canary_probes))
    assert [step["to_state"] for step in steps] == ["open", "closed"]
    assert probes == 3


async def _arrive(store: Store, at: datetime) -> None:
    """The newest probe's delivery, as fan-out, worker and channel would leave it."""
    canary = BOTH[0]
    async with store.write() as connection:
        row = await connection.scalar(select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1))
        number = await connection.scalar(
            insert(deliveries)
            .values(
                outbox_id=row,
                person_id=canary.person_id,
                address_id=canary.address_id,
                channel="web",
                lane="transactional",
                state="sent",
                attempts=1,
                due_at=at,
                sent_at=at,
                uncertain=0,
            )
            .returning(deliveries.c.id)
        )
        from_channel = {"address_id": canary.address_id, "kind": "push", "payload": {}, "created_at": at}
        await connection.execute(insert(web_messages).values(ref=f"delivery:{number}", **from_channel))


async def test_a_notice_to_a_critical_topic_that_leaves_the_canary_out_is_an_incident(
    sqlite_store: Store, redis: Redis
) -> None:
    clock = Hands()
    canaries = Canaries(sqlite_store, clock, Outbox(redis), BOTH[:1], EVERY)
    incidents = Incidents(sqlite_store, clock)
    await canaries.tick()
    clock.move(minutes=1)
    async with sqlite_store.write() as connection:
        cause = {"cause_kind": "notice", "cause_id": "n1", "audience_kind": "topic", "audience_target": "taxes_fees"}
        await connection.execute(
            insert(outbox).values(
                lane="bulk", payload={}, state="resolved", resolved=0, created_at=clock(), done_at=clock(), **cause
            )
        )

    clock.move(minutes=30)
    await canaries.tick()
    kinds = {incident.kind for incident in await incidents.recent() if incident.closed_at is None}
    clock.move(days=2)
    await canaries.tick()
    still = {incident.kind for incident in await incidents.recent() if incident.closed_at is None}

    assert IncidentKind.MISSED in kinds
    assert IncidentKind.MISSED not in still


async def test_canaries_follow_every_critical_topic_and_these_exist(sqlite_store: Store, redis: Redis) -> None:
    await Canaries(sqlite_store, utc_now, Outbox(redis), BOTH, EVERY).tick()

    async with sqlite_store.read() as connection:
        rows = await connection.execute(select(follows.c.person_id, follows.c.target))
    known = yaml.safe_load((REPOSITORY / "knowledge" / "topics.yaml").read_text(encoding="utf-8"))
    assert set(map(tuple, rows)) == {(c.person_id, topic) for c in BOTH for topic in CRITICAL_TOPICS}
    assert set(CRITICAL_TOPICS) <= set(known)


async def test_turned_off_there_are_none(sqlite_store: Store, redis: Redis) -> None:
    await Canaries(sqlite_store, utc_now, Outbox(redis), BOTH, timedelta()).tick()

    async with sqlite_store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(follows)) == 0
    assert [canary.channel for canary in canaries_of({"web": 1, "telegram": 1}, None)] == ["web"]


async def test_old_probes_leave_nothing_behind(store: Store, redis: Redis) -> None:
    clock = Hands()
    canaries = Canaries(store, clock, Outbox(redis), BOTH[:1], EVERY)
    await canaries.tick()
    await _arrive(store, clock())
    await canaries.tick()

    clock.move(days=40)
    await canaries.tick()

    async with store.read() as connection:
        left = [
            await connection.scalar(select(func.count()).select_from(table))
            for table in (canary_probes, outbox, deliveries, web_messages)
        ]
    assert left == [1, 1, 0, 0]


async def test_the_status_page_and_the_json_name_what_lasts(sqlite_store: Store, redis: Redis) -> None:
    clock = Hands()
    canaries = Canaries(sqlite_store, clock, Outbox(redis), BOTH[:1], EVERY)
    meter = PromiseMeter(sqlite_store, clock, ZoneInfo("Asia/Shanghai"))
    app = FastAPI()
    app.include_router(status_router(meter, Incidents(sqlite_store, clock)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        before = (await http.get("/status", params={"lang": "en"})).text
        for minutes in (0, 4):
            clock.move(minutes=minutes)
            await canaries.tick()
        pages = [(await http.get("/status", params={"lang": lang})).text for lang in ("en", "zh-Hans", "zh-Hant")]
        json = (await http.get("/v1/status/incidents")).json()

    assert "No delivery incident" in before
    assert "Web chat: notifications late or missing since 2026-11-22 04:04 UTC" in pages[0]
    assert "网页聊天：通知延迟或未送达" in pages[1]
    assert "網頁聊天：通知延遲或未送達" in pages[2]
    assert json == {
        "incidents": [{"kind": "arrival", "channel": "web", "opened_at": "2026-11-22T04:04:00Z", "closed_at": None}],
        "proofs": [{"channel": "web", "proven_at": None, "took_s": None}],
    }
