"""Rasa over HTTP. Source: Rasa 3.6 REST channel (`POST /webhooks/rest/webhook`) and HTTP API (`GET /status`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
from pydantic import ValidationError

from bot.channels.model import Language, Reply
from bot.conversation.model import rasa_message
from bot.errors import NluTimeoutError, NluUnavailableError

_MOST_ASKED = 3


class RasaDialogue:
    """The dialogue as Rasa leads it. address: where Rasa answers, asked anew for each message; token: its --auth-token."""

    def __init__(
        self, address: Callable[[], str], token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._address = address
        self._http = httpx.AsyncClient(
            transport=transport,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
        )
        self._token = token

    async def answer(
        self, key: str, message: str, language: Language, *, today: date, timeout_s: float, form: str | None = None
    ) -> list[Reply]:
        """See Dialogue.answer.

        Where an action wants something asked in the person's place (`{"ask": [text, …]}`: the whole of a shortened question, or
        the single ones of several), that goes to Rasa too, in order, marked as `rewritten`.
        """
        metadata = {"language": language, "today": today.isoformat()} | ({"form": form} if form else {})
        try:
            # httpx counts its time anew for each step (a free connection, connecting, each piece of the answer).
            async with asyncio.timeout(timeout_s):
                said = await self._said(key, message, metadata, timeout_s)
                replies: list[Reply] = []
                for one in said:
                    for question in _asked(one):
                        again = await self._said(key, question, metadata | {"rewritten": True}, timeout_s)
                        replies += map(_reply, again)
                    if not _asked(one):
                        replies.append(_reply(one))
        except (httpx.TimeoutException, TimeoutError) as error:
            raise NluTimeoutError from error
        except (httpx.HTTPError, ValueError) as error:
            raise NluUnavailableError from error
        return replies

    async def _said(self, key: str, message: str, metadata: dict[str, Any], timeout_s: float) -> list[Any]:
        body = {"sender": key, "message": message, "metadata": metadata}
        response = await self._http.post(f"{self._address()}/webhooks/rest/webhook", json=body, timeout=timeout_s)
        response.raise_for_status()
        said = response.json()
        if not isinstance(said, list) or not said:
            # The action server was away or an action failed: Rasa then answers 200 with an empty list.
            raise ValueError("Rasa sent no reply")
        return said

    async def ready(self) -> bool:
        """See Dialogue.ready."""
        try:
            response = await self._http.get(f"{self._address()}/status", params={"token": self._token}, timeout=2.0)
            return response.is_success and bool(response.json().get("model_file"))
        except (httpx.HTTPError, ValueError):
            return False

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


def _asked(message: Any) -> list[str]:
    """What an action wants asked; empty for a reply. No text of ours may begin with a slash, as in `rasa_message`."""
    custom = message.get("custom") if isinstance(message, dict) else None
    asked = custom.get("ask") if isinstance(custom, dict) else None
    if not isinstance(asked, list):
        return []
    return [question for text in asked[:_MOST_ASKED] if (question := rasa_message(str(text), None))]


def _reply(message: Any) -> Reply:
    """One of Rasa's messages as a reply. Raises ValueError for what is no reply of ours."""
    try:
        return Reply.model_validate(message["custom"])
    except (ValidationError, KeyError, TypeError) as error:
        raise ValueError("Rasa sent something that is no reply") from error
