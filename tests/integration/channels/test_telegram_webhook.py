"""The webhook's route, and the whole way through it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
import uvicorn
from fastapi import FastAPI

from bot import problems
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.routes import WEBHOOK_PATH, register_webhook, webhook_router
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.store.engine import Store
from tests.botapi import BotApiServer
from tests.integration.channels.fakes import Inbox
from tests.integration.channels.test_telegram_inbound import running, update

SECRET = "s3cret_-"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def inbox(sqlite_store: Store, inbound_store: InboundStore, payloads: PayloadStore, channel: TelegramChannel) -> Inbox:
    return Inbox(sqlite_store, inbound_store, payloads, channel)


def make_app(inbox: Inbox, woken: list[int]) -> FastAPI:
    app = FastAPI()
    app.include_router(webhook_router(inbox.inbound, lambda: woken.append(1), secret=SECRET, max_body_bytes=5000))
    problems.install(app)
    return app


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
async def http(inbox: Inbox, woken: list[int]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(inbox, woken))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def test_update_is_stored_before_the_answer_and_known_ones_are_dropped(
    http: httpx.AsyncClient, inbox: Inbox, woken: list[int]
) -> None:
    answers = [await http.post(WEBHOOK_PATH, json=update(1), headers={HEADER: SECRET}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await inbox.states() == ["received"]
    assert woken == [1]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET.upper(), "ä"])
async def test_wrong_secret_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient, inbox: Inbox, secret: str
) -> None:
    answer = await http.post(WEBHOOK_PATH, json=update(1), headers=[(HEADER.encode(), secret.encode())])

    assert answer.status_code == 401
    assert await inbox.states() == []


async def test_missing_secret_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post(WEBHOOK_PATH, json=update(1))).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"update_id": "1"}', 422),
        (orjson.dumps(update(1, "x" * 6000)), 413),
    ],
)
async def test_bad_body_is_a_problem_and_nothing_is_stored(
    http: httpx.AsyncClient, inbox: Inbox, body: bytes, status: int
) -> None:
    answer = await http.post(WEBHOOK_PATH, content=body, headers={HEADER: SECRET})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await inbox.states() == []


def test_router_without_a_secret_is_refused(inbound_store: InboundStore) -> None:
    with pytest.raises(ValueError, match="without a secret"):
        webhook_router(inbound_store, lambda: None, secret="")


async def test_message_comes_through_the_webhook_and_is_answered(server: BotApiServer, inbox: Inbox) -> None:
    processor = inbox.processor()
    listening = socket.create_server(("127.0.0.1", 0))
    app = make_app(inbox, [])
    web = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    await register_webhook(inbox.channel, f"http://127.0.0.1:{listening.getsockname()[1]}/", SECRET)

    async with running(processor.run()):
        server.control.user_message(77, "几天内申报？")
        await inbox.settled(1)

    await inbox.channel.delete_webhook()
    web.should_exit = True
    await serving
    listening.close()
    assert server.control.texts(77) == ["答 几天内申报？"]
