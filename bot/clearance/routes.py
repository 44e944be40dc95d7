"""HTTP of clearance: the port systems' events in, statuses out."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from bot.clearance.intake import Intake
from bot.clearance.model import ClearanceEvent
from bot.clearance.public import (
    BindingCodePublic,
    ClearancePublic,
    DeclarationNo,
    EventResultPublic,
    public_clearance,
)
from bot.clearance.schemas import CloudEvent, WithdrawalEvent, inlined, read_event
from bot.clearance.service import ClearanceService
from bot.clearance.signed import SignedBody
from bot.clearance.taking import EventResult
from bot.clock import Clock
from bot.errors import Fault, InvalidInputError
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Key, Scope

BATCH_MAX = 1000


def _faults_of(error: ValidationError, place: str) -> list[Fault]:
    return [
        Fault(".".join([place, *(str(part) for part in fault["loc"])]), fault["type"], fault["msg"])
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _parse(raw: Any, place: str) -> ClearanceEvent | list[Fault]:
    try:
        return read_event(raw)
    except ValidationError as error:
        return _faults_of(error, place)


def _load(body: bytes) -> tuple[list[Any], bool]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError([Fault("body", "json", "The body is not JSON.")]) from error
    if not isinstance(document, list):
        return [document], False
    if not 1 <= len(document) <= BATCH_MAX:
        raise InvalidInputError([Fault("body", "length", f"A batch has 1 to {BATCH_MAX} events.")])
    return document, True


def _id_of(raw: Any) -> str | None:
    value = raw.get("id") if isinstance(raw, dict) else None
    return value if isinstance(value, str) else None


class EventsEndpoint:
    """`POST /v1/clearance/events` as plain ASGI. Errors pass to the application's handlers as everybody's do."""

    def __init__(
        self, service: ClearanceService, keys: KeyService, clock: Clock, *, tolerance_s: int, body_max_bytes: int
    ) -> None:
        self._intake = Intake(service.take)
        self._signed = SignedBody(keys, clock, tolerance_s=tolerance_s, body_max_bytes=body_max_bytes)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Take one request."""
        answer = orjson.dumps(await self._answer(Request(scope, receive)))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, request: Request) -> list[dict[str, Any]]:
        body = await self._signed.read(request)
        raw, is_batch = _load(body)
        parsed = [_parse(event, f"body[{place}]" if is_batch else "body") for place, event in enumerate(raw)]
        good = [event for event in parsed if isinstance(event, ClearanceEvent)]
        if not good:
            raise InvalidInputError([fault for event in parsed if isinstance(event, list) for fault in event])
        results = iter(await self._intake.take(good))
        return [
            _rejected(document, event) if isinstance(event, list) else _kept(event, next(results))
            for document, event in zip(raw, parsed, strict=True)
        ]


def _kept(event: ClearanceEvent, result: EventResult) -> dict[str, Any]:
    return {"id": event.event_id, "result": result, "faults": []}


def _rejected(document: Any, faults: list[Fault]) -> dict[str, Any]:
    told = [{"where": fault.where, "code": fault.code, "message": fault.message} for fault in faults]
    return {"id": _id_of(document), "result": "rejected", "faults": told}


def clearance_router(
    service: ClearanceService,
    keys: KeyService,
    access: Access,
    clock: Clock,
    *,
    tolerance_s: int,
    body_max_bytes: int,
) -> APIRouter:
    """Routes of clearance."""
    router = APIRouter(prefix="/v1/clearance", tags=["clearance"])
    take = EventsEndpoint(service, keys, clock, tolerance_s=tolerance_s, body_max_bytes=body_max_bytes)

    # The hot route is plain ASGI: the framework's own way costs more than everything that is done here. The route after it
    # has the same path, is never reached, and documents it.
    router.routes.append(Route("/v1/clearance/events", take, methods=["POST"], include_in_schema=False))

    @router.post(
        "/events",
        status_code=202,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    kind: {"schema": schema}
                    for kind, schema in {
                        "application/cloudevents+json": {"oneOf": [inlined(CloudEvent), inlined(WithdrawalEvent)]},
                        "application/cloudevents-batch+json": {"type": "array", "items": {"type": "object"}},
                    }.items()
                },
            }
        },
    )
    async def take_events() -> list[EventResultPublic]:
        """Report stages: one CloudEvent or a batch, signed as Standard Webhooks says.

        A single event with a fault is answered with 422. Of a batch each event is judged by itself: read every `result`.
        """
        raise AssertionError("answered by EventsEndpoint")  # pragma: no cover - the route above takes it

    clearance_caller = Annotated[Key, Depends(access.key(Scope.CLEARANCE))]

    @router.get("/{declaration_no}")
    async def read_status(declaration_no: DeclarationNo, key: clearance_caller) -> ClearancePublic:
        """The status and whole history of a declaration of the key's own enterprise."""
        return public_clearance(await service.status_for_key(declaration_no, key), service.texts)

    @router.post("/{declaration_no}/binding-codes", status_code=201)
    async def make_binding_code(
        declaration_no: DeclarationNo, key: clearance_caller, response: Response
    ) -> BindingCodePublic:
        """A code with which up to 5 persons of the enterprise follow the declaration in the chat, within 14 days."""
        response.headers["Cache-Control"] = (
            "no-store"  # shown this once: kept nowhere, also not under an Idempotency-Key
        )
        return BindingCodePublic(code=await service.make_binding_code(declaration_no, actor=f"key:{key.name}", key=key))

    return router
