"""The door through which the service's messages come in: Rasa's REST channel with errors that show, and logs without text."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)

_MAX_TEXT_CHARACTERS = 10_000


class ServiceInput(InputChannel):
    """`POST /webhooks/rest/webhook` {"sender", "message", "metadata"?} gives a list of messages, as Rasa's own channel does.

    Where Rasa's channel writes the message text into the log and answers an error with an empty list, this one logs ids
    only and answers 500, 503 or 400 with {"error": code}, so that the service can tell silence from failure.
    """

    def __init__(self, token: str | None = None) -> None:
        """token: when given, each request must carry it as `Authorization: Bearer <token>`."""
        self._token = token or None

    @classmethod
    def name(cls) -> str:
        """Name in the address, the one of Rasa's own channel."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> ServiceInput:
        """Read `token` from credentials.yml; a variable that was not set there counts as no token."""
        token = (credentials or {}).get("token")
        return cls(None if token is None or str(token).startswith("${") else str(token))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        """The routes: a health check and the webhook."""
        routes = Blueprint("service_input", __name__)

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not self._authorised(request):
                return response.json({"error": "unauthorised"}, status=401)
            body = request.json
            if not _well_formed(body):
                return response.json({"error": "bad_request"}, status=400)
            return await _answered(body, on_new_message)

        return routes

    def _authorised(self, request: Request) -> bool:
        if self._token is None:
            return True
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())


def _well_formed(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("sender"), str)
        and isinstance(body.get("message"), str)
        and len(body["message"]) <= _MAX_TEXT_CHARACTERS
        and isinstance(body.get("metadata", {}), dict)
    )


async def _answered(body: dict[str, Any], on_new_message: Callable[[UserMessage], Awaitable[None]]) -> HTTPResponse:
    collector = CollectingOutputChannel()
    message = UserMessage(
        body["message"], collector, body["sender"], input_channel=ServiceInput.name(), metadata=body.get("metadata", {})
    )
    try:
        await on_new_message(message)
    except asyncio.CancelledError:
        logger.warning("The turn of conversation %s was given up before it was answered.", body["sender"])
        return response.json({"error": "timeout"}, status=503)
    except Exception as error:
        # The top of a request. The traceback's frames may hold the text, so the log names the kind of error only.
        logger.error(  # noqa: TRY400
            "The turn of conversation %s failed: %s", body["sender"], _chain_of_kinds(error)
        )
        return response.json({"error": "internal"}, status=500)
    return response.json(collector.messages)


def _chain_of_kinds(error: BaseException) -> str:
    kinds = []
    current: BaseException | None = error
    while current is not None:
        kinds.append(type(current).__name__)
        current = current.__cause__ or current.__context__
    return " <- ".join(kinds)
