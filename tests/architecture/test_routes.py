"""Every route asks who is there, or stands on the list of public ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.app import create_app
from bot.bootstrap import open_services
from bot.settings import Settings, TelegramSettings
from bot.store.engine import Store

# Each with what protects it in the place of a key or a session.
PUBLIC = {
    "GET /": "the chat page",
    "GET /chat/{version}/{name}": "its files",
    "WS /v1/chat": "same origin; the session id is in the first frame",
    "POST /v1/messages": "anybody may ask; nothing personal without a session of ours",
    "POST /v1/chat/sessions": "anybody may open a conversation",
    "POST /v1/clearance/events": "signature of a port's system",
    "POST /v1/clearance/receipts": "signature of a port's system",
    "GET /v1/notices/published": "what went out to everybody",
    "GET /v1/banners/current": "what every chat shows",
    "POST /v1/telegram/webhook": "Telegram's secret token",
    "GET /console/login": "the log-in itself",
    "POST /console/login": "the log-in itself, from its own page",
    "GET /console/static/{name}": "files of the log-in page",
    "POST /v1/staff/session": "the log-in itself",
    "GET /v1/booking-files/{number}/{proof}/calendar.ics": "128 bits in the address that only the service can make",
    "GET /v1/booking-files/{number}/{proof}/qr.svg": "the same",
    "GET /v1/shipment-pictures/{picture_id}.svg": "128 random bits in the address, for an hour, made for who may see it",
    "GET /v1/shipment-pictures/{picture_id}.png": "the same",
    "GET /v/": "the page that verifies labels",
    "GET /v/keys.json": "public keys",
    "GET /v/{name}": "its files",
    "GET /v1/labels/keys": "public keys",
    "POST /v1/labels/verifications": "whether a signed code holds; goods are named to nobody",
    "GET /v1/labels/template.xlsx": "an empty list",
    "GET /v1/labels/template.csv": "an empty list",
    "GET /own-data/{token}.{kind}": "signature of ten minutes, handed out in the person's own chat",
    "GET /status": "counts of a day, never persons",
    "GET /v1/status/promise": "counts of a day, never persons",
    "GET /v1/status/incidents": "channels and moments, never persons",
    "GET /promises": "counts of a month, never persons",
    "GET /v1/status/promises": "counts of a month, never persons",
    "GET /report": "a report by nobody who is known",
    "POST /report": "a report by nobody who is known",
    "POST /report/state": "the tracking code is the proof",
    "POST /v1/reports": "a report by nobody who is known",
    "POST /v1/reports/state": "the tracking code is the proof",
    "GET /healthz": "for the container's health check",
    "GET /readyz": "for the load balancer",
    "GET /metrics": "kinds and counts, never persons",
    "GET /openapi.json": "the API's own documentation",
    "GET /docs": "the API's own documentation",
    "GET /docs/oauth2-redirect": "the API's own documentation",
}


class Nobody:
    """What a route without dependencies depends on."""

    call = None
    dependencies: tuple[Any, ...] = ()


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes themselves: FastAPI keeps those of an included router one level below."""
    for route in routes:
        inner = getattr(route, "effective_candidates", None)
        if inner is not None:
            yield from flat(inner())
        else:
            # A socket's route has its full path in a route of its own.
            yield getattr(route, "starlette_route", None) or route


def names(route: Any) -> list[str]:
    """Method and path, one for each method."""
    methods = getattr(route, "methods", None) or {"WS"}
    return [f"{method} {route.path}" for method in sorted(methods - {"HEAD"})]


def is_guarded(dependant: Any) -> bool:
    """Whether anything that the route depends on asks who is there."""
    return getattr(dependant.call, "guards", False) or any(is_guarded(inner) for inner in dependant.dependencies)


@pytest.fixture
async def app(settings: Settings, sqlite_store: Store) -> AsyncIterator[FastAPI]:
    """The application as it is served, with Telegram's webhook."""
    telegram = TelegramSettings(
        token=SecretStr("123456789:" + "A" * 35),
        api_url="http://127.0.0.1:9",
        mode="webhook",
        webhook_url="https://example.org",
    )
    url = sqlite_store.engine.url.render_as_string(hide_password=False)
    async with open_services(settings.model_copy(update={"telegram": telegram, "database_url": url})) as services:
        yield create_app(services)


async def test_every_route_asks_who_is_there_or_is_listed_as_public(app: FastAPI) -> None:
    routes = list(flat(app.routes))
    open_to_all = {
        name for route in routes if not is_guarded(getattr(route, "dependant", None) or Nobody) for name in names(route)
    }

    assert len(routes) > 40
    assert open_to_all == set(PUBLIC)


async def test_no_route_of_the_documentation_is_overlooked(app: FastAPI) -> None:
    found = {name for route in flat(app.routes) for name in names(route)}
    documented = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}

    assert len(documented) > 20
    assert documented <= found
