"""Rasa over HTTP. Source: Rasa 3.6 REST channel (`POST /webhooks/rest/webhook`) and HTTP API (`GET /status`)."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
from pydantic import ValidationError

from bot.channels.model import Language, Reply
from bot.errors import NluTimeoutError, NluUnavailableError


class RasaDialogue:
    """The dialogue as Rasa leads it. base_url: Rasa's address; token: its --auth-token."""

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
        )
        self._token = token

    async def answer(self, key: str, message: str, language: Language, *, today: date, timeout_s: float) -> list[Reply]:
        """See Dialogue.answer."""
        body = {
            "sender": key,
            "message": message,
            "metadata": {"language": language, "today": today.isoformat()},
        }
        try:
            # httpx counts its time anew for each step (a free connection, connecting, each piece of the answer).
            async with asyncio.timeout(timeout_s):
                response = await self._http.post("/webhooks/rest/webhook", json=body, timeout=timeout_s)
            response.raise_for_status()
            return _replies(response.json())
        except (httpx.TimeoutException, TimeoutError) as error:
            raise NluTimeoutError from error
        except (httpx.HTTPError, ValueError) as error:
            raise NluUnavailableError from error

    async def ready(self) -> bool:
        """See Dialogue.ready."""
        try:
            response = await self._http.get("/status", params={"token": self._token}, timeout=2.0)
            return response.is_success and bool(response.json().get("model_file"))
        except (httpx.HTTPError, ValueError):
            return False

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


def _replies(messages: Any) -> list[Reply]:
    """Rasa's messages as replies. Raises ValueError when there is none, or one that is no reply of ours."""
    try:
        replies = [Reply.model_validate(message["custom"]) for message in messages]
    except (ValidationError, KeyError, TypeError) as error:
        raise ValueError("Rasa sent something that is no reply") from error
    if not replies:
        # The action server was away or an action failed: Rasa then answers 200 with an empty list.
        raise ValueError("Rasa sent no reply")
    return replies
