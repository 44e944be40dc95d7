"""HTTP of clearance: the port systems' events in, statuses out."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from bot.clearance.intake import Intake
from bot.clearance.model import Clearance, ClearanceEvent, Stage, is_declaration_no
from bot.clearance.service import ClearanceService, EventResult
from bot.clearance.signature import verify
from bot.clock import Clock
from bot.errors import Fault, InvalidInputError, NotAuthenticatedError, PayloadTooLargeError
from bot.people.access import Access
from bot.people.credit_code import is_credit_code
from bot.people.keys import KeyService
from bot.people.model import Key, Scope

EVENT_TYPE = "org.kouan.clearance.stage.v1"
BATCH_MAX = 1000
_FUTURE_ALLOWED = timedelta(hours=1)

# No control characters: they name nothing, and PostgreSQL stores no NUL.
_NAME = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


class EventEnterprise(BaseModel):
    """The firm that a declaration belongs to."""

    model_config = ConfigDict(extra="forbid")

    credit_code: str = Field(description="Unified social credit code, 18 characters", examples=["91350100M000100Y43"])
    name: str = Field(min_length=1, max_length=200, pattern=_TEXT)

    @field_validator("credit_code")
    @classmethod
    def _checked(cls, value: str) -> str:
        if not is_credit_code(value):
            raise ValueError("not a unified social credit code: 18 characters with a right check character")
        return value


class EventData(BaseModel):
    """What the port reports."""

    model_config = ConfigDict(extra="forbid")

    declaration_no: str = Field(description="Customs declaration number, 18 digits", examples=["531620261000123456"])
    stage: Stage
    note: str | None = Field(
        None, max_length=500, pattern=_TEXT, description="For the declarant: where and when, how much, by when"
    )
    enterprise: EventEnterprise | None = None

    @field_validator("declaration_no")
    @classmethod
    def _checked(cls, value: str) -> str:
        if not is_declaration_no(value):
            raise ValueError(f"a declaration number has exactly 18 digits; this has {len(value)} characters")
        return value


class CloudEvent(BaseModel):
    """A CloudEvents 1.0 event in JSON. `time` is when it happened at the port."""

    model_config = ConfigDict(extra="allow")

    specversion: str = Field(pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=200, pattern=_NAME)
    source: str = Field(min_length=1, max_length=200, pattern=_NAME)
    type: str = Field(examples=[EVENT_TYPE])
    time: AwareDatetime
    data: EventData

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != EVENT_TYPE:
            raise ValueError(f"unknown event type; known: {EVENT_TYPE}")
        return value

    @field_validator("time", mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        # Pydantic would read numbers as seconds since 1970. RFC 3339 is what CloudEvents asks for, and years before 2000
        # are a clock that was never set.
        if not (isinstance(value, str) and re.match(r"2\d{3}-\d\d-\d\d[Tt ]", value)):
            raise ValueError("a time is written as RFC 3339 says, in this century, as in 2026-11-22T09:30:00+08:00")
        return value

    @field_validator("time")
    @classmethod
    def _not_ahead(cls, value: datetime) -> datetime:
        if value > datetime.now(UTC) + _FUTURE_ALLOWED:
            raise ValueError("the time lies more than an hour ahead")
        return value


class EventResultPublic(BaseModel):
    """What became of one event. faults: only when rejected; a rejected event was not stored."""

    id: str | None
    result: str = Field(description="accepted | duplicate | rejected")
    faults: list[dict[str, str]] = Field(default_factory=list)


class StageChangePublic(BaseModel):
    """One reported stage."""

    stage: Stage
    name: str = Field(description="The stage in Simplified Chinese and English")
    occurred_at: datetime
    note: str | None


class ClearancePublic(BaseModel):
    """A declaration's status. stage: null until the port reported; history: by time, oldest first."""

    declaration_no: str
    stage: Stage | None
    stage_at: datetime | None
    history: list[StageChangePublic]


class BindingCodePublic(BaseModel):
    """A code with which a person follows the declaration in the chat; shown this once."""

    code: str


DeclarationNo = Annotated[str, Path(pattern=r"^[0-9]{18}$", description="Customs declaration number, 18 digits")]


async def _read_body(request: Request, limit_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise PayloadTooLargeError(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise PayloadTooLargeError(limit_bytes)
    return bytes(body)


def _faults_of(error: ValidationError, place: str) -> list[Fault]:
    return [
        Fault(".".join([place, *(str(part) for part in fault["loc"])]), fault["type"], fault["msg"])
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _parse(raw: Any, place: str) -> ClearanceEvent | list[Fault]:
    try:
        event = CloudEvent.model_validate(raw)
    except ValidationError as error:
        return _faults_of(error, place)
    enterprise = event.data.enterprise
    return ClearanceEvent(
        source=event.source,
        event_id=event.id,
        declaration_no=event.data.declaration_no,
        stage=event.data.stage,
        occurred_at=event.time,
        note=event.data.note,
        enterprise_code=enterprise.credit_code if enterprise else None,
        enterprise_name=enterprise.name if enterprise else None,
    )


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
        self._keys = keys
        self._clock = clock
        self._tolerance_s = tolerance_s
        self._body_max_bytes = body_max_bytes

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Take one request."""
        answer = orjson.dumps(await self._answer(Request(scope, receive)))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, request: Request) -> list[dict[str, Any]]:
        body = await _read_body(request, self._body_max_bytes)
        await self._verify(request, body)
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

    async def _verify(self, request: Request, body: bytes) -> None:
        now, tolerance_s = self._clock(), self._tolerance_s
        try:
            verify(request.headers, body, await self._keys.signers(), now=now, tolerance_s=tolerance_s)
        except NotAuthenticatedError:
            # The key may have been made a moment ago, by another process.
            newest = await self._keys.signers(newest=True)
            verify(request.headers, body, newest, now=now, tolerance_s=tolerance_s)


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
                        "application/cloudevents+json": CloudEvent.model_json_schema(),
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

    def public(clearance: Clearance) -> ClearancePublic:
        return ClearancePublic(
            declaration_no=clearance.declaration_no,
            stage=clearance.stage,
            stage_at=clearance.stage_at,
            history=[
                StageChangePublic(
                    stage=change.stage,
                    name=f"{service.texts.name(change.stage, 'zh-Hans')} / {service.texts.name(change.stage, 'en')}",
                    occurred_at=change.occurred_at,
                    note=change.note,
                )
                for change in clearance.history
            ],
        )

    clearance_caller = Annotated[Key, Depends(access.key(Scope.CLEARANCE))]

    @router.get("/{declaration_no}")
    async def read_status(declaration_no: DeclarationNo, key: clearance_caller) -> ClearancePublic:
        """The status and whole history of a declaration of the key's own enterprise."""
        return public(await service.status_for_key(declaration_no, key))

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
