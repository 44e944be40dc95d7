"""What permits' routes take and return. Quantities are decimal texts, exact."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language
from bot.desks.permits.model import NewLine, NewPermit, NewWriteOff, Permit, PermitKind, PermitState, Unit
from bot.desks.permits.words import Kind, plain


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LineCreate(_Given):
    """Goods as printed."""

    goods: str = Field(max_length=1000, examples=["活蟹"])
    quantity: str = Field(max_length=40, examples=["1200.5"])
    unit: str = Field(max_length=40, examples=["kg"])


class PermitCreate(_Given):
    """A permit as printed. lines: for animal and plant quarantine permits."""

    firm_id: str = Field(pattern=r"^[0-9a-f]{32}$", examples=["0b" * 16])
    kind: str = Field(max_length=40, examples=["entry_quarantine"])
    number: str = Field(max_length=200, examples=["AP2026-000123"])
    valid_from: date = Field(examples=["2026-11-01"])
    valid_until: date = Field(examples=["2027-04-30"])
    lines: list[LineCreate] = Field(default_factory=list, max_length=200)

    def new(self) -> NewPermit:
        """As the service takes it."""
        lines = [NewLine(line.goods, line.quantity, line.unit) for line in self.lines]
        return NewPermit(self.kind, self.number, self.valid_from, self.valid_until, lines)


class WriteOffCreate(_Given):
    """A batch. line: number of the permit's line."""

    line: int = Field(1, ge=1, le=1000)
    reference: str = Field(max_length=200, examples=["530420261000000123"])
    amount: str = Field(max_length=40, examples=["300"])
    unit: str = Field(max_length=40, examples=["kg"])
    day: date = Field(examples=["2026-11-20"])

    def new(self) -> NewWriteOff:
        """As the service takes it."""
        return NewWriteOff(**self.model_dump())


class Correction(_Given):
    """Another amount, 0 to take it back, and why."""

    amount: str = Field(max_length=40, examples=["280"])
    why: str = Field(max_length=500, examples=["过磅数量更正"])


class DatesChange(_Given):
    """The dates as printed, and why they are corrected."""

    valid_from: date = Field(examples=["2026-11-01"])
    valid_until: date = Field(examples=["2027-10-31"])
    why: str = Field(max_length=500, examples=["录入时看错年份"])


class LinePublic(BaseModel):
    """A line with its balance."""

    line: int
    goods: str
    unit: Unit
    quantity: str
    used: str
    balance: str


class WriteOffPublic(BaseModel):
    """A write-off. counts: false where another took its place."""

    id: str
    line: int
    reference: str
    day: date
    amount: str
    unit: Unit
    corrects: str | None
    why: str | None
    counts: bool
    at: datetime


class PermitPublic(BaseModel):
    """A permit. Lists leave lines and write-offs out. conflict: where sources differ on the validity."""

    id: str
    kind: PermitKind
    number: str
    firm_id: str
    firm_name: str
    valid_from: date
    valid_until: date
    state: PermitState
    lines: list[LinePublic]
    write_offs: list[WriteOffPublic]
    conflict: dict[Language, str]
    facts: list[str]

    @classmethod
    def of(cls, permit: Permit, kind: Kind) -> "PermitPublic":
        """As its firm and staff see it."""
        return cls(
            id=permit.id,
            kind=permit.kind,
            number=permit.number,
            firm_id=permit.firm_id,
            firm_name=permit.firm_name,
            valid_from=permit.valid_from,
            valid_until=permit.valid_until,
            state=permit.state,
            lines=[
                LinePublic(
                    line=line.line,
                    goods=line.goods,
                    unit=line.unit,
                    quantity=plain(line.quantity),
                    used=plain(line.used),
                    balance=plain(line.balance),
                )
                for line in permit.lines
            ],
            write_offs=[
                WriteOffPublic(
                    id=batch.id,
                    line=batch.line,
                    reference=batch.reference,
                    day=batch.day,
                    amount=plain(batch.amount),
                    unit=batch.unit,
                    corrects=batch.corrects,
                    why=batch.why,
                    counts=batch.counts,
                    at=batch.at,
                )
                for batch in permit.write_offs
            ],
            conflict=dict(kind.conflict),
            facts=list(kind.facts),
        )
