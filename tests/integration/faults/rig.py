"""Real worker processes, a Redis and a Bot API server of their own, and ways to hurt them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, insert, select

from bot.channels.model import Language, Reply
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.worker import in_hand
from bot.ground import redis_client
from bot.settings import REPOSITORY
from bot.store.engine import Store
from bot.store.schema import addresses, deliveries, follows, persons
from tests.botapi.options import Options
from tests.botapi.server import BotApiServer
from tests.conftest import OwnRedis

TOPIC = "taxes_fees"
FIRST_CHAT = 10_000
Blow = Literal["worker", "redis", "all", "flush"]
BLOWS: tuple[Blow, ...] = ("worker", "redis", "all", "flush")


class Rig:
    """Two workers, and what they work on. kills: worker processes that were killed while they lived."""

    def __init__(self, store: Store, folder: Path, own_redis: OwnRedis, server: BotApiServer, workers: int = 2) -> None:
        self.store = store
        self.server = server
        self.rate_per_s = server.options.rate_per_s
        self.kills = 0
        self._folder = folder
        self._redis = own_redis
        self._wanted = workers
        self._workers: list[asyncio.subprocess.Process] = []

    @property
    def in_flight_most(self) -> int:
        """Sends that one worker of the bulk lane may have in hand when it dies."""
        return in_hand(Lane.BULK, self.rate_per_s)

    async def start_workers(self) -> None:
        """Start as many as are missing."""
        self._workers = [process for process in self._workers if process.returncode is None]
        while len(self._workers) < self._wanted:
            self._workers.append(await self._start())

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KOUAN_")} | {
            "KOUAN_DATA_DIR": str(self._folder),
            "KOUAN_DATABASE_URL": self.store.engine.url.render_as_string(hide_password=False),
            "KOUAN_REDIS_URL": self._redis.url,
            "KOUAN_SECRET": "t" * 40,
            "KOUAN_TELEGRAM__TOKEN": self.server.options.token,
            "KOUAN_TELEGRAM__API_URL": self.server.url,
            "KOUAN_TELEGRAM__RATE": str(self.rate_per_s),
            "KOUAN_CANARY__EVERY_MIN": "0",
        }
        log = (self._folder / "workers.log").open("ab")
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.worker"), cwd=REPOSITORY, env=environment, stdout=log, stderr=log
            )
        finally:
            log.close()

    async def kill_worker(self, number: int) -> None:
        """kill -9 of one."""
        process = self._workers[number]
        if process.returncode is None:
            process.kill()
            self.kills += 1
            await process.wait()

    async def strike(self, blow: Blow, rng: random.Random) -> None:
        """Hurt one part or all, and start again what was killed."""
        if blow == "flush":
            await self.flush()
            return
        if blow in {"worker", "all"}:
            hit = range(len(self._workers)) if blow == "all" else [rng.randrange(len(self._workers))]
            await asyncio.gather(*(self.kill_worker(number) for number in hit))
        if blow in {"redis", "all"}:
            self.kill_redis()
            self.start_redis()
        await self.start_workers()

    def kill_redis(self) -> None:
        """kill -9; what was not written to its file is lost."""
        self._redis.kill()

    def start_redis(self) -> None:
        """Start it on the data it left."""
        self._redis.start()

    async def flush(self) -> None:
        """FLUSHALL."""
        client: Redis = redis_client(self._redis.url)
        await client.flushall()
        await client.aclose()

    async def follow(self, count: int) -> None:
        """So many people on Telegram who follow the topic."""
        now = datetime.now(UTC)
        people = [f"p{number:07d}" for number in range(count)]
        async with self.store.write() as connection:
            await connection.execute(
                insert(persons),
                [{"id": person, "language": "en", "language_chosen": False, "created_at": now} for person in people],
            )
            await connection.execute(
                insert(addresses),
                [
                    {
                        "id": f"a{person}",
                        "person_id": person,
                        "channel": "telegram",
                        "address": str(FIRST_CHAT + number),
                        "private": True,
                        "state": "active",
                        "rank": 0,
                        "created_at": now,
                    }
                    for number, person in enumerate(people)
                ],
            )
            await connection.execute(
                insert(follows),
                [
                    {"id": f"f{person}", "person_id": person, "kind": "topic", "target": TOPIC, "created_at": now}
                    for person in people
                ],
            )

    async def announce(self, cause: str, lane: Lane = Lane.BULK) -> None:
        """One notice to all of them; its text is the cause. Redis may be away: then a worker finds it by itself."""
        texts: dict[Language, Reply] = {"en": Reply(text=cause)}
        audience = Audience(AudienceKind.TOPIC, TOPIC)
        notification = OutgoingNotification(CauseKind.NOTICE, cause, lane, audience, texts)
        client: Redis = redis_client(self._redis.url)
        async with self.store.write() as connection:
            await Outbox(client).add(connection, notification, datetime.now(UTC))
        with suppress(RedisError, OSError):
            await Outbox(client).wake()
        await client.aclose()

    def told(self) -> Counter[tuple[int, str]]:
        """How often each chat was sent each text, as the server took them."""
        return Counter((call.chat_id, call.text) for call in self.server.control.sent(method="sendMessage"))

    async def states(self) -> dict[str, int]:
        """Deliveries by state."""
        async with self.store.read() as connection:
            rows = await connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
            return {row.state: row[1] for row in rows}

    async def uncertain(self) -> int:
        """Sends that were cut off before their receipt, as the database counts them."""
        async with self.store.read() as connection:
            return int(await connection.scalar(select(func.coalesce(func.sum(deliveries.c.uncertain), 0))) or 0)

    async def twice_without_doubt(self) -> list[tuple[int, str]]:
        """Who was told twice though the database counts no doubt about it: has to be nobody."""
        twice = {key for key, number in self.told().items() if number > 1}
        if not twice:
            return []
        query = (
            select(addresses.c.address, deliveries.c.outbox_id)
            .join_from(deliveries, addresses, addresses.c.id == deliveries.c.address_id)
            .where(deliveries.c.uncertain > 0)
        )
        async with self.store.read() as connection:
            doubted = {int(address) for address, _ in await connection.execute(query)}
        return sorted(key for key in twice if key[0] not in doubted)

    async def until(self, condition: Callable[[], bool], limit_s: float = 60) -> None:
        """Wait. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not condition():
                await asyncio.sleep(0.05)

    async def until_sent(self, number: int, limit_s: float = 90) -> None:
        """Wait until the database says of so many that they were sent, and of none anything else. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while await self.states() != {"sent": number}:
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """End the workers in good order; by force what does not end."""
        for process in self._workers:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self._workers:
            try:
                async with asyncio.timeout(15):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def open_rig(store: Store, folder: Path, *, rate_per_s: float, workers: int = 2) -> AsyncIterator[Rig]:
    """A rig with its workers started; its Redis is nobody else's, since it is killed."""
    async with AsyncExitStack() as stack:
        own_redis = OwnRedis(folder)
        own_redis.start()
        stack.callback(own_redis.kill)
        server = await stack.enter_async_context(BotApiServer(Options(rate_per_s=rate_per_s)))
        rig = Rig(store, folder, own_redis, server, workers)
        stack.push_async_callback(rig.stop)
        await rig.start_workers()
        yield rig
