"""HTTP of booking for staff: authors work the day's bookings and see their own roster, approvers arrange."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from bot.desks.booking.desk import BookingDesk
from bot.desks.booking.planning import Planning, SlotPlan
from bot.desks.booking.routes import Number, aware
from bot.desks.booking.schemas import (
    BookingPublic,
    CapacityChange,
    Decision,
    DutyCreate,
    DutyPublic,
    RatingChange,
    SiteCreate,
    SitePublic,
    SlotClose,
    SlotPublic,
    SlotsCreate,
    SlotsMade,
    StepPublic,
    minute,
)
from bot.errors import Fault, InvalidInputError
from bot.people.access import Access
from bot.people.model import Role, StaffSession

ObjectId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_LONGEST = timedelta(days=62)


def staff_router(desk: BookingDesk, planning: Planning, access: Access) -> APIRouter:
    """Routes under `/v1/booking`."""
    router = APIRouter(prefix="/v1/booking", tags=["booking, staff"])
    Member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    Lead = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    def span(after: datetime, until: datetime) -> None:
        aware(after, "after")
        aware(until, "until")
        if not timedelta() < until - after <= _LONGEST:
            raise InvalidInputError(
                [Fault("until", "range", f"At most {_LONGEST.days} days, and until after `after`.")]
            )

    @router.get("/bookings")
    async def read_bookings(
        _who: Member, after: datetime, until: datetime, site_id: str | None = None
    ) -> list[BookingPublic]:
        """Bookings of a time, by time."""
        span(after, until)
        return [BookingPublic.of(booking) for booking in await desk.bookings(after, until, site_id=site_id)]

    @router.get("/bookings/to-decide")
    async def read_to_decide(_who: Member) -> list[BookingPublic]:
        """Requests that wait for a decision, the longest waiting first."""
        return [BookingPublic.of(booking) for booking in await desk.to_decide()]

    @router.get("/bookings/{number}")
    async def read_booking(_who: Member, number: Number) -> BookingPublic:
        """One booking."""
        return BookingPublic.of(await desk.find(number))

    @router.get("/bookings/{number}/history")
    async def read_history(_who: Member, number: Number) -> list[StepPublic]:
        """What it went through."""
        return [StepPublic.model_validate(dict(step)) for step in await desk.history(number)]

    @router.post("/bookings/{number}/approve")
    async def approve(who: Member, number: Number) -> BookingPublic:
        """Confirm a request."""
        return BookingPublic.of(await desk.approve(number, by=who.staff))

    @router.post("/bookings/{number}/refuse")
    async def refuse(who: Member, number: Number, decision: Decision) -> BookingPublic:
        """Refuse a request, with the reason."""
        return BookingPublic.of(await desk.refuse(number, decision.why, by=who.staff))

    @router.post("/bookings/{number}/served")
    async def served(who: Member, number: Number, note: Decision) -> BookingPublic:
        """They came."""
        return BookingPublic.of(await desk.served(number, note.why, by=who.staff))

    @router.post("/bookings/{number}/no-show")
    async def no_show(who: Member, number: Number, note: Decision) -> BookingPublic:
        """They did not come."""
        return BookingPublic.of(await desk.no_show(number, note.why, by=who.staff))

    @router.post("/sites", status_code=201)
    async def add_site(who: Lead, site: SiteCreate) -> SitePublic:
        """A new site."""
        hours = minute(site.opens), minute(site.closes)
        made = await planning.add_site(site.office, site.name_zh, site.name_en, site.address, *hours, by=who.staff)
        return SitePublic.of(made)

    @router.get("/slots")
    async def read_slots(
        _who: Member, after: datetime, until: datetime, site_id: str | None = None
    ) -> list[SlotPublic]:
        """Every slot of a time, also those that are not offered."""
        span(after, until)
        return [SlotPublic.of(slot) for slot in await planning.slots(after, until, site_id=site_id)]

    @router.post("/slots", status_code=201)
    async def add_slots(who: Lead, wish: SlotsCreate) -> SlotsMade:
        """Make slots; those that there are already stay as they are."""
        values = wish.model_dump(exclude={"starts"})
        made, there = await planning.add_slots(
            SlotPlan(**values, starts=[minute(start) for start in wish.starts]), by=who.staff
        )
        return SlotsMade(made=made, there=there)

    @router.put("/slots/{slot_id}/capacity")
    async def set_capacity(who: Lead, slot_id: ObjectId, change: CapacityChange) -> SlotPublic:
        """More places, or fewer; only free ones can go."""
        return SlotPublic.of(await planning.set_capacity(slot_id, change.capacity, by=who.staff))

    @router.post("/slots/{slot_id}/close")
    async def close_slot(who: Lead, slot_id: ObjectId, given: SlotClose) -> SlotPublic:
        """Offer a slot no more; its bookings are cancelled and their firms told."""
        return SlotPublic.of(await desk.close_slot(slot_id, given.why, by=who.staff))

    @router.get("/duties")
    async def read_duties(_who: Lead, after: datetime, until: datetime, site_id: str | None = None) -> list[DutyPublic]:
        """The roster of a time."""
        span(after, until)
        return [DutyPublic.of(duty) for duty in await planning.duties(after, until, site_id=site_id)]

    @router.get("/duties/mine")
    async def read_own_duties(who: Member, after: datetime, until: datetime) -> list[DutyPublic]:
        """One's own roster."""
        span(after, until)
        return [DutyPublic.of(duty) for duty in await planning.duties(after, until, officer=who.staff.name)]

    @router.post("/duties", status_code=201)
    async def add_duty(who: Lead, duty: DutyCreate) -> DutyPublic:
        """Put an officer on duty."""
        aware(duty.starts_at, "starts_at")
        aware(duty.ends_at, "ends_at")
        made = await planning.add_duty(duty.site_id, duty.officer, duty.starts_at, duty.ends_at, by=who.staff)
        return DutyPublic.of(made)

    @router.delete("/duties/{duty_id}", status_code=204)
    async def end_duty(who: Lead, duty_id: ObjectId) -> None:
        """Take an officer off the roster."""
        await planning.end_duty(duty_id, by=who.staff)

    @router.put("/firms/{firm_id}/rating", status_code=204)
    async def set_rating(who: Lead, firm_id: ObjectId, change: RatingChange) -> None:
        """Keep a firm's credit rating as looked up with customs."""
        await planning.set_rating(firm_id, change.rating, by=who.staff)

    return router
