"""How python-telegram-bot reaches the Bot API: aiohttp below it, JSON by orjson, no token in any error.

python-telegram-bot's own way (httpx on httpcore) costs several times as much, and the more the more messages are under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels.telegram.wire import Wire, WireError, WireTimeoutError

_POOL_SIZE = 200
_KEPT_OPEN_S = 60.0
_CONNECT_S = 5.0
_READ_S = 10.0
_UPLOAD_S = 60.0
_TOO_MANY_REQUESTS = 429
_OK = 200
_JSON = {"Content-Type": "application/json"}


class FloodWaitError(TelegramError):
    """429: `retry_after_s` seconds of silence. In the place of RetryAfter, which warns of its own coming change."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Flood control exceeded. Retry in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class NoAnswerError(NetworkError):
    """The call went out, and the connection ended before its answer: it may have been carried out."""


class NotReachedError(NetworkError):
    """No connection came about: the call was not carried out."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call whose JSON body is ready, in the place of RequestData. body: UTF-8."""

    body: bytes


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer that is there already, in the place of RequestData: python-telegram-bot says what it means."""

    status: int
    content: bytes


class TelegramRequest(BaseRequest):
    """python-telegram-bot's BaseRequest. pool_size: connections at once. session: for tests, in the place of aiohttp's own.

    A proxy is taken from the environment as usual (`HTTPS_PROXY`, `NO_PROXY`, …).
    """

    def __init__(self, *, pool_size: int = _POOL_SIZE, session: aiohttp.ClientSession | None = None) -> None:
        self._pool_size = pool_size
        self._session = session
        self._own_session = session is None
        self._urls: dict[str, tuple[URL, str | None]] = {}
        self._wires: dict[URL, Wire] = {}
        self._timeout = _timeout(_CONNECT_S, _READ_S, _READ_S)

    @property
    def read_timeout(self) -> float | None:
        """Seconds that an answer may take, where the call does not say."""
        return _READ_S

    async def initialize(self) -> None:
        """Nothing to do: connections open when they are needed."""

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        for wire in self._wires.values():
            await wire.close()
        self._wires.clear()

    async def post_prepared(self, url: str, call: Prepared) -> Any:
        """The result of a call whose body is ready. Raises TelegramError as `post` does."""
        address, proxy = self._url(url)
        if proxy is not None or not self._own_session:
            # `post` only hands the data on to `do_request` below, which knows both kinds.
            return await self.post(url, cast("RequestData", call))
        try:
            answer = await self._wire(address).post(address.raw_path_qs, call.body)
        except WireTimeoutError:
            raise TimedOut from None
        except WireError as error:
            raise (NoAnswerError if error.was_sent else NotReachedError)(str(error)) from None
        if answer.status != _OK:
            return await self.post(url, cast("RequestData", _Answered(answer.status, answer.body)))
        parsed = self.parse_json_payload(answer.body)
        if "result" not in parsed:
            raise NoAnswerError("Invalid server response")
        return parsed["result"]

    def _wire(self, address: URL) -> Wire:
        origin = address.origin()
        wire = self._wires.get(origin)
        if wire is None:
            wire = self._wires[origin] = Wire(
                origin,
                user_agent=self.USER_AGENT,
                size=self._pool_size,
                kept_open_s=_KEPT_OPEN_S,
                connect_s=_CONNECT_S,
                answer_s=_READ_S,
            )
        return wire

    def _open(self) -> aiohttp.ClientSession:
        # Not in the constructor: a session belongs to the loop that runs when it is made.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool_size, keepalive_timeout=_KEPT_OPEN_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session

    def _url(self, url: str) -> tuple[URL, str | None]:
        """The address, parsed, and the proxy on the way to it."""
        # Looked up here once: aiohttp's own `trust_env` asks a thread for it twice with every call, which costs half a call.
        known = self._urls.get(url)
        if known is None:
            if len(self._urls) > 100:
                self._urls.clear()
            address = URL(url)
            known = self._urls[url] = (address, _proxy(address))
        return known

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
        """One call; returns status and body. Raises FloodWaitError, TimedOut, NoAnswerError or NotReachedError.

        The errors below have no cause attached on purpose: the address, and with it the token, stands in theirs.
        write_timeout: aiohttp has none; an upload gets a minute for its answer in its place.
        """
        if isinstance(request_data, _Answered):
            return _unless_flooded(request_data.status, request_data.content)
        body, headers = _body(request_data)
        if read_timeout is BaseRequest.DEFAULT_NONE and connect_timeout is BaseRequest.DEFAULT_NONE and headers:
            timeout = self._timeout
        else:
            usual_read_s = _READ_S if headers else _UPLOAD_S
            read_s = _either(read_timeout, usual_read_s)
            timeout = _timeout(_either(connect_timeout, _CONNECT_S), read_s, _either(pool_timeout, _READ_S))
        address, proxy = self._url(url)
        try:
            async with self._open().request(
                method, address, data=body, headers=headers, timeout=timeout, proxy=proxy
            ) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReachedError(_name(error)) from None
        except TimeoutError:
            raise TimedOut from None
        except Exception as error:
            raise NoAnswerError(_name(error)) from None
        return _unless_flooded(status, content)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The JSON object of an answer. Raises TelegramError for anything else, without writing it to a log."""
        try:
            parsed = orjson.loads(payload)
        except orjson.JSONDecodeError:
            parsed = None
        if not isinstance(parsed, dict):
            # It was a success, as far as that can be told: what was called may have been carried out.
            raise NoAnswerError("Invalid server response")
        return parsed


def _unless_flooded(status: int, content: bytes) -> tuple[int, bytes]:
    if status == _TOO_MANY_REQUESTS:
        raise FloodWaitError(_retry_after_s(content))
    return status, content


def _proxy(address: URL) -> str | None:
    """As httpx and aiohttp read the environment: by scheme, else for all, unless the host is excepted."""
    if address.host is None or proxy_bypass(f"{address.host}:{address.port}"):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")


def _timeout(connect_s: float | None, read_s: float | None, pool_s: float | None) -> aiohttp.ClientTimeout:
    # Waiting for a free connection is not a fault of the message: it waits as long as an answer may take besides.
    either = None if connect_s is None or pool_s is None else connect_s + pool_s
    return aiohttp.ClientTimeout(total=None, connect=either, sock_connect=connect_s, sock_read=read_s)


def _body(data: RequestData | Prepared | None) -> tuple[Any, dict[str, str]]:
    """Body and headers; without headers where it is a form with files, which makes its own."""
    if isinstance(data, Prepared):
        return data.body, _JSON
    if data is None:
        return None, _JSON
    uploads = data.multipart_data
    if not uploads:
        return orjson.dumps(data.parameters), _JSON
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in uploads.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, {}


def _name(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _either(given: Any, default_s: float) -> float | None:
    if given is None:
        return None
    return float(given) if isinstance(given, int | float) else default_s


def _retry_after_s(content: bytes) -> float:
    try:
        return max(0.0, float(orjson.loads(content)["parameters"]["retry_after"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 1.0  # a proxy's 429 names no time
