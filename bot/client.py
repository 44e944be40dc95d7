"""Typed httpx client of this service's own API, for the action server and the launcher. The one way in from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from bot.channels.model import Language, Reply
from bot.errors import (
    BindingRefusedError,
    ConflictError,
    Fault,
    InvalidInputError,
    KouanError,
    NotAuthenticatedError,
    NotEntitledError,
    NotFoundError,
    NotPermittedError,
    SessionNotPrivateError,
    TooManyAttemptsError,
    UnavailableError,
)

_ERRORS: dict[str, type[KouanError]] = {
    error.code: error
    for error in (
        BindingRefusedError,
        NotAuthenticatedError,
        NotEntitledError,
        NotPermittedError,
        SessionNotPrivateError,
    )
}


@dataclass(frozen=True)
class FollowedThing:
    """One thing that a conversation follows. kind: topic | declaration."""

    kind: str
    target: str
    since: datetime


@dataclass(frozen=True)
class PublishedNotice:
    """A notice as one language reads it. sent_at: when it went out."""

    id: str
    topic: str
    title: str
    body: str
    source_url: str | None
    sent_at: datetime


class ServiceClient:
    """Calls the service.

    base_url: the service's address. token: bearer key; None for public routes only. timeout_s: seconds for one call.
    Every call raises UnavailableError("service") when the service gives no usable answer, and ours of `bot.errors` for the
    problem it reports.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout_s: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=timeout_s, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def say(
        self, conversation_id: str, text: str, *, locale: Language | None = None, timeout_s: float = 30.0
    ) -> dict[str, Any]:
        """`POST /v1/messages`: one turn; returns the whole answer as the API documents it."""
        body = {"conversation_id": conversation_id, "text": text} | ({"locale": locale} if locale else {})
        answer: dict[str, Any] = await self._call("POST", "/v1/messages", json=body, timeout_s=timeout_s)
        return answer

    async def readiness(self) -> dict[str, Any]:
        """`GET /readyz`: each part by name; also when the service says that it is not ready."""
        try:
            response = await self._http.get("/readyz")
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError("service") from error
        return answer

    async def clearance(self, conversation_key: str, declaration_no: str, language: Language) -> Reply:
        """The status of a followed declaration, as the person reads it.

        Raises SessionNotPrivateError, or NotEntitledError when this conversation does not follow it.
        """
        return Reply.model_validate(
            await self._call(
                "GET", f"{_tasks(conversation_key)}/clearance/{declaration_no}", params={"language": language}
            )
        )

    async def follow_declaration(
        self, conversation_key: str, declaration_no: str, binding_code: str, language: Language
    ) -> Reply:
        """Follow a declaration; returns its status as the person reads it.

        Raises SessionNotPrivateError, BindingRefusedError, TooManyAttemptsError, InvalidInputError.
        """
        return Reply.model_validate(
            await self._call(
                "POST",
                f"{_tasks(conversation_key)}/declarations",
                json={"declaration_no": declaration_no, "code": binding_code, "language": language},
            )
        )

    async def unfollow_declaration(self, conversation_key: str, declaration_no: str) -> bool:
        """Stop following; False when it was not followed. Raises SessionNotPrivateError."""
        return await self._changed("DELETE", f"{_tasks(conversation_key)}/declarations/{declaration_no}")

    async def follows(self, conversation_key: str) -> list[FollowedThing]:
        """What the conversation follows, oldest first. Raises SessionNotPrivateError."""
        answer = await self._call("GET", f"{_tasks(conversation_key)}/follows")
        return [FollowedThing(f["kind"], f["target"], datetime.fromisoformat(f["since"])) for f in answer["follows"]]

    async def subscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Follow the notices on a topic; False when it is followed already. Raises SessionNotPrivateError."""
        return await self._changed("PUT", f"{_tasks(conversation_key)}/topics/{topic}")

    async def unsubscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Stop the notices on a topic; False when it was not followed. Raises SessionNotPrivateError."""
        return await self._changed("DELETE", f"{_tasks(conversation_key)}/topics/{topic}")

    async def stop_all(self, conversation_key: str) -> int:
        """Stop everything; returns how many follows ended. Raises SessionNotPrivateError."""
        answer = await self._call("DELETE", f"{_tasks(conversation_key)}/follows")
        return int(answer["ended"])

    async def choose_language(self, conversation_key: str, language: Language) -> None:
        """Keep the language that a person asked for."""
        await self._call("PUT", f"{_tasks(conversation_key)}/language/{language}")

    async def latest_notices(self, language: Language, *, limit: int = 3) -> list[PublishedNotice]:
        """Notices that went out, newest first."""
        answer = await self._call("GET", "/v1/notices/published", params={"language": language, "limit": limit})
        return [
            PublishedNotice(
                n["id"], n["topic"], n["title"], n["body"], n["source_url"], datetime.fromisoformat(n["sent_at"])
            )
            for n in answer["notices"]
        ]

    async def _changed(self, method: str, path: str) -> bool:
        answer = await self._call(method, path)
        return bool(answer["changed"])

    async def _call(self, method: str, path: str, *, timeout_s: float | None = None, **request: Any) -> Any:
        timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else timeout_s
        try:
            response = await self._http.request(method, path, timeout=timeout, **request)
            answer = response.json() if response.content else None
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError("service") from error
        if response.is_success:
            return answer
        raise _error_of(answer if isinstance(answer, dict) else {})


def _tasks(conversation_key: str) -> str:
    return f"/v1/conversations/{conversation_key}"


def _error_of(document: dict[str, Any]) -> KouanError:
    code = str(document.get("type", "")).rpartition(":")[2]
    detail = str(document.get("detail", ""))
    if code in _ERRORS:
        return _ERRORS[code](detail)
    if code == InvalidInputError.code:
        return InvalidInputError([Fault(f["where"], f["code"], f["message"]) for f in document.get("faults", [])])
    if code == TooManyAttemptsError.code:
        return TooManyAttemptsError(int(document.get("retry_after_s", 60)))
    if code == NotFoundError.code:
        return NotFoundError("thing")
    if code == ConflictError.code:
        return ConflictError(detail, state="unknown")
    return UnavailableError(str(document.get("part", "service")))
