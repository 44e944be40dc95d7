"""The web chat served on a free port of this machine: real socket, database and Redis, and a dialogue that is arranged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect

from bot import problems
from bot.bootstrap import open_hub
from bot.channels.web.channel import WebChannel
from bot.channels.web.hub import WebHub
from bot.channels.web.pages import chat_page_router, load_page
from bot.channels.web.service import WebInbox
from bot.clock import utc_now
from bot.conversation.chat import ChatService
from bot.conversation.chat_connection import ChatLimits, ChatParts
from bot.conversation.chat_routes import chat_router
from bot.conversation.extras import Extras
from bot.conversation.files import FilesInChat
from bot.conversation.locks import SharedLocks
from bot.conversation.model import CircuitBreaker
from bot.conversation.phrases import load_phrases
from bot.conversation.service import ConversationService
from bot.files.routes import files_router
from bot.files.service import FileStore
from bot.files.words import load_file_words
from bot.notices.banners.service import BannerBoard
from bot.people.service import PeopleService, WebSessions
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.engine import Store
from knowledge.emergency import load_emergencies
from knowledge.load import Knowledge
from knowledge.search import Index
from tests.fakes import FakeDialogue


@dataclass(frozen=True)
class ChatServer:
    """A running web chat. host: `127.0.0.1:port`; push: a worker's channel, with a Redis client of its own."""

    host: str
    store: Store
    dialogue: FakeDialogue
    sessions: WebSessions
    hub: WebHub
    inbox: WebInbox
    push: WebChannel

    @asynccontextmanager
    async def page(
        self, conversation_id: str | None = None, after: int | None = None, locale: str | None = None
    ) -> AsyncIterator[Page]:
        """A page that has said hello and was welcomed."""
        async with connect(f"ws://{self.host}/v1/chat", origin=f"http://{self.host}") as socket:  # type: ignore[arg-type]
            page = Page(socket)
            await page.send({"type": "hello", "conversation_id": conversation_id, "after": after, "locale": locale})
            page.welcome = await page.next("welcome")
            yield page


class Page:
    """The page's side of a socket. welcome: the frame that it was greeted with."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}

    @property
    def conversation_id(self) -> str:
        """As the welcome said."""
        return str(self.welcome["conversation_id"])

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def say(self, text: str, client_id: str = "message-1", locale: str | None = None) -> None:
        """Send a message."""
        await self.send({"type": "message", "id": client_id, "text": text, "locale": locale})

    async def receive(self, timeout_s: float = 8.0) -> dict[str, Any]:
        """The next frame, whatever it is. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def next(self, kind: str, timeout_s: float = 8.0) -> dict[str, Any]:
        """The next frame of a kind; others are passed over."""
        while True:
            frame = await self.receive(timeout_s)
            if frame["type"] == kind:
                return frame


@asynccontextmanager
async def serve_chat(
    store: Store,
    redis: Redis,
    worker_redis: Redis,
    knowledge: Knowledge,
    index: Index,
    dialogue: FakeDialogue,
    secrets: Secrets,
    *,
    limits: ChatLimits | None = None,
    board: BannerBoard | None = None,
) -> AsyncIterator[ChatServer]:
    """Serve until the context ends."""
    people, sessions, inbox = PeopleService(store, utc_now), WebSessions(secrets), WebInbox(store, utc_now)
    files = FileStore(store, utc_now, Path(store.engine.url.database or "").parent / "files", max_bytes=1_000_000)
    locks, phrases = SharedLocks(redis, life_s=20), load_phrases()
    conversation = ConversationService(
        dialogue,
        knowledge,
        index,
        people,
        locks,
        phrases,
        CircuitBreaker(3, 5.0),
        utc_now,
        ZoneInfo("Asia/Shanghai"),
        load_emergencies(REPOSITORY / "knowledge"),
        message_max_chars=2000,
        timeout_s=8.0,
        extra=Extras(last=[FilesInChat(files, load_file_words())]),
    )
    async with open_hub(redis) as hub:
        chat = ChatService(conversation, people, inbox, hub, locks, files)
        parts = ChatParts(chat, inbox, hub, sessions, phrases, 2000, board, limits=limits or ChatLimits())
        app = FastAPI()
        problems.install(app)
        app.include_router(chat_router(parts, public_url=None))
        app.include_router(chat_page_router(load_page()))
        app.include_router(files_router(files, load_file_words(), people, sessions))
        async with listening(app) as port:
            push = WebChannel(store, worker_redis, utc_now)
            yield ChatServer(f"127.0.0.1:{port}", store, dialogue, sessions, hub, inbox, push)
        await chat.close()


@asynccontextmanager
async def listening(app: Starlette, port: int = 0) -> AsyncIterator[int]:
    """Serve an application on a port of this machine until the context ends; the port. 0: a free one."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving
