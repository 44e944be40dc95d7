"""How python-telegram-bot reaches the Bot API: httpx over aiohttp's transport, JSON by orjson, no token in any error.

The transport is what makes mass sending cheap: httpx's own pool costs more the more messages are under way.
"""

from __future__ import annotations

from typing import Any

import httpx
import orjson
from httpx_aiohttp import AiohttpTransport
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

_POOL_SIZE = 200
_CONNECT_S = 5.0
_READ_S = 10.0
_UPLOAD_S = 60.0


class FloodWaitError(TelegramError):
    """429: `retry_after_s` seconds of silence. In the place of RetryAfter, which warns of its own coming change."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Flood control exceeded. Retry in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class TelegramRequest(BaseRequest):
    """python-telegram-bot's BaseRequest. pool_size: connections at once. transport: for tests."""

    def __init__(self, *, pool_size: int = _POOL_SIZE, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=pool_size, max_keepalive_connections=pool_size, keepalive_expiry=60)
        self._client = httpx.AsyncClient(
            transport=transport or AiohttpTransport(limits=limits), headers={"User-Agent": self.USER_AGENT}
        )

    @property
    def read_timeout(self) -> float | None:
        """Seconds that an answer may take, where the call does not say."""
        return _READ_S

    async def initialize(self) -> None:
        """Nothing to do: connections open when they are needed."""

    async def shutdown(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call; returns status and body. Raises FloodWaitError, TimedOut or NetworkError.

        The errors below have no cause attached on purpose: the address, and with it the token, stands in theirs.
        """
        uploads = request_data.multipart_data if request_data is not None else None
        timeout = httpx.Timeout(
            connect=_either(connect_timeout, _CONNECT_S),
            read=_either(read_timeout, _READ_S),
            write=_either(write_timeout, _UPLOAD_S if uploads else _READ_S),
            # Waiting for a free connection is not a fault of the message: it waits as long as an answer may take.
            pool=_either(pool_timeout, _READ_S),
        )
        try:
            response = await self._client.request(method, url, timeout=timeout, **_body(request_data, uploads))
            status, content = response.status_code, response.content
        except (httpx.TimeoutException, TimeoutError):
            raise TimedOut from None
        except Exception as error:
            raise NetworkError(f"{type(error).__module__}.{type(error).__qualname__}") from None
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise FloodWaitError(_retry_after_s(content))
        return status, content

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The JSON object of an answer. Raises TelegramError for anything else, without writing it to a log."""
        try:
            parsed = orjson.loads(payload)
        except orjson.JSONDecodeError:
            parsed = None
        if not isinstance(parsed, dict):
            raise TelegramError("Invalid server response")
        return parsed


def _body(data: RequestData | None, uploads: Any) -> dict[str, Any]:
    if data is None:
        return {}
    if uploads:
        return {"data": data.json_parameters, "files": uploads}
    return {"content": orjson.dumps(data.parameters), "headers": {"Content-Type": "application/json"}}


def _either(given: Any, default_s: float) -> float | None:
    if given is None:
        return None
    return float(given) if isinstance(given, int | float) else default_s


def _retry_after_s(content: bytes) -> float:
    try:
        return max(0.0, float(orjson.loads(content)["parameters"]["retry_after"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 1.0  # a proxy's 429 names no time
