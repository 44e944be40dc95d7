"""`chat`: p95 of a turn, beside the same model's own REST webhook with the same questions, at 1 and at 20 clients."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from tests.bench.figures import Figure, percentile
from tests.bench.questions import questions
from tests.bench.running import Place, running

_ROUNDS = 3
Ask = Callable[[httpx.AsyncClient, str, str], Awaitable[None]]


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """Ours and theirs in turn, round by round, so that a machine that slows down slows both."""
    async with running(progress) as place:
        figures = []
        for clients, count in ((1, 150), (20, 300)):
            ours: list[float] = []
            theirs: list[float] = []
            for number in range(_ROUNDS):
                progress(f"chat: {clients} clients, round {number + 1} of {_ROUNDS}")
                asked = questions(count)
                theirs += await _measure(_rasa(place), asked, clients)
                ours += await _measure(_service(place), asked, clients)
            figures += [
                Figure(
                    f"p{share} at {clients} clients",
                    percentile(ours, share / 100) * 1000,
                    "ms",
                    "Rasa's REST webhook",
                    percentile(theirs, share / 100) * 1000,
                )
                for share in (50, 95)
            ]
        return figures


def _service(place: Place) -> Ask:
    async def ask(http: httpx.AsyncClient, conversation: str, text: str) -> None:
        answer = await http.post(f"{place.url}/v1/messages", json={"conversation_id": conversation, "text": text})
        answer.raise_for_status()
        assert answer.json()["by"] == "dialogue", "Rasa did not answer in time: this would compare search with Rasa"

    return ask


def _rasa(place: Place) -> Ask:
    async def ask(http: httpx.AsyncClient, conversation: str, text: str) -> None:
        body = {"sender": conversation, "message": text, "metadata": {"language": "zh-Hans", "today": "2026-11-22"}}
        answer = await http.post(f"{place.rasa_url}/webhooks/rest/webhook", json=body)
        answer.raise_for_status()
        assert answer.json(), "Rasa gave no answer"

    return ask


async def _measure(ask: Ask, asked: Sequence[str], clients: int) -> list[float]:
    """Seconds for each question; each client asks one after the other, in one conversation."""
    times: list[float] = []
    waiting = iter(asked)

    async def client(http: httpx.AsyncClient) -> None:
        conversation = f"bench-{secrets.token_hex(8)}"
        for text in waiting:
            began = time.perf_counter()
            await ask(http, conversation, text)
            times.append(time.perf_counter() - began)

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=clients)) as http:
        await ask(http, f"bench-{secrets.token_hex(8)}", asked[0])
        await asyncio.gather(*(client(http) for _ in range(clients)))
    return times
