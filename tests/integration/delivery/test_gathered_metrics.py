"""One `/metrics` for the service and its workers."""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from bot import metrics
from bot.clock import utc_now
from bot.delivery.service import DeliveryWorker
from bot.gathered_metrics import gathered, leave_metrics
from bot.ground import redis_client
from bot.store.engine import Store
from tests.recording import RecordingChannel


async def samples(redis: Redis) -> list[tuple[str, dict[str, str], float]]:
    text = (await gathered(redis)).decode()
    return [
        (sample.name, dict(sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


async def test_workers_stand_beside_the_service_under_one_name(redis: Redis) -> None:
    metrics.swept.labels("take_back").inc(3)
    await leave_metrics(redis, "worker-1")
    await leave_metrics(redis, "worker-2")

    found = [labels for name, labels, _ in await samples(redis) if name == "kouan_swept_total"]
    text = (await gathered(redis)).decode()

    assert {labels.get("process") for labels in found} == {None, "worker-1", "worker-2"}
    assert text.count("# TYPE kouan_swept_total counter") == 1
    assert text.count("# TYPE kouan_turn_seconds histogram") == 1


async def test_without_redis_the_service_tells_of_itself() -> None:
    metrics.swept.labels("take_back").inc()
    away = redis_client("unix:///nowhere/redis.sock")

    names = {name for name, _, _ in await samples(away)}
    await away.aclose()

    assert "kouan_swept_total" in names


async def test_a_worker_leaves_lag_depths_permits_and_sweeps(sqlite_store: Store, redis: Redis) -> None:
    worker = DeliveryWorker(sqlite_store, redis, {"telegram": RecordingChannel()}, utc_now)
    task = asyncio.create_task(worker.run())

    async with asyncio.timeout(30):
        while not any(labels.get("process") == worker.id for _, labels, _ in await samples(redis)):
            await asyncio.sleep(0.1)
    names = {name for name, labels, _ in await samples(redis) if labels.get("process") == worker.id}
    task.cancel()
    await asyncio.wait([task])
    await worker.close()

    assert {"kouan_lag_seconds", "kouan_lane_depth", "kouan_permits_waiting", "kouan_sweeps_total"} <= names
