"""HTTP of a person's certificates of origin: prepare, fill in, follow, download the sheet, estimate what is saved."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language
from bot.desks.origin.model import OriginCase, Savings, State
from bot.desks.origin.service import OriginService, Preparing
from bot.desks.origin.sheet import as_csv, as_xlsx, sheet_rows
from bot.errors import NotFoundError
from bot.people.model import Person

CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of the case")]
Act = Literal["apply", "issue", "issue_later", "refuse", "back", "correct", "corrected", "withdraw"]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Rate = Annotated[Decimal, Field(ge=0, le=1000, max_digits=9, decimal_places=4)]
_SHEETS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class OriginCreate(BaseModel):
    """A certificate to prepare. agreement: id of an agreement, null: non-preferential. sheet: boxes of the data sheet."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"goods_origin": "CN", "destination": "TH", "agreement": "rcep", "sheet": {"hs_code": "090210"}}
            ]
        },
    )

    goods_origin: str = Field("CN", max_length=8)
    destination: str = Field(max_length=8)
    agreement: str | None = Field(None, max_length=24)
    sheet: dict[str, str] = Field(default_factory=dict, max_length=40)


class Sheet(BaseModel):
    """Boxes to fill in; an empty text takes one out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"sheet": {"invoice": "INV-7, 2026-11-20"}}]}
    )

    sheet: dict[str, str] = Field(max_length=40)


class ActCreate(BaseModel):
    """What happened. An issue, later issue or corrected one names number and day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"act": "issue", "certificate_no": "RC26530", "issued_on": "2026-11-20"}]},
    )

    act: Act
    certificate_no: str = Field("", max_length=40)
    issued_on: date | None = None


class SavingsCreate(BaseModel):
    """The firm's own figures: value for customs, and both rates in percent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"customs_value": "10000", "mfn_rate": "15", "preferential_rate": "0", "agreement": "rcep"}]
        },
    )

    customs_value: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
    mfn_rate: Rate
    preferential_rate: Rate
    agreement: str | None = Field(None, max_length=24)
    locale: Language = "zh-Hans"


class SavingsPublic(BaseModel):
    """The estimate. text: with formula, rounding and the waiver value, in the language asked for."""

    mfn_duty: Decimal
    preferential_duty: Decimal
    saved: Decimal
    text: str


class OriginPublic(BaseModel):
    """A case. missing: boxes that the application still needs. valid_until: null where it is not known."""

    id: str
    number: str
    state: State
    agreement: str | None
    goods_origin: str
    destination: str
    sheet: dict[str, str]
    missing: list[str]
    certificate_no: str | None
    issued_on: date | None
    valid_until: date | None
    created_at: datetime


def _public(case: OriginCase) -> OriginPublic:
    return OriginPublic.model_validate(case, from_attributes=True)


def origin_router(service: OriginService, own: Callable[..., Any]) -> APIRouter:
    """A person's own certificates. own: the dependency that knows the person."""
    Own = Annotated[Person, Depends(own)]
    router = APIRouter(prefix="/v1/me/origin", tags=["origin"])

    @router.post("", status_code=201)
    async def prepare(person: Own, body: OriginCreate, key: Key = None) -> OriginPublic:
        """Begin to prepare a certificate."""
        origin = hashlib.sha256(f"origin:{person.id}:{key}".encode()).hexdigest() if key else None
        wish = Preparing(body.goods_origin, body.destination, body.agreement, body.sheet, origin)
        return _public(await service.send(person.id, wish))

    @router.get("")
    async def read_cases(person: Own) -> list[OriginPublic]:
        """One's own, the latest change first."""
        return [_public(case) for case in await service.own(person.id)]

    @router.post("/savings")
    async def estimate(_person: Own, body: SavingsCreate) -> SavingsPublic:
        """What a preference saves in duty, from the firm's own value and rates. Nothing of it is kept."""
        agreement = service.words.data.agreements.get(body.agreement) if body.agreement else None
        if body.agreement and agreement is None:
            raise NotFoundError("agreement")
        found = Savings(body.customs_value, body.mfn_rate, body.preferential_rate)
        return SavingsPublic(
            mfn_duty=found.mfn_duty,
            preferential_duty=found.preferential_duty,
            saved=found.saved,
            text=service.words.savings(found, agreement, body.locale),
        )

    @router.get("/{case_id}")
    async def read_case(person: Own, case_id: CaseId) -> OriginPublic:
        """One case."""
        return _public(await service.find(person.id, case_id))

    @router.put("/{case_id}/sheet")
    async def fill(person: Own, case_id: CaseId, body: Sheet) -> OriginPublic:
        """Tell more of the data sheet."""
        return _public(await service.fill(person.id, case_id, body.sheet))

    @router.post("/{case_id}/acts")
    async def act(person: Own, case_id: CaseId, body: ActCreate) -> OriginPublic:
        """Say what happened."""
        return _public(
            await service.act(
                person.id, case_id, body.act, certificate_no=body.certificate_no, issued_on=body.issued_on
            )
        )

    @router.get("/{case_id}/sheet.{ending}", response_class=Response)
    async def download(
        person: Own, case_id: CaseId, ending: Literal["csv", "xlsx"], locale: Language = "zh-Hans"
    ) -> Response:
        """The data sheet, as a table to copy from."""
        case = await service.find(person.id, case_id)
        rows = sheet_rows(case, service.words, locale)
        content = as_csv(rows) if ending == "csv" else as_xlsx(rows)
        headers = {
            "Content-Disposition": f'attachment; filename="{case.number}.{ending}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=_SHEETS[ending], headers=headers)

    return router
