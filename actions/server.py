"""The action server: rasa-sdk's executor behind a small ASGI application.

rasa-sdk's own server answers an error with its text and the whole request, and listens on every address; this one does
neither. It speaks the same protocol: `POST /webhook`, `GET /health`, `GET /actions`.
"""

from __future__ import annotations

import json
import logging
import zlib
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 4_000_000


def make_app(executor: ActionExecutor) -> Starlette:
    """The application; it holds no state of its own."""

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def actions(request: Request) -> JSONResponse:
        return JSONResponse([{"name": name} for name in sorted(executor.actions)])

    async def webhook(request: Request) -> JSONResponse:
        call = await _action_call(request)
        if call is None:
            return JSONResponse({"error": "bad_request"}, status_code=400)
        return await _run(executor, call)

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/actions", actions),
            Route("/webhook", webhook, methods=["POST"]),
        ]
    )


async def _action_call(request: Request) -> dict[str, Any] | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        raw = _inflated(bytes(body)) if request.headers.get("content-encoding") == "deflate" else bytes(body)
        call = json.loads(raw)
    except (ValueError, zlib.error):
        return None
    if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
        return None
    # Rasa leaves the domain out when told that no action reads it; rasa-sdk 3.21 insists on one.
    return call | {"domain": call.get("domain") or {}} if isinstance(call.get("tracker"), dict) else None


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj()
    inflated = inflater.decompress(body, MAX_BODY_BYTES)
    if inflater.unconsumed_tail:
        raise ValueError("too large")
    return inflated


async def _run(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    name = call["next_action"]
    try:
        result = await executor.run(call)
    except ActionExecutionRejection:
        return JSONResponse({"error": "rejected", "action_name": name}, status_code=400)
    except ActionNotFoundException:
        logger.error("no action of the name that was asked for")  # noqa: TRY400 - the place tells nothing
        return JSONResponse({"error": "unknown action", "action_name": name}, status_code=404)
    except Exception:
        # The top of a request. The log's formatter writes places and types, never messages; Rasa gets the code alone.
        logger.exception("action failed", extra={"action": name})
        return JSONResponse({"error": "internal", "action_name": name}, status_code=500)
    return JSONResponse(result.model_dump() if result is not None else {"events": [], "responses": []})
