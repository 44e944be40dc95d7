"""HTTP of health: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from bot.health import Health


def health_router(health: Health, data_dir: Path, counters: Callable[[], Awaitable[bytes]]) -> APIRouter:
    """Public routes. data_dir: where the launcher writes what it knows of the processes it watches.

    counters: in Prometheus' text format.
    """
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def read_health() -> dict[str, str]:
        """This process answers."""
        return {"status": "up"}

    @router.get("/readyz", responses={503: {"description": "A part that is needed is down"}})
    async def read_readiness() -> JSONResponse:
        """Each part by name; 503 while one that is needed is down."""
        watched = _watched(data_dir)
        parts: dict[str, Any] = {
            part.name: {"state": part.state, "required": part.required} | watched.get(part.name, {})
            for part in await health.parts()
        }
        ready = all(part["state"] == "up" for part in parts.values() if part["required"])
        return JSONResponse({"ready": ready, "parts": parts}, status_code=200 if ready else 503)

    @router.get("/metrics")
    async def read_metrics() -> Response:
        """Counters and timers for Prometheus: of this process, and of the workers with their name in `process`."""
        return Response(await counters(), media_type=CONTENT_TYPE_LATEST)

    return router


def _watched(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Restarts and process ids as the launcher reports them; empty where no launcher runs."""
    try:
        found: Any = orjson.loads((data_dir / "run" / "parts.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
