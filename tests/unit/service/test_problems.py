"""Every error becomes a problem document; the client makes the same error of it again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from bot import errors, problems
from bot.client import ServiceClient
from bot.errors import Fault, KouanError

# One of each class, with data that can be told apart.
SAMPLES: dict[type[KouanError], KouanError] = {
    type(error): error
    for error in (
        errors.InvalidInputError([Fault("body.a", "format", "A."), Fault("body.b", "range", "B.")]),
        errors.PayloadTooLargeError(4711),
        errors.NotFoundError("declaration"),
        errors.NotAuthenticatedError("Who?"),
        errors.NotPermittedError("Not you."),
        errors.SelfApprovalError("Not yourself."),
        errors.NotEntitledError("Not yours."),
        errors.BindingRefusedError("No."),
        errors.InvitationRefusedError(),
        errors.SessionNotPrivateError("Others could be here."),
        errors.ConflictError("It was sent.", state="sent"),
        errors.IdempotencyKeyInvalidError(),
        errors.IdempotencyKeyReusedError(),
        errors.RequestRunningError(),
        errors.AnswerNotKeptError(),
        errors.TooManyAttemptsError(77),
        errors.UnavailableError("redis"),
        errors.NluUnavailableError(),
        errors.NluTimeoutError(),
    )
}

SECRET = "a secret that must not leave"


class Body(BaseModel):
    """What a route takes."""

    number: int


def classes(root: type[KouanError] = KouanError) -> Iterator[type[KouanError]]:
    """Every class below the root."""
    for kind in root.__subclasses__():
        yield kind
        yield from classes(kind)


# These stay inside: the terminal's, and what a worker hears from a channel.
INSIDE = {errors.StartError} | {kind for kind in classes() if issubclass(kind, errors.ChannelError)}


def served(raises: Callable[[], None]) -> httpx.ASGITransport:
    """A service whose only route fails."""
    app = FastAPI()
    problems.install(app)

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def fail(path: str) -> None:
        raises()

    return httpx.ASGITransport(app, raise_app_exceptions=False)


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def get(transport: httpx.ASGITransport, path: str = "/x", method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.request(method, path)


def test_every_class_that_reaches_a_client_has_a_sample() -> None:
    found = {kind for kind in classes() if kind.__module__ == "bot.errors"}

    assert len(found) > 15
    assert found - INSIDE == set(SAMPLES)


def test_every_code_belongs_to_one_class() -> None:
    codes = [kind.code for kind in classes() if kind.__module__ == "bot.errors"]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
async def test_an_error_becomes_a_problem_document(kind: type[KouanError]) -> None:
    answer = await get(served(raising(SAMPLES[kind])))

    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == document["status"] == kind.http_status
    assert document["type"] == f"urn:kouan:problem:{kind.code}"
    assert document["title"]
    assert document["detail"]


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
async def test_the_client_makes_the_same_error_of_it(kind: type[KouanError]) -> None:
    async with ServiceClient("http://test", transport=served(raising(SAMPLES[kind]))) as client:
        with pytest.raises(KouanError) as raised:
            await client.follows("k")

    assert type(raised.value) is kind
    assert vars(raised.value) == vars(SAMPLES[kind])
    assert str(raised.value) == str(SAMPLES[kind])


async def test_all_faults_stand_in_the_document() -> None:
    answer = await get(served(raising(SAMPLES[errors.InvalidInputError])))

    assert answer.json()["faults"] == [
        {"where": "body.a", "code": "format", "message": "A."},
        {"where": "body.b", "code": "range", "message": "B."},
    ]


async def test_who_must_wait_is_told_how_long() -> None:
    answer = await get(served(raising(errors.RateLimitedError(2.2, "chat"))))

    assert (answer.headers["retry-after"], answer.json()["retry_after_s"]) == ("3", 2.2)


async def test_who_is_not_known_is_told_what_to_show() -> None:
    answer = await get(served(raising(errors.NotAuthenticatedError("Who?"))))

    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(SECRET),
        ValueError(SECRET),
        errors.ChannelError(SECRET),
        errors.StartError(SECRET),
        KouanError(SECRET),
    ],
)
async def test_the_text_of_an_unexpected_error_never_leaves(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    answer = await get(served(raising(error)))

    assert answer.status_code in {500, 502}
    assert SECRET not in answer.text
    assert SECRET not in caplog.text


async def test_an_unexpected_error_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await get(served(raising(RuntimeError(SECRET))))

    assert "unexpected RuntimeError at /x" in caplog.text


async def test_what_the_framework_refuses_is_a_problem_document_too() -> None:
    app = FastAPI()
    problems.install(app)

    @app.post("/x")
    async def take(body: Body) -> None: ...

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        invalid = await http.post("/x", json={"number": SECRET})
        missing = await http.get("/nowhere")
        method = await http.get("/x")

    assert {a.headers["content-type"] for a in (invalid, missing, method)} == {"application/problem+json"}
    assert (invalid.status_code, missing.status_code, method.status_code) == (422, 404, 405)
    assert invalid.json()["faults"][0]["where"] == "body.number"
    assert SECRET not in invalid.text
    assert method.headers["allow"] == "POST"


NO_ANSWERS: dict[str, httpx.Response | Exception] = {
    "refused": httpx.ConnectError("refused"),
    "slow": httpx.ReadTimeout("slow"),
    "no JSON": httpx.Response(200, content=b"<html>"),
    "a proxy's error": httpx.Response(502, content=b"Bad gateway"),
    "no problem document": httpx.Response(500, json=["oops"]),
    "an unknown problem": httpx.Response(418, json={"type": "urn:kouan:problem:teapot"}),
    "faults left out": httpx.Response(422, json={"type": "urn:kouan:problem:invalid-input"}),
    "a wait in words": httpx.Response(
        429, json={"type": "urn:kouan:problem:too-many-attempts", "retry_after_s": "soon"}
    ),
    "the framework's own": httpx.Response(405, json={"type": "urn:kouan:problem:http-405", "detail": "x"}),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_no_usable_answer_means_unavailable(name: str) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        found = NO_ANSWERS[name]
        if isinstance(found, Exception):
            raise found
        return found

    async with ServiceClient("http://test", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(errors.UnavailableError) as raised:
            await client.follows("k")

    assert raised.value.part == "service"


@pytest.mark.parametrize("topic", ["../follows", "../../other-key/follows", "..", ".", "a/b", "a?b=c", "a#b", "税", ""])
async def test_no_argument_leads_to_another_address(topic: str) -> None:
    asked: list[bytes] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(200, json={"changed": True})

    async with ServiceClient("http://test", transport=httpx.MockTransport(answer)) as client:
        await client.subscribe_topic("k", topic)
        await client.unfollow_declaration("k", topic)

    assert [path.rpartition(b"/")[0] for path in asked] == [
        b"/v1/conversations/k/topics",
        b"/v1/conversations/k/declarations",
    ]
    assert {path.rpartition(b"/")[2] for path in asked}.isdisjoint({b"..", b"."})


async def test_an_empty_answer_is_none() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204)

    async with ServiceClient("http://test", transport=httpx.MockTransport(answer)) as client:
        assert await client._call("GET", "/x") is None


async def test_the_key_goes_along() -> None:
    seen: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"follows": []})

    async with ServiceClient("http://test", "token", transport=httpx.MockTransport(answer)) as client:
        await client.follows("k")

    assert seen == ["Bearer token"]
