"""Limits, faults, and the control side over HTTP."""

from __future__ import annotations

import asyncio
import sys
import time

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from tests.botapi import BotApiServer, Options
from tests.botapi.limits import Limits

CHAT = 4242


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without it the library warns of a coming change at every RetryAfter.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def test_sliding_window_refuses_the_message_too_many_and_then_keeps_silent() -> None:
    limits = Limits(Options(rate_per_s=30, window="sliding", chat_interval_s=0))

    assert [limits.refusal_s(i + 1, i * 0.01) for i in range(30)] == [0] * 30
    assert limits.refusal_s(99, 0.5) == 1
    assert limits.refusal_s(99, 1.2) == 1
    assert limits.refusal_s(99, 1.51) == 0
    assert limits.refused == 2


def test_even_pace_below_the_rate_is_never_refused() -> None:
    limits = Limits(Options(rate_per_s=30, window="sliding", chat_interval_s=0))

    assert sum(limits.refusal_s(i + 1, i / 29.7) for i in range(600)) == 0


def test_bucket_allows_a_burst_then_the_rate() -> None:
    limits = Limits(Options(rate_per_s=10, window="bucket", chat_interval_s=0))

    assert [limits.refusal_s(i + 1, 0.0) for i in range(11)] == [0] * 10 + [1]
    assert [limits.refusal_s(i + 1, 1.0 + i / 10) for i in range(10)] == [0] * 10


@pytest.mark.parametrize("burst", [1, 3])
def test_private_chat_takes_a_burst_then_one_a_second(burst: int) -> None:
    limits = Limits(Options(rate_per_s=0, chat_burst=burst))

    assert [limits.refusal_s(7, 0.0) for _ in range(burst + 1)] == [0] * burst + [1]
    assert limits.refusal_s(8, 0.0) == 0
    assert [limits.refusal_s(7, 1.0 + i) for i in range(5)] == [0] * 5


def test_group_takes_twenty_a_minute() -> None:
    limits = Limits(Options(rate_per_s=0))

    assert [limits.refusal_s(-7, float(i)) for i in range(20)] == [0] * 20
    assert limits.refusal_s(-7, 20.0) == 40


async def test_refusal_reaches_the_library_as_retry_after() -> None:
    async with BotApiServer(Options(chat_burst=1)) as server, Bot(server.options.token, f"{server.url}/bot") as bot:
        await bot.send_message(CHAT, "1")

        with pytest.raises(RetryAfter) as refusal:
            await bot.send_message(CHAT, "2")

        assert "Retry in 0:00:01" in str(refusal.value)
        assert server.control.counts()["refused"] == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", RetryAfter),
        ("500", NetworkError),
        ("502", NetworkError),
        ("cut", NetworkError),
        ("garbage", TelegramError),
    ],
)
async def test_fault_befalls_as_often_as_ordered(server: BotApiServer, bot: Bot, kind: str, error: type) -> None:
    server.control.call("fault", {"kind": kind, "count": 2, "methods": ["sendMessage"]})

    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(CHAT, "x")
    await bot.send_message(CHAT, "x")

    assert server.control.texts() == ["x"]


async def test_answer_can_get_lost_after_the_work(server: BotApiServer, bot: Bot) -> None:
    server.control.fault("cut_after")

    with pytest.raises(NetworkError):
        await bot.send_message(CHAT, "x")

    assert server.control.texts() == ["x"]


async def test_time_out_keeps_waiting(server: BotApiServer, bot: Bot) -> None:
    server.control.fault("timeout", delay_s=1)

    with pytest.raises(TimedOut):
        await bot.send_message(CHAT, "x", read_timeout=0.1)


async def test_latency_counts_both_ways(server: BotApiServer, bot: Bot) -> None:
    server.control.latency(40)
    began_s = time.monotonic()

    await bot.send_message(CHAT, "x")

    assert time.monotonic() - began_s >= 0.08


async def test_control_over_http(server: BotApiServer, bot: Bot) -> None:
    async with httpx.AsyncClient(base_url=f"{server.url}/control") as http:
        pushed = (await http.post("/user_message", json={"chat_id": CHAT, "text": "你好"})).json()["result"]
        await bot.send_message(CHAT, "回答")
        sent = (await http.post("/sent", json={"chat_id": CHAT})).json()["result"]
        counts = (await http.post("/counts")).json()["result"]
        wrong = [await http.post(f"/{name}", json={"x": 1}) for name in ("no_such", "_user", "sent", "call")]

    assert (await bot.get_updates())[0].update_id == pushed
    assert [(call["text"], call["method"]) for call in sent] == [("回答", "sendMessage")]
    assert counts["messages"] == 2
    assert [response.status_code for response in wrong] == [404, 404, 400, 404]


async def test_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.botapi", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split()[1]

    async with Bot(Options().token, base_url=f"{url}/bot") as bot:
        await bot.send_message(CHAT, "x")

    process.terminate()
    assert await process.wait() == 0
