"""A whole flow at DEBUG leaves no token, key, session, document number or text of a person in any log line."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from sqlalchemy import select

from bot.app import create_app
from bot.bootstrap import Services, open_services
from bot.clearance.model import Stage
from bot.logs import JsonFormatter, configure_logging
from bot.people.model import Role, Scope, conversation_key
from bot.secrets import actions_token
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.schema import clearance_events
from tests.events import CREDIT_CODE, DECLARATION_NO, OTHER_DECLARATION_NO, cloud_event, encoded, signed

TEXT = "滞报金怎么算 unmistakable-words-of-a-person"
PASSWORD = "an unmistakable password"
NOTE = "unmistakable note of the port"


@contextmanager
def captured(settings: Settings) -> Iterator[tuple[io.StringIO, list[str]]]:
    """What goes out as lines, and our own loggers' messages before anything is taken out of them."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    configure_logging(settings.model_copy(update={"log_level": "DEBUG"}))
    lines, own = io.StringIO(), []

    class Own(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            own.append(f"{record.getMessage()} {vars(record)}")

    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    root.handlers[:] = [handler]
    listener = Own()
    logging.getLogger("bot").addHandler(listener)
    try:
        yield lines, own
    finally:
        logging.getLogger("bot").removeHandler(listener)
        root.handlers[:], level = kept
        root.setLevel(level)


async def flow(http: httpx.AsyncClient, services: Services) -> list[str]:
    """Events, keys, binding, questions, log-in, and refusals of each; returns what must not show."""
    whsec = await services.keys.add("port", Scope.EVENTS, actor="system:test")
    body = encoded(cloud_event(stage=Stage.RELEASED, credit_code=CREDIT_CODE, note=NOTE))
    headers = signed(body, base64.b64decode(whsec.removeprefix("whsec_")), datetime.now(UTC))
    assert (await http.post("/v1/clearance/events", content=body, headers=headers)).status_code == 202
    await http.post("/v1/clearance/events", content=body, headers=headers | {"webhook-signature": "v1,AAAA"})

    token = await services.keys.add("firm", Scope.CLEARANCE, actor="system:test", credit_code=CREDIT_CODE)
    bearer = {"authorization": f"Bearer {token}"}
    made = await http.post(f"/v1/clearance/{DECLARATION_NO}/binding-codes", headers=bearer)
    assert (await http.get(f"/v1/clearance/{DECLARATION_NO}", headers=bearer)).status_code == 200
    await http.get(f"/v1/clearance/{OTHER_DECLARATION_NO}", headers=bearer)

    session = (await http.post("/v1/chat/sessions")).json()["conversation_id"]
    answer = await http.post("/v1/messages", json={"conversation_id": session, "text": TEXT})
    assert answer.json()["by"] == "search"
    await http.post("/v1/messages", json={"conversation_id": session, "text": TEXT, "wish": TEXT})

    actions = {"authorization": f"Bearer {actions_token(services.secrets)}"}
    follow = {"declaration_no": DECLARATION_NO, "code": "AAAAA-AAAAA", "language": "en"}
    address = f"/v1/conversations/{conversation_key('web', session)}"
    assert (await http.post(f"{address}/declarations", json=follow, headers=actions)).status_code == 403
    follow["code"] = made.json()["code"]
    assert (await http.post(f"{address}/declarations", json=follow, headers=actions)).status_code == 200

    await services.staff.add("li", Role.AUTHOR, PASSWORD, actor="system:test")
    await http.post("/v1/staff/session", json={"name": "li", "password": PASSWORD})
    await http.post("/v1/staff/session", json={"name": "li", "password": f"{PASSWORD}!"})
    cookies = "".join(http.cookies.values())
    return [
        *(whsec, token, token.rpartition("_")[2], made.json()["code"], session, cookies, actions["authorization"][7:]),
        *(DECLARATION_NO, OTHER_DECLARATION_NO, CREDIT_CODE, NOTE, TEXT, "unmistakable", PASSWORD),
    ]


async def test_nothing_secret_or_personal_is_logged(settings: Settings, sqlite_store: Store) -> None:
    url = sqlite_store.engine.url.render_as_string(hide_password=False)
    own_settings = settings.model_copy(update={"database_url": url, "rasa_url": "http://127.0.0.1:9"})

    with captured(own_settings) as (lines, own):
        async with open_services(own_settings) as services:
            transport = httpx.ASGITransport(create_app(services))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                secrets = await flow(http, services)
        logging.getLogger("bot.test").debug("heard")

    async with sqlite_store.read() as connection:
        assert NOTE in str((await connection.execute(select(clearance_events.c.detail))).all())
    assert "heard" in lines.getvalue()
    assert "rasa gave no answer" in lines.getvalue()
    assert all(secrets)
    assert [secret for secret in secrets if secret in lines.getvalue()] == []
    assert [secret for secret in secrets if secret in "\n".join(own)] == []


async def test_an_unexpected_error_logs_where_and_not_what(settings: Settings, sqlite_store: Store) -> None:
    url = sqlite_store.engine.url.render_as_string(hide_password=False)
    own_settings = settings.model_copy(update={"database_url": url, "rasa_url": "http://127.0.0.1:9"})

    with captured(own_settings) as (lines, own):
        async with open_services(own_settings) as services:
            app = create_app(services)

            @app.get("/breaks/{number}")
            async def break_down(number: str) -> None:
                raise RuntimeError(f"{TEXT} {number}")

            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                answer = await http.get(f"/breaks/{DECLARATION_NO}")

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:kouan:problem:internal")
    assert "unexpected RuntimeError" in lines.getvalue()
    assert [text for text in (TEXT, DECLARATION_NO) if text in f"{lines.getvalue()}{answer.text}"] == []
    assert TEXT not in "".join(own)
