"""Errors as answers: RFC 9457 problem details, made in this one place."""

from __future__ import annotations

import logging
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.errors import (
    ConflictError,
    InvalidInputError,
    KouanError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    TooManyAttemptsError,
    UnavailableError,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:kouan:problem:"

_TITLES = {
    400: "The request cannot be read",
    401: "Who asks is not known",
    403: "This is not permitted",
    404: "There is no such thing here",
    405: "This method is not offered here",
    409: "The state does not allow this",
    413: "The body is too large",
    415: "This kind of body is not accepted",
    422: "What was sent is not valid",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    502: "A channel gave no usable answer",
    503: "A part is away",
}


def problem(status: int, code: str, detail: str, **members: Any) -> JSONResponse:
    """A problem document. code becomes its type; members: further data of this problem."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if "retry_after_s" in members:
        headers["Retry-After"] = str(math.ceil(members["retry_after_s"]))
    return JSONResponse(
        {
            "type": TYPE_PREFIX + code,
            "title": _TITLES.get(status, "Error"),
            "status": status,
            "detail": detail,
            **members,
        },
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Answer every error of ours, of the framework, and the unexpected ones, as a problem document."""
    app.add_exception_handler(KouanError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KouanError)
    members: dict[str, Any] = {}
    if isinstance(error, InvalidInputError):
        members["faults"] = [{"where": f.where, "code": f.code, "message": f.message} for f in error.faults]
        if error.forward is not None:
            members["forward"] = error.forward
        return problem(error.http_status, error.code, f"{len(error.faults)} fault(s); see faults.", **members)
    if isinstance(error, TooManyAttemptsError | RateLimitedError):
        members["retry_after_s"] = error.retry_after_s
    if isinstance(error, UnavailableError):
        members["part"] = error.part
    if isinstance(error, PayloadTooLargeError):
        members["limit_bytes"] = error.limit_bytes
    if isinstance(error, NotFoundError):
        members["what"] = error.what
    if isinstance(error, ConflictError):
        members["state"] = error.state
    detail = str(error) if error.http_status < 500 or members else "The details are in the service's log."
    return problem(error.http_status, error.code, detail or _TITLES[error.http_status], **members)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "code": fault["type"], "message": fault["msg"]}
        for fault in error.errors()
    ]
    return problem(422, "invalid-input", f"{len(faults)} fault(s); see faults.", faults=faults)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, f"http-{error.status_code}", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The type and the place, never the message: it may quote what the person sent.
    logger.error("unexpected %s at %s", type(error).__name__, request.scope.get("path", "?"))
    return problem(500, "internal", "The details are in the service's log.")
