"""`push`: from an accepted clearance event to `sendMessage` at a local Bot API server, at 20 events a second."""

from __future__ import annotations

import asyncio
import base64
import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
from telegram import Bot

from bot.clearance.model import Stage
from bot.clearance.schemas import EVENT_TYPE
from bot.clearance.signature import sign
from bot.clearance.store import ensure_declaration
from bot.client import ServiceClient
from bot.ground import Ground, open_ground
from bot.launch.parts import free_port
from bot.launch.product import Product, prepare_data_dir
from bot.people.model import FollowKind, Scope, new_id
from bot.people.store import add_follow
from bot.settings import TelegramSettings, load_settings
from tests.bench.figures import Figure, percentile
from tests.botapi.options import Options
from tests.botapi.server import BotApiServer

_EVENTS = 400
_PER_S = 20.0
_CHATS = 200
_STAGES = (Stage.STORED, Stage.REVIEWED)


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """Ours durable, beside a loop that calls python-telegram-bot at once and keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="kp-") as folder:
        async with BotApiServer(Options(rate_per_s=0, chat_interval_s=0)) as server:
            settings = load_settings(
                data_dir=Path(folder),
                port=free_port(),
                # No Rasa here: pushes do not need it, and the bench says how quick they are, not how quick Rasa loads.
                rasa_url="http://127.0.0.1:9",
                telegram=TelegramSettings(token=server.options.token, api_url=server.url),
            )
            prepare_data_dir(settings.data_dir)
            product = Product(settings, progress)
            try:
                await product.start_without_dialogue()
                async with open_ground(product.settings) as ground:
                    secret = await _prepare(ground)
                await _worker_beats(product.url)
                progress(f"push: {_EVENTS} events, {_PER_S:.0f} a second")
                ours = await _ours(product.url, secret, server)
            finally:
                await product.stop()
            progress("push: the bare loop")
            theirs = await _theirs(server)
    return [
        Figure(
            f"p{share} event to sendMessage",
            percentile(ours, share / 100) * 1000,
            "ms",
            "send_message at once, nothing kept",
            percentile(theirs, share / 100) * 1000,
        )
        for share in (50, 95)
    ]


async def _worker_beats(url: str) -> None:
    """Wait for the worker: the bench says how quick a push is, not how quick a process starts."""
    async with ServiceClient(url) as client, asyncio.timeout(60):
        while (await client.readiness())["parts"]["worker"]["state"] != "up":
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)


def _number(chat: int) -> str:
    return f"5316202610{chat:08d}"


async def _prepare(ground: Ground) -> bytes:
    whsec = await ground.keys.add("bench", Scope.EVENTS, actor="system:bench")
    people = [
        (chat, await ground.people.meet("telegram", str(1000 + chat), private=True, language="en"))
        for chat in range(_CHATS)
    ]
    async with ground.store.write() as connection:
        now = datetime.now(UTC)
        for chat, person in people:
            await ensure_declaration(connection, _number(chat), now)
            await add_follow(connection, new_id(), person.id, FollowKind.DECLARATION, _number(chat), now)
    return base64.b64decode(whsec.removeprefix("whsec_"))


async def _ours(url: str, secret: bytes, server: BotApiServer) -> list[float]:
    accepted: dict[tuple[int, int], float] = {}

    async def report(http: httpx.AsyncClient, chat: int, step: int) -> None:
        event_id = secrets.token_hex(8)
        body = orjson.dumps(
            {
                "specversion": "1.0",
                "id": event_id,
                "source": "urn:bench",
                "type": EVENT_TYPE,
                "time": datetime.now(UTC).isoformat(),
                "data": {"declaration_no": _number(chat), "stage": _STAGES[step]},
            }
        )
        now_s = int(time.time())
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": sign(secret, event_id, now_s, body),
        }
        (await http.post("/v1/clearance/events", content=body, headers=headers)).raise_for_status()
        accepted[1000 + chat, step] = time.monotonic()

    async with httpx.AsyncClient(base_url=url, timeout=30) as http, asyncio.TaskGroup() as group:
        for number in range(_EVENTS):
            group.create_task(report(http, number % _CHATS, number // _CHATS))
            await asyncio.sleep(1 / _PER_S)
    async with asyncio.timeout(60):
        while len(server.control.sent(method="sendMessage")) < _EVENTS:
            await asyncio.sleep(0.1)
    seen: dict[int, int] = {}
    waits = []
    for message in server.control.sent(method="sendMessage"):
        step = seen.get(message.chat_id, 0)
        seen[message.chat_id] = step + 1
        waits.append(max(0.0, message.at_monotonic_s - accepted[message.chat_id, step]))
    return waits


async def _theirs(server: BotApiServer) -> list[float]:
    waits: list[float] = []
    bot = Bot(server.options.token, base_url=f"{server.url}/bot")
    async with bot:

        async def send(chat: int) -> None:
            began = time.monotonic()
            await bot.send_message(chat, "Declaration: reviewed")
            waits.append(time.monotonic() - began)

        async with asyncio.TaskGroup() as group:
            for number in range(_EVENTS):
                group.create_task(send(5000 + number % _CHATS))
                await asyncio.sleep(1 / _PER_S)
    return waits
