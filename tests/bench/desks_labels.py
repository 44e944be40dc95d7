"""The expo labels' part of `kouan bench desks`: verification without network, and a list of 10,000 goods lines."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from redis.asyncio import Redis

from bot.desks.labels.codes import LabelCode, PublicKey, key_id_of, sign, verify
from bot.desks.labels.model import QUESTIONS
from bot.desks.labels.upload import csv_of, template_csv
from bot.ground import redis_client
from bot.secrets import Secrets
from bot.store.engine import Store
from bot.store.migrate import upgrade
from tests.bench.figures import Figure, percentile
from tests.fair import Fair, cells, open_fair

CODES = 2_000
LINES = 10_000
ROW_BY_ROW = 200


def verification() -> list[Figure]:
    """Milliseconds of processor time a code, the slowest but 5 %, beside RSA-3072 (384 bytes of signature)."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    keys = {key_id_of(raw): PublicKey(key_id_of(raw), raw)}
    days = (date(2026, 11, 22), date(2026, 12, 8))
    codes = [sign(LabelCode(key_id_of(raw), "EXPO26", n, 1, 1, *days, b"12345678"), key) for n in range(CODES)]
    other = rsa.generate_private_key(65537, 3072)
    how = (padding.PKCS1v15(), hashes.SHA256())
    body, public = b"x" * 45, other.public_key()
    signature = other.sign(body, *how)
    ours = percentile(_each_ms([lambda code=code: verify(code, keys) for code in codes]), 0.95)  # type: ignore[misc]
    theirs = percentile(_each_ms([lambda: public.verify(signature, body, *how)] * CODES), 0.95)
    return [
        Figure(
            "label verification without network, processor time, p95", ours, "ms", "RSA-3072, signature alone", theirs
        ),
        Figure("bytes of a label's code", 97, "bytes", "RSA-3072", 33 + 384),
    ]


def _each_ms(acts: Sequence[Callable[[], object]]) -> list[float]:
    taken = []
    for act in acts:
        start = time.thread_time()
        act()
        taken.append((time.thread_time() - start) * 1000)
    return taken


async def imports(redis: Redis, folder: Path) -> list[Figure]:
    """Seconds for a CSV of 10,000 lines, from the bytes to the last row, beside a transaction for each line (extrapolated)."""
    store = Store(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    async with store.write() as connection:
        await connection.run_sync(upgrade)
    try:
        return await _imports(await open_fair(store, redis, Secrets(b"b" * 40), folder))
    finally:
        await store.close()


async def _imports(fair: Fair) -> list[Figure]:
    exhibitor = await fair.registered()
    application = await fair.desk.lists.start(fair.exhibitor.id, exhibitor.id)
    row = ["数控机床", "8457101000", "12", "台", "2", "德国", *["否"] * len(QUESTIONS)]
    content = template_csv(fair.desk.words, "zh-Hans") + csv_of([row] * LINES)[3:]
    start = time.perf_counter()
    upload = await fair.desk.uploads.upload(fair.exhibitor.id, application.id, content, "zh-Hans")
    await fair.desk.uploads.tick()
    ours = time.perf_counter() - start
    progress = await fair.desk.uploads.progress(fair.exhibitor.id, upload.id)
    if progress.done != LINES:
        raise RuntimeError(f"only {progress.done} of {LINES} lines were written")
    other = await fair.desk.lists.start(fair.exhibitor.id, exhibitor.id)
    start = time.perf_counter()
    for _ in range(ROW_BY_ROW):
        await fair.desk.lists.add_line(fair.exhibitor.id, other.id, cells(), "zh-Hans")
    theirs = (time.perf_counter() - start) / ROW_BY_ROW * LINES
    return [Figure("import of 10,000 goods lines", ours, "s", "a transaction for each line", theirs)]


async def run(progress: Callable[[str], None], _size: int | None) -> list[Figure]:
    """All figures of this part. No worker is there to be woken, so no Redis either: that costs nothing that is measured."""
    figures = await asyncio.to_thread(verification)
    progress("labels: a list of 10,000 lines")
    with tempfile.TemporaryDirectory(prefix="kouan-bench-labels-") as folder:
        nobody = redis_client(f"unix://{folder}/none.sock")
        try:
            return [*figures, *await imports(nobody, Path(folder))]
        finally:
            await nobody.aclose()
