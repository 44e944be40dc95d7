"""HTTP of the Telegram channel: the webhook."""

import hmac
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request, Response

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.store import InboundStore
from bot.channels.telegram.updates import ALLOWED_UPDATES
from bot.errors import Fault, InvalidInputError, NotAuthenticatedError, PayloadTooLargeError

WEBHOOK_PATH = "/v1/telegram/webhook"
_MAX_BODY_BYTES = 1_000_000  # an update is some kilobytes


def webhook_router(
    store: InboundStore, on_stored: Callable[[], None], *, secret: str, max_body_bytes: int = _MAX_BODY_BYTES
) -> APIRouter:
    """The route that Telegram calls. secret: as given to setWebhook, never empty. on_stored: called after a new update.

    It answers 200 only once the update is stored, and again 200 for one that is known already.
    """
    if not secret:
        raise ValueError("a webhook without a secret would take updates from anybody")
    router = APIRouter(tags=["telegram"])

    @router.post(WEBHOOK_PATH, summary="Updates from Telegram", status_code=200, response_class=Response)
    async def receive_update(
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> Response:
        # Bytes, since compare_digest refuses other characters than ASCII in a str. Nothing is read before this.
        if not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), secret.encode()):
            raise NotAuthenticatedError("wrong secret token")
        update = _parse(await _read(request, max_body_bytes))
        if await store.add([update]):
            on_stored()
        return Response(status_code=200)

    return router


async def register_webhook(channel: TelegramChannel, public_url: str, secret: str) -> None:
    """Tell Telegram where to send updates. public_url: https address of the service, without a path. Raises ChannelError."""
    url = public_url.rstrip("/")
    url = url if url.endswith(WEBHOOK_PATH) else f"{url}{WEBHOOK_PATH}"
    await channel.set_webhook(url, secret, allowed=ALLOWED_UPDATES)


async def _read(request: Request, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise PayloadTooLargeError(limit_bytes)
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError([Fault("body", "json", "The body is no JSON.")]) from error
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise InvalidInputError([Fault("update_id", "missing", "An update has a whole number as its update_id.")])
    return update
