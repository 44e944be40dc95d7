"""The web process: routers, lifespan. `python -m bot.app` serves it."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from bot import problems
from bot.bootstrap import Services, open_services
from bot.channels.telegram.service import TelegramInbox
from bot.channels.web.pages import chat_page_router, load_page
from bot.clearance.routes import clearance_router
from bot.console.frame import Frame
from bot.console.notice_desk import NoticeDesk
from bot.console.pages import console_routers, knowledge_console
from bot.console.texts import load_console_texts
from bot.conversation.chat_routes import chat_router
from bot.conversation.routes import messages_router, tasks_router
from bot.delivery import hearts
from bot.delivery.canaries.service import Incidents
from bot.delivery.pages import status_router
from bot.delivery.service import DEAD_AFTER
from bot.desks.complaints.pages import REPORT_PAGE
from bot.desks.complaints.routes import REPORTS_PATH
from bot.files.routes import FORM_BYTES, UPLOAD_PATH
from bot.following.routes import following_router
from bot.gathered_metrics import gathered
from bot.health import Health, answers
from bot.health_routes import health_router
from bot.idempotency import RepeatedAnswers, document
from bot.limits import BodyLimit
from bot.logs import configure_logging
from bot.notices.banners.routes import banners_router, shown_banners_router
from bot.notices.changes.routes import changes_router
from bot.notices.readers.routes import readers_router
from bot.notices.routes import notices_router, published_router
from bot.people.routes import staff_router
from bot.rooms.room import Doors
from bot.settings import REPOSITORY, Settings, load_settings
from bot.store.migrate import migrate
from bot.tasks import end
from knowledge.kept import open_knowledge

logger = logging.getLogger(__name__)

VERSION = "0.1.0"  # as in pyproject.toml; a test compares
DESCRIPTION = "Chatbot and notifications for border ports. Errors are RFC 9457 problem details."


def create_app(services: Services) -> FastAPI:
    """The application over services that are open."""
    settings = services.settings
    app = FastAPI(title="Kouan 口岸通", version=VERSION, description=DESCRIPTION, redoc_url=None)
    problems.install(app)
    app.add_middleware(RepeatedAnswers, keys=services.idempotency)
    uploads = {UPLOAD_PATH: settings.file_max_bytes + FORM_BYTES}
    uploads |= dict.fromkeys((REPORT_PAGE, REPORTS_PATH), 2 * settings.file_max_bytes + FORM_BYTES)
    app.add_middleware(BodyLimit, limit_bytes=settings.body_max_bytes, larger=uploads)
    app.include_router(messages_router(services.conversation, services.sessions))
    app.include_router(chat_router(services.chat, public_url=settings.public_url))
    app.include_router(chat_page_router(load_page()))
    app.include_router(
        tasks_router(services.people, services.clearance, services.access, frozenset(services.knowledge.topics))
    )
    app.include_router(
        clearance_router(
            services.clearance,
            services.keys,
            services.access,
            services.clock,
            tolerance_s=settings.event_tolerance_s,
            body_max_bytes=settings.body_max_bytes,
        )
    )
    app.include_router(following_router(services.following, services.people, services.sessions))
    app.include_router(published_router(services.notices))
    app.include_router(notices_router(services.notices, services.access))
    app.include_router(changes_router(services.changes, services.access))
    app.include_router(readers_router(services.readers, services.access))
    app.include_router(shown_banners_router(services.board))
    app.include_router(banners_router(services.banners, services.access, frozenset(services.knowledge.topics)))
    app.include_router(staff_router(services.staff, services.access, secure=settings.is_https))
    desk = NoticeDesk(services.notices, services.changes, services.readers, services.banners, services.test_sends)
    for router in console_routers(
        services.staff, services.access, desk, services.clearance, services.zone, secure=settings.is_https
    ):
        app.include_router(router)
    app.include_router(knowledge_console(services.learning, services.access, services.zone, secure=settings.is_https))
    doors = Doors(
        services.access,
        Frame(load_console_texts(), services.zone, secure=settings.is_https),
        services.sessions,
        services.people,
        services.knowledge,
    )
    for router in (router for room in services.rooms for router in room.routers(doors)):
        app.include_router(router)
    webhook = services.telegram.router() if services.telegram else None
    if webhook is not None:
        app.include_router(webhook)
    app.include_router(status_router(services.promise, Incidents(services.store, services.clock)))
    app.include_router(health_router(health_of(services), settings.data_dir, partial(gathered, services.redis)))
    document(app)
    return app


def health_of(services: Services) -> Health:
    """How each part is asked whether it is there."""

    async def database() -> bool:
        async with services.store.read() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return True

    async def redis() -> bool:
        return bool(await services.redis.ping())

    async def worker() -> bool:
        async with services.store.read() as connection:
            beat_at = await hearts.last_beat(connection)
        return beat_at is not None and services.clock() - beat_at < DEAD_AFTER

    async def telegram() -> bool:
        return services.telegram is not None and services.telegram.problem is None

    async def actions() -> bool:
        url = services.addresses.current().actions_url
        return url is None or await answers(f"{url}/health")

    return Health(
        {
            "database": (True, database),
            "redis": (True, redis),
            "worker": (True, worker),
            "actions": (True, actions),
            "rasa": (True, services.dialogue.ready),
        }
        | ({"telegram": (False, telegram)} if services.telegram else {})
    )


@asynccontextmanager
async def running(inbox: TelegramInbox | None) -> AsyncIterator[None]:
    """Take in Telegram's messages while the context lasts."""
    if inbox is None:
        yield
        return
    task = asyncio.create_task(inbox.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def following_content(services: Services) -> AsyncIterator[None]:
    """Take up the knowledge that a new model was trained from, while the context lasts."""
    task = asyncio.create_task(follow_content(services))
    try:
        yield
    finally:
        await end(task)


async def follow_content(services: Services) -> None:
    """Read the knowledge base again whenever the launcher tells of a model trained from another content."""
    known = services.addresses.current().content
    while True:
        await asyncio.sleep(1.0)
        content = services.addresses.current().content
        if known and content != known:
            folder = services.settings.data_dir / "cache"
            knowledge, index = await asyncio.to_thread(open_knowledge, REPOSITORY / "knowledge", folder)
            services.conversation.renew(knowledge, index)
            services.learning.renew(knowledge)
            logger.info("knowledge read again", extra={"content": content})
        known = content


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    await migrate(settings)
    # What is loaded now stays for good: the collector would only walk it, again and again, while it grows and ever after.
    gc.disable()
    async with open_services(settings) as services:
        app = create_app(services)
        gc.freeze()
        gc.enable()
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=settings.body_max_bytes,
            timeout_graceful_shutdown=5,
        )
        async with running(services.telegram), following_content(services):
            await uvicorn.Server(config).serve()


def main() -> None:
    """Entry point of the service's process."""
    settings = load_settings()
    configure_logging(settings)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
