"""What booking's routes take and return."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language
from bot.desks.booking.model import Application, Booking, BookingState, Duty, Rating, Site, Slot

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["09:00"])]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BookingCreate(_Given):
    """A booking. Which fields are needed depends on the kind: all that is missing is named at once."""

    slot_id: Id = Field(examples=["0a" * 16])
    firm_id: Id = Field(examples=["0b" * 16])
    reference: str = Field("", max_length=1000, examples=["530420261000000123"])
    contact: str = Field("", max_length=1000, examples=["王小姐"])
    mobile: str = Field("", max_length=1000, examples=["13800000000"])
    goods: str = Field("", max_length=1000, examples=["活虾"])
    hs_code: str = Field("", max_length=1000, examples=["0306360000"])
    goods_class: str = Field("", max_length=1000, examples=["perishable"])
    transport: str = Field("", max_length=1000, examples=["road"])
    declaration_port: str = Field("", max_length=1000, examples=["5304"])
    entry_port: str = Field("", max_length=1000, examples=["5304"])
    reason: str = Field("", max_length=1000, examples=["凌晨到港，活体易死亡"])
    is_aeo: bool = Field(False, description="The firm is AEO (高级认证企业); staff check it")
    wait: bool = Field(False, description="Join the waiting list where the slot is full")

    def application(self) -> Application:
        """As the service takes it."""
        return Application(**self.model_dump(exclude={"firm_id", "wait"}))


class Reschedule(_Given):
    """Another slot of the same kind."""

    slot_id: Id = Field(examples=["0c" * 16])


class Cancel(_Given):
    """A reason, where one wants to give it."""

    why: str = Field("", max_length=500, examples=["船期推迟"])


class Decision(_Given):
    """A reason that the firm reads."""

    why: str = Field("", max_length=500, examples=["材料不符"])


class SiteCreate(_Given):
    """A site. opens, closes: office hours on working days, by the clock there."""

    office: str = Field(max_length=4, examples=["5304"], description="Customs office code")
    name_zh: str = Field(max_length=200, examples=["蛇口查验场"])
    name_en: str = Field(max_length=200, examples=["Shekou inspection yard"])
    address: str = Field("", max_length=1000, examples=["港湾大道1号"])
    opens: Clock
    closes: Clock = Field(examples=["17:00"])


class SlotsCreate(_Given):
    """Slots on each day from first to last, at each time of day."""

    site_id: Id = Field(examples=["0d" * 16])
    kind: str = Field(max_length=24, examples=["inspection"])
    first: date = Field(examples=["2026-12-01"])
    last: date = Field(examples=["2026-12-05"])
    starts: list[Clock] = Field(min_length=1, max_length=96, examples=[["09:00", "10:00"]])
    minutes: int = Field(ge=5, le=1440, examples=[60])
    capacity: int = Field(ge=1, le=500, examples=[4])
    days: str = Field("all", pattern="^(all|working|rest)$")


class SlotClose(_Given):
    """Why a slot is not offered any more; the firms read it."""

    why: str = Field(max_length=500, examples=["台风停工"])


class CapacityChange(_Given):
    """How many places a slot has."""

    capacity: int = Field(ge=0, le=500, examples=[6])


class DutyCreate(_Given):
    """An officer, by log-in name, on duty at a site. Moments with their offset."""

    site_id: Id = Field(examples=["0d" * 16])
    officer: str = Field(max_length=80, examples=["li.shenpi"])
    starts_at: datetime = Field(examples=["2026-12-01T08:00:00+08:00"])
    ends_at: datetime = Field(examples=["2026-12-01T18:00:00+08:00"])


class RatingChange(_Given):
    """A firm's credit rating as looked up with customs; null forgets it."""

    rating: Rating | None = Field(examples=["aeo"])


class SitePublic(BaseModel):
    """A site."""

    id: str
    office: str
    name: dict[Language, str]
    address: str
    opens: str
    closes: str

    @classmethod
    def of(cls, site: Site) -> "SitePublic":
        """As people see it."""
        opens, closes = (f"{minute // 60:02}:{minute % 60:02}" for minute in (site.opens, site.closes))
        return cls(
            id=site.id, office=site.office, name=dict(site.name), address=site.address, opens=opens, closes=closes
        )


class SlotPublic(BaseModel):
    """A slot. free: places that anybody can take now."""

    id: str
    site: SitePublic
    kind: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    free: int
    waiting: int
    has_officer: bool
    closed_why: str | None

    @classmethod
    def of(cls, slot: Slot) -> "SlotPublic":
        """As people see it: who waits goes before who comes now, so that a place they wait for is not free."""
        return cls(
            id=slot.id,
            site=SitePublic.of(slot.site),
            kind=slot.kind,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            capacity=slot.capacity,
            free=0 if slot.waiting else slot.free,
            waiting=slot.waiting,
            has_officer=slot.has_officer,
            closed_why=slot.closed_why,
        )


class BookingPublic(BaseModel):
    """A booking. place_in_line: 1 for the next, null when it does not wait. files: paths, valid while the number is kept."""

    number: str
    state: BookingState
    slot_id: str
    site: SitePublic
    kind: str
    starts_at: datetime
    ends_at: datetime
    firm_id: str
    firm_name: str
    reference: str
    goods_class: str | None
    is_aeo: bool
    details: dict[str, str]
    counts_from: datetime
    offer_until: datetime | None
    place_in_line: int | None
    why: str | None
    created_at: datetime
    rating: Rating | None
    files: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, booking: Booking, files: dict[str, str] | None = None) -> "BookingPublic":
        """As its firm and staff see it."""
        return cls(
            number=booking.number,
            state=booking.state,
            slot_id=booking.slot.id,
            site=SitePublic.of(booking.slot.site),
            kind=booking.slot.kind,
            starts_at=booking.slot.starts_at,
            ends_at=booking.slot.ends_at,
            firm_id=booking.firm_id,
            firm_name=booking.firm_name,
            reference=booking.reference,
            goods_class=booking.goods_class,
            is_aeo=booking.is_aeo,
            details=dict(booking.details),
            counts_from=booking.counts_from,
            offer_until=booking.offer_until,
            place_in_line=booking.place_in_line,
            why=booking.why,
            created_at=booking.created_at,
            rating=booking.rating,
            files=files or {},
        )


class DutyPublic(BaseModel):
    """A duty."""

    id: str
    site: SitePublic
    officer: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, duty: Duty) -> "DutyPublic":
        """As staff see it."""
        site = SitePublic.of(duty.site)
        return cls(id=duty.id, site=site, officer=duty.staff_name, starts_at=duty.starts_at, ends_at=duty.ends_at)


class SlotsMade(BaseModel):
    """made: new ones; there: those that there were already."""

    made: int
    there: int


class KindPublic(BaseModel):
    """A kind of appointment with its rule. grade: of what the rule rests on."""

    id: str
    name: dict[Language, str]
    about: dict[Language, str]
    grade: str
    facts: list[str]
    required: list[str]
    goods: list[str]
    needs_approval: bool


class StepPublic(BaseModel):
    """One step of a booking's history."""

    from_state: str | None
    to_state: str
    actor: str
    why: str | None
    detail: dict[str, Any]
    at: datetime


class Changed(BaseModel):
    """Whether the request changed anything."""

    changed: bool


def minute(clock: str) -> int:
    """`09:30` → 570; `24:00` → 1440."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
