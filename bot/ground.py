"""What every process of ours stands on: settings, secrets, the store, Redis, people, the way to delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.clock import Clock, utc_now
from bot.delivery.outbox import Outbox
from bot.delivery.overview import DeliveryOverview
from bot.delivery.promise import PromiseMeter
from bot.delivery.service import DeliveryService
from bot.files.service import FileStore
from bot.idempotency import IdempotencyKeys
from bot.people.keys import KeyService
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets, load_secrets
from bot.settings import Settings
from bot.store.audit import AuditTrail
from bot.store.engine import Store


@dataclass(frozen=True)
class Ground:
    """What every process needs: the store, Redis, people."""

    settings: Settings
    secrets: Secrets
    clock: Clock
    zone: ZoneInfo
    store: Store
    redis: Redis
    audit: AuditTrail
    people: PeopleService
    staff: StaffService
    keys: KeyService
    outbox: Outbox
    deliveries: DeliveryService
    delivery_overview: DeliveryOverview
    promise: PromiseMeter
    idempotency: IdempotencyKeys
    files: FileStore


def redis_client(url: str) -> Redis:
    """A client that fails at once when Redis is away: whoever asks decides what that means."""
    return Redis.from_url(
        url, socket_connect_timeout=1.0, socket_timeout=5.0, retry=Retry(NoBackoff(), 1), health_check_interval=15
    )


@asynccontextmanager
async def open_ground(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Ground]:
    """Open store and Redis, and close them at the end."""
    secrets = load_secrets(settings)
    async with AsyncExitStack() as stack:
        store = Store(settings.sqlalchemy_url)
        stack.push_async_callback(store.close)
        redis = redis_client(settings.redis_url or "redis://127.0.0.1:6379/0")
        stack.push_async_callback(redis.aclose)
        audit = AuditTrail(secrets)
        outbox = Outbox(redis)
        # By channel, as its abilities say: what an estimate of the end needs to know, also where no channel is open.
        rates = {"web": None, "telegram": settings.telegram.rate}
        yield Ground(
            settings=settings,
            secrets=secrets,
            clock=clock,
            zone=ZoneInfo(settings.timezone),
            store=store,
            redis=redis,
            audit=audit,
            people=PeopleService(store, clock),
            staff=StaffService(store, clock, audit),
            keys=KeyService(store, clock, secrets, audit),
            outbox=outbox,
            deliveries=DeliveryService(store, clock, outbox, rates),
            delivery_overview=DeliveryOverview(
                store, redis, clock, ["web", *(["telegram"] if settings.telegram.token else [])]
            ),
            promise=PromiseMeter(store, clock, ZoneInfo(settings.timezone)),
            idempotency=IdempotencyKeys(store, clock),
            files=FileStore(store, clock, settings.data_dir / "files", max_bytes=settings.file_max_bytes),
        )
