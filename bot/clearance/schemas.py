"""Outside forms of clearance: events as port systems send them, statuses as callers read them."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.clearance.details import Details, Duty, Inspection, is_bill, spell_number
from bot.clearance.model import ClearanceEvent, Stage, is_declaration_no
from bot.people.credit_code import is_credit_code
from knowledge.rules.finding import InputFaultsError
from knowledge.rules.identifiers.numbers import container_number

EVENT_TYPE = "org.kouan.clearance.stage.v1"
WITHDRAWAL_TYPE = "org.kouan.clearance.withdrawal.v1"
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


def _declaration_no(value: str) -> str:
    if not is_declaration_no(value):
        raise ValueError(f"a declaration number has exactly 18 digits; this has {len(value)} characters")
    return value


def _container(value: str) -> str:
    number = spell_number(value)
    try:
        found = container_number(number)
    except InputFaultsError as error:
        raise ValueError("not a container number: 4 letters (the fourth U, J or Z) and 7 digits") from error
    if len(number) != 11 or found.text != number:
        raise ValueError(f"the check digit of a container number is worked out by ISO 6346: {found.check}")
    return number


def _bill(value: str) -> str:
    number = spell_number(value)
    if not is_bill(number):
        raise ValueError("a bill of lading's number has 4 to 32 letters and digits, a digit among them")
    return number


DeclarationNumber = Annotated[str, AfterValidator(_declaration_no)]
ContainerNumber = Annotated[str, AfterValidator(_container)]
BillNumber = Annotated[str, AfterValidator(_bill)]
EventId = Annotated[str, Field(min_length=1, max_length=200, pattern=_NAME)]


class EventInspection(BaseModel):
    """Where and when goods are examined."""

    model_config = ConfigDict(extra="forbid")

    place: str | None = Field(None, min_length=1, max_length=200, pattern=_TEXT, examples=["Yantian yard 2, bay 14"])
    at: AwareDatetime | None = Field(None, examples=["2026-11-23T09:00:00+08:00"])


class EventDuty(BaseModel):
    """What is to be paid."""

    model_config = ConfigDict(extra="forbid")

    amount: Decimal = Field(gt=0, max_digits=17, decimal_places=2, examples=["12345.60"])
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    noticed_on: date | None = Field(None, description="Day of the payment notice; left out: the day of the event")
    pay_by: date | None = Field(None, description="Last day as the payment notice prints it")


class EventData(BaseModel):
    """What the port reports."""

    model_config = ConfigDict(extra="forbid")

    declaration_no: DeclarationNumber = Field(
        description="Customs declaration number, 18 digits", examples=["531620261000123456"]
    )
    stage: Stage
    note: str | None = Field(
        None, max_length=500, pattern=_TEXT, description="For the declarant: where and when, how much, by when"
    )
    enterprise: EventEnterprise | None = None
    bills_of_lading: list[BillNumber] = Field(default_factory=list, max_length=50, examples=[["COSU6123456780"]])
    containers: list[ContainerNumber] = Field(default_factory=list, max_length=500, examples=[["CSQU3054383"]])
    port: str | None = Field(
        None, pattern=r"^[0-9]{4}$", description="Customs office; left out: the number's first four digits"
    )
    reference: str | None = Field(None, min_length=1, max_length=64, pattern=_NAME, description="The firm's own")
    arrived_on: date | None = Field(None, description="The conveyance was declared for entry (运输工具申报进境之日)")
    inspection: EventInspection | None = None
    duty: EventDuty | None = None
    corrects: EventId | None = Field(
        None, description="Id of an earlier event of the same source and declaration, in whose place this one stands"
    )

    def details(self) -> Details:
        """As the service keeps it."""
        inspection, duty = self.inspection, self.duty
        return Details(
            bills=tuple(dict.fromkeys(self.bills_of_lading)),
            containers=tuple(dict.fromkeys(self.containers)),
            port=self.port,
            reference=self.reference,
            arrived_on=self.arrived_on,
            inspection=Inspection(inspection.place, inspection.at) if inspection else None,
            duty=Duty(duty.amount, duty.currency, duty.noticed_on, duty.pay_by) if duty else None,
        )


class WithdrawalData(BaseModel):
    """The port takes an earlier report back."""

    model_config = ConfigDict(extra="forbid")

    declaration_no: DeclarationNumber
    withdraws: EventId = Field(description="Id of an earlier event of the same source and declaration")
    reason: str | None = Field(None, max_length=500, pattern=_TEXT)


class _Envelope(BaseModel):
    """What every CloudEvents 1.0 event in JSON has. `time` is when it happened at the port."""

    model_config = ConfigDict(extra="allow")

    specversion: str = Field(pattern=r"^1\.0$")
    id: EventId
    source: str = Field(min_length=1, max_length=200, pattern=_NAME)
    type: str
    time: AwareDatetime

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in (EVENT_TYPE, WITHDRAWAL_TYPE):
            raise ValueError(f"unknown event type; known: {EVENT_TYPE}, {WITHDRAWAL_TYPE}")
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


class CloudEvent(_Envelope):
    """A stage that a declaration reached."""

    type: str = Field(examples=[EVENT_TYPE])
    data: EventData

    @model_validator(mode="after")
    def _not_itself(self) -> Self:
        if self.data.corrects == self.id:
            raise ValueError("an event does not correct itself")
        return self

    def event(self) -> ClearanceEvent:
        """As the service takes it."""
        data, firm = self.data, self.data.enterprise
        return ClearanceEvent(
            source=self.source,
            event_id=self.id,
            declaration_no=data.declaration_no,
            stage=data.stage,
            occurred_at=self.time,
            note=data.note,
            enterprise_code=firm.credit_code if firm else None,
            enterprise_name=firm.name if firm else None,
            details=data.details(),
            amends_id=data.corrects,
        )


class WithdrawalEvent(_Envelope):
    """An earlier event does not hold. `time` is when the port took it back."""

    type: str = Field(examples=[WITHDRAWAL_TYPE])
    data: WithdrawalData

    @model_validator(mode="after")
    def _not_itself(self) -> Self:
        if self.data.withdraws == self.id:
            raise ValueError("an event does not withdraw itself")
        return self

    def event(self) -> ClearanceEvent:
        """As the service takes it."""
        data = self.data
        return ClearanceEvent(
            self.source, self.id, data.declaration_no, None, self.time, data.reason, amends_id=data.withdraws
        )


def read_event(raw: Any) -> ClearanceEvent:
    """One event of either type. Raises pydantic's ValidationError with all that is wrong."""
    withdraws = isinstance(raw, dict) and raw.get("type") == WITHDRAWAL_TYPE
    return (WithdrawalEvent if withdraws else CloudEvent).model_validate(raw).event()


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON schema with every part in its place: in the middle of an OpenAPI document `#/$defs/…` leads nowhere."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def put_in(value: Any) -> Any:
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                return put_in(parts[reference.rpartition("/")[2]])
            return {name: put_in(part) for name, part in value.items()}
        return [put_in(part) for part in value] if isinstance(value, list) else value

    found: dict[str, Any] = put_in(schema)
    return found
