"""Typed httpx client of this service's own API, for the action server and the launcher. The one way in from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from bot.channels.model import Language, Reply
from bot.errors import (
    AnswerNotKeptError,
    BindingRefusedError,
    ConflictError,
    Fault,
    IdempotencyKeyInvalidError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    InvitationRefusedError,
    KouanError,
    NluTimeoutError,
    NluUnavailableError,
    NotAuthenticatedError,
    NotEntitledError,
    NotFoundError,
    NotPermittedError,
    PayloadTooLargeError,
    RequestRunningError,
    SelfApprovalError,
    SessionNotPrivateError,
    TooManyAttemptsError,
    UnavailableError,
)


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


@dataclass(frozen=True)
class FormStep:
    """What came of a message to a form. form: whose question stands open now, None: no form is in hand; taken: it was for it."""

    replies: list[Reply]
    form: str | None
    taken: bool


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
                "GET", f"{_tasks(conversation_key)}/clearance/{_part(declaration_no)}", params={"language": language}
            )
        )

    async def find_shipments(self, conversation_key: str, query: str, language: Language) -> Reply:
        """Among the conversation's shipments, those with this part of a number, as the person reads them.

        Raises SessionNotPrivateError, InvalidInputError.
        """
        body = {"query": query, "language": language}
        return Reply.model_validate(await self._call("POST", f"{_tasks(conversation_key)}/shipments/search", json=body))

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
        return await self._changed("DELETE", f"{_tasks(conversation_key)}/declarations/{_part(declaration_no)}")

    async def follows(self, conversation_key: str) -> list[FollowedThing]:
        """What the conversation follows, oldest first. Raises SessionNotPrivateError."""
        answer = await self._call("GET", f"{_tasks(conversation_key)}/follows")
        return [FollowedThing(f["kind"], f["target"], datetime.fromisoformat(f["since"])) for f in answer["follows"]]

    async def subscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Follow the notices on a topic; False when it is followed already. Raises SessionNotPrivateError."""
        return await self._changed("PUT", f"{_tasks(conversation_key)}/topics/{_part(topic)}")

    async def unsubscribe_topic(self, conversation_key: str, topic: str) -> bool:
        """Stop the notices on a topic; False when it was not followed. Raises SessionNotPrivateError."""
        return await self._changed("DELETE", f"{_tasks(conversation_key)}/topics/{_part(topic)}")

    async def stop_all(self, conversation_key: str) -> int:
        """Stop everything; returns how many follows ended. Raises SessionNotPrivateError."""
        answer = await self._call("DELETE", f"{_tasks(conversation_key)}/follows")
        return int(answer["ended"])

    async def choose_language(self, conversation_key: str, language: Language) -> None:
        """Keep the language that a person asked for."""
        await self._call("PUT", f"{_tasks(conversation_key)}/language/{_part(language)}")

    async def begin_form(self, conversation_key: str, name: str, language: Language, text: str) -> FormStep:
        """Begin a form, or go on with its draft. text: what was typed to begin it. Raises SessionNotPrivateError."""
        return await self._form(
            "POST", conversation_key, f"forms/{_part(name)}", json={"language": language, "text": text}
        )

    async def answer_form(
        self, conversation_key: str, name: str, language: Language, text: str, **known: str | bool | None
    ) -> FormStep:
        """A typed text while a form is open. known: intent, command, asks, corrects. Raises SessionNotPrivateError."""
        body = {"language": language, "text": text, **known}
        return await self._form("POST", conversation_key, f"forms/{_part(name)}/answers", json=body)

    async def press_form(self, conversation_key: str, argument: str, language: Language) -> FormStep:
        """A pressed button: what stands behind its task. Raises SessionNotPrivateError."""
        body = {"language": language, "argument": argument}
        return await self._form("POST", conversation_key, "form-presses", json=body)

    async def form_question(self, conversation_key: str, name: str, language: Language) -> FormStep:
        """The open question once more; no reply when none is open. Raises SessionNotPrivateError."""
        return await self._form("GET", conversation_key, f"forms/{_part(name)}", params={"language": language})

    async def _form(self, method: str, conversation_key: str, path: str, **request: Any) -> FormStep:
        answer = await self._call(method, f"{_tasks(conversation_key)}/{path}", **request)
        return FormStep([Reply.model_validate(reply) for reply in answer["replies"]], answer["form"], answer["taken"])

    async def ask_for_person(self, conversation_key: str, language: Language) -> list[Reply]:
        """Somebody wants a person; returns what they are told. Raises SessionNotPrivateError."""
        path = f"{_tasks(conversation_key)}/handoff"
        answer = await self._call("POST", path, json={"language": language})
        return [Reply.model_validate(reply) for reply in answer["replies"]]

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


def _part(value: str) -> str:
    """A value as one segment of a path. Dots too: `..` would lead to another conversation's address."""
    quoted = quote(value, safe="")
    return quoted.replace(".", "%2E") if quoted.strip(".") == "" else quoted


def _tasks(conversation_key: str) -> str:
    return f"/v1/conversations/{_part(conversation_key)}"


def _with_detail(kind: type[KouanError]) -> Callable[[dict[str, Any]], KouanError]:
    return lambda document: kind(str(document["detail"]))


_PLAIN: tuple[type[KouanError], ...] = (
    BindingRefusedError,
    NotAuthenticatedError,
    NotEntitledError,
    NotPermittedError,
    SelfApprovalError,
    SessionNotPrivateError,
)
_MAKERS: dict[str, Callable[[dict[str, Any]], KouanError]] = {
    **{kind.code: _with_detail(kind) for kind in _PLAIN},
    InvalidInputError.code: lambda document: InvalidInputError(
        [Fault(fault["where"], fault["code"], fault["message"]) for fault in document["faults"]]
    ),
    PayloadTooLargeError.code: lambda document: PayloadTooLargeError(int(document["limit_bytes"])),
    NotFoundError.code: lambda document: NotFoundError(str(document["what"])),
    InvitationRefusedError.code: lambda _: InvitationRefusedError(),
    ConflictError.code: lambda document: ConflictError(str(document["detail"]), state=str(document["state"])),
    TooManyAttemptsError.code: lambda document: TooManyAttemptsError(int(document["retry_after_s"])),
    IdempotencyKeyInvalidError.code: lambda _: IdempotencyKeyInvalidError(),
    IdempotencyKeyReusedError.code: lambda _: IdempotencyKeyReusedError(),
    RequestRunningError.code: lambda _: RequestRunningError(),
    AnswerNotKeptError.code: lambda _: AnswerNotKeptError(),
    NluUnavailableError.code: lambda _: NluUnavailableError(),
    NluTimeoutError.code: lambda _: NluTimeoutError(),
}


def _error_of(document: dict[str, Any]) -> KouanError:
    make = _MAKERS.get(str(document.get("type", "")).rpartition(":")[2])
    try:
        return make(document) if make else UnavailableError(str(document.get("part", "service")))
    except (KeyError, TypeError, ValueError):
        # A problem document without its members is no usable answer.
        return UnavailableError("service")
