"""The server speaks what Rasa 3.6 speaks, and tells nothing that it should not."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from actions.base import Parts
from actions.registry import make_executor
from actions.server import MAX_BODY_BYTES, make_app
from bot.channels.model import Reply

from .conftest import FakeService, tracker_state

# Form of Rasa 3.6.21's request: rasa/core/actions/action.py, `RemoteAction._action_call_format`, with the selective domain on.
CALL: dict[str, Any] = {
    "next_action": "action_chitchat",
    "sender_id": "key-1",
    "tracker": tracker_state("你好，secret", intent="greet"),
    "version": "3.6.21",
}


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app(make_executor(parts)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        yield http


async def test_a_call_as_rasa_sends_it_gets_events_and_responses_as_rasa_reads_them(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=CALL)

    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"events", "responses"}
    assert Reply.model_validate(body["responses"][0]["custom"]).kind == "chitchat"


@pytest.mark.parametrize("domain", [{}, {"intents": ["kb"], "responses": {}}])
async def test_a_whole_domain_is_taken_too(client: httpx.AsyncClient, domain: dict[str, Any]) -> None:
    assert (await client.post("/webhook", json=CALL | {"domain": domain})).status_code == 200


async def test_a_compressed_call_is_read(client: httpx.AsyncClient) -> None:
    content = zlib.compress(json.dumps(CALL).encode())

    answer = await client.post("/webhook", content=content, headers={"content-encoding": "deflate"})

    assert answer.status_code == 200


async def test_events_of_slots_have_the_form_that_rasa_checks(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=CALL | {"next_action": "action_leave_form"})

    assert [(e["event"], e["name"], e["value"]) for e in answer.json()["events"]] == [
        ("slot", "declaration_no", None),
        ("slot", "binding_code", None),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"next_action": 3}', b'{"next_action": "action_help"}', b"x" * (MAX_BODY_BYTES + 1)],
)
async def test_what_is_no_call_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/webhook", content=content)

    assert answer.status_code == 400
    assert answer.json() == {"error": "bad_request"}


async def test_a_bomb_is_not_inflated(client: httpx.AsyncClient) -> None:
    bomb = zlib.compress(b" " * (MAX_BODY_BYTES + 10))

    answer = await client.post("/webhook", content=bomb, headers={"content-encoding": "deflate"})

    assert answer.status_code == 400


async def test_an_unknown_action_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=CALL | {"next_action": "action_nothing"})

    assert answer.status_code == 404


async def test_a_failing_action_tells_neither_its_error_nor_the_message(
    client: httpx.AsyncClient, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.error = RuntimeError("password in the error")

    with caplog.at_level(logging.DEBUG):
        answer = await client.post("/webhook", json=CALL | {"next_action": "action_my_follows"})

    assert answer.status_code == 500
    assert answer.json() == {"error": "internal", "action_name": "action_my_follows"}
    assert "action failed" in caplog.text
    assert "secret" not in caplog.text


async def test_health_and_the_list_of_actions(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    assert {"name": "action_answer"} in (await client.get("/actions")).json()
