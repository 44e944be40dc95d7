"""HTTP in front of the server: one plain handler without a router, so that a bench measures the client and not this."""

from __future__ import annotations

import asyncio
import random
import time
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import BodyPartReader, web

from tests.botapi.control import Control
from tests.botapi.faults import Fault, Faults
from tests.botapi.limits import Limits
from tests.botapi.methods import Methods, integer
from tests.botapi.options import Options
from tests.botapi.problems import ApiError, too_many_requests
from tests.botapi.state import BotState, JsonObject
from tests.botapi.updates import Updates

_MAX_BODY_BYTES = 60_000_000


class BotApiServer:
    """One bot's API server on loopback. `url`: what KOUAN_TELEGRAM__API_URL is set to; `control`: the world around it."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.state = BotState(self.options)
        self._limits = Limits(self.options)
        self._faults = Faults()
        self._updates = Updates(self.options)
        self.control = Control(self.options, self.state, self._updates, self._limits, self._faults)
        self._methods = {**Methods(self.state, self._limits).table, **self._updates.as_table()}
        self._file_prefix = f"/file/bot{self.options.token}/"
        self._prefix = f"/bot{self.options.token}/"
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; port 0 takes a free one."""
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.url = f"http://{bound_host}:{bound_port}"

    async def stop(self) -> None:
        """Close every connection."""
        await self._updates.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> BotApiServer:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/control/"):
            return await self._controlled(request)
        if request.path.startswith(self._file_prefix):
            content = self.state.files.get(request.path.rpartition("/")[2])
            return web.Response(status=404) if content is None else web.Response(body=content)
        name = ""
        try:
            if not request.path.startswith(self._prefix):
                raise self._unknown_path(request.path)
            name = request.path.removeprefix(self._prefix).lower()
            params = await read_params(request)
            await self._delay()
            fault = self._faults.strike(name, integer(params, "chat_id") or None)
            if fault is not None and fault.kind != "cut_after":
                return await self._befall(fault, request)
            result = await self._call(name, params)
            if fault is not None:
                return _cut(request)
            await self._delay()
            return _json(200, {"ok": True, "result": result})
        except ApiError as error:
            await self._delay()
            return _json(error.code, error.body())

    def _unknown_path(self, path: str) -> ApiError:
        if path.startswith("/bot") and ":" in path:
            return ApiError(401, "Unauthorized")
        return ApiError(404, "Not Found")

    async def _call(self, name: str, params: JsonObject) -> Any:
        self.state.calls[name] = self.state.calls.get(name, 0) + 1
        if self.state.logged_out and name != "logout":
            raise ApiError(401, "Unauthorized: Logged out")
        if name == "getupdates":
            return await self._updates.get(params)
        method = self._methods.get(name)
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        return method(params)

    async def _delay(self) -> None:
        latency_ms, jitter_ms = self.options.latency_ms, self.options.jitter_ms
        if latency_ms or jitter_ms:
            await asyncio.sleep((latency_ms + random.uniform(0, jitter_ms)) / 1000)

    async def _befall(self, fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
        if fault.kind == "429":
            raise too_many_requests(fault.retry_after_s)
        if fault.kind == "500":
            raise ApiError(500, "Internal Server Error")
        if fault.kind == "502":
            return web.Response(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        if fault.kind == "garbage":
            return web.Response(body=b'{"ok": true, "resu', content_type="application/json")
        if fault.kind == "timeout":
            await asyncio.sleep(fault.delay_s)
        return _cut(request)

    async def _controlled(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        arguments = orjson.loads(body) if body else {}
        try:
            result = self.control.call(request.path.removeprefix("/control/"), arguments)
        except LookupError as error:
            return _json(404, {"ok": False, "description": f"unknown: {error}"})
        except (TypeError, ValueError) as error:
            return _json(400, {"ok": False, "description": str(error)})
        return _json(200, {"ok": True, "result": result, "now_monotonic_s": time.monotonic()})


async def read_params(request: web.BaseRequest) -> JsonObject:
    """Parameters of a call: query string, form, JSON or multipart. A file becomes {"filename", "content"}."""
    params: JsonObject = dict(request.query)
    if request.content_type == "multipart/form-data":
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise ApiError(400, "Bad Request: nested multipart")
            content = bytes(await part.read())
            if len(content) > _MAX_BODY_BYTES:
                raise ApiError(413, "Request Entity Too Large")
            params[part.name] = {"filename": part.filename, "content": content} if part.filename else content.decode()
        return params
    body = await request.read()
    if request.content_type == "application/json":
        try:
            parsed = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError:
            raise ApiError(400, "Bad Request: can't parse the body as JSON") from None
        params.update(parsed)
    elif body:
        params.update(parse_qsl(body.decode(), keep_blank_values=True))
    return params


def _json(status: int, body: JsonObject) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def _cut(request: web.BaseRequest) -> web.Response:
    # The answer below goes nowhere: the transport is already gone.
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
