"""HTTP of booking: a firm's people (by the action server or their web chat), and the files behind links."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from bot.desks.booking.links import FILES, Links, calendar_file
from bot.desks.booking.model import Booking
from bot.desks.booking.schemas import (
    BookingCreate,
    BookingPublic,
    Cancel,
    Changed,
    KindPublic,
    Reschedule,
    SitePublic,
    SlotPublic,
)
from bot.desks.booking.service import BookingService
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.people.access import Access
from bot.people.model import Person
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions

Number = Annotated[str, Path(pattern=r"^[0-9]{6}-[0-9A-Z]{7}$", examples=["261122-7K3MQXA"])]


def aware(moment: datetime | None, where: str) -> None:
    """Raises InvalidInputError for a moment without its offset."""
    if moment is not None and moment.tzinfo is None:
        raise InvalidInputError([Fault(where, "zone", "A moment needs its offset, as in 2026-12-01T08:00:00+08:00.")])


def own_router(
    service: BookingService, links: Links, people: PeopleService, sessions: WebSessions, access: Access
) -> list[APIRouter]:
    """The same routes twice: for the action server, and for the web chat's own person."""

    async def by_key(key: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key")]) -> Person:
        return await people.private_person(key)

    return [
        _own_routes(
            APIRouter(
                prefix="/v1/conversations/{key}/booking", tags=["booking"], dependencies=[Depends(access.actions())]
            ),
            by_key,
            service,
            links,
        ),
        _own_routes(APIRouter(prefix="/v1/me/booking", tags=["booking"]), own_person(people, sessions), service, links),
    ]


def _own_routes(
    router: APIRouter, who: Callable[..., Awaitable[Person]], service: BookingService, links: Links
) -> APIRouter:
    Own = Annotated[Person, Depends(who)]

    def public(booking: Booking) -> BookingPublic:
        return BookingPublic.of(booking, {file: links.path(booking, file) for file in FILES})

    @router.get("/kinds")
    async def read_kinds(_person: Own) -> list[KindPublic]:
        """What can be booked, and by which rule."""
        return [
            KindPublic(
                id=kind.id,
                name=dict(kind.name),
                about=dict(kind.about),
                grade=kind.grade,
                facts=list(kind.facts),
                required=list(kind.required),
                goods=sorted(kind.goods),
                needs_approval=kind.needs_approval,
            )
            for kind in service.rules.kinds.values()
        ]

    @router.get("/sites")
    async def read_sites(_person: Own) -> list[SitePublic]:
        """Every site."""
        return [SitePublic.of(site) for site in await service.sites()]

    @router.get("/slots")
    async def read_slots(
        _person: Own,
        kind: Annotated[str | None, Query(max_length=24)] = None,
        site_id: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
        office: Annotated[str | None, Query(pattern=r"^[0-9]{4}$")] = None,
        after: datetime | None = None,
        is_aeo: bool = False,
    ) -> list[SlotPublic]:
        """Slots of the next 14 days that can be booked now, by time; full ones stand among them, for their waiting lists."""
        aware(after, "after")
        found = await service.offered(kind=kind, site_id=site_id, office=office, after=after, is_aeo=is_aeo)
        return [SlotPublic.of(slot) for slot in found]

    @router.post("/bookings", status_code=201)
    async def book(
        person: Own,
        booking: BookingCreate,
        idempotency_key: Annotated[str | None, Header(max_length=257)] = None,
    ) -> BookingPublic:
        """Book a slot for a firm. A refusal names every reason, and under `forward` the next free slots.

        The same Idempotency-Key books once.
        """
        made = await service.book(
            person.id,
            booking.firm_id,
            booking.application(),
            wait=booking.wait,
            request_key=f"http:{idempotency_key}" if idempotency_key else "",
        )
        return public(made)

    @router.get("/bookings")
    async def read_bookings(person: Own, over: bool = False) -> list[BookingPublic]:
        """Bookings of one's firms, by time; over: also those that are over."""
        return [public(booking) for booking in await service.mine(person.id, open_only=not over)]

    @router.get("/bookings/{number}")
    async def read_booking(person: Own, number: Number) -> BookingPublic:
        """One booking of one's firms."""
        return public(await service.find(person.id, number))

    @router.post("/bookings/{number}/accept")
    async def accept(person: Own, number: Number) -> BookingPublic:
        """Take the place that was offered."""
        return public(await service.accept(person.id, number))

    @router.post("/bookings/{number}/reschedule")
    async def reschedule(person: Own, number: Number, wish: Reschedule) -> BookingPublic:
        """Move to another slot; the old place is kept unless the new one is had."""
        return public(await service.reschedule(person.id, number, wish.slot_id))

    @router.post("/bookings/{number}/cancel")
    async def cancel(person: Own, number: Number, given: Cancel) -> BookingPublic:
        """Give it up; the place passes on."""
        return public(await service.cancel(person.id, number, given.why))

    @router.put("/bookings/{number}/follow")
    async def follow(person: Own, number: Number) -> Changed:
        """Be told of a colleague's booking."""
        return Changed(changed=await service.follow(person.id, number))

    return router


def files_router(service: BookingService, links: Links) -> APIRouter:
    """What a firm takes along. The address holds 128 bits that only the service can make, and is all that one needs."""
    router = APIRouter(prefix="/v1/booking-files", tags=["booking"])
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    Proof = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

    async def proven(number: str, proof: str) -> Booking:
        if not links.is_proof(number, proof):
            raise NotFoundError("booking")
        return await service.by_link(number)

    @router.get("/{number}/{proof}/calendar.ics", responses={200: {"content": {"text/calendar": {}}}})
    async def read_calendar(number: Number, proof: Proof) -> Response:
        """The booking for a calendar; taken in again, it replaces the earlier one."""
        booking = await proven(number, proof)
        site = booking.slot.site
        title, place = service.words.kind(booking.slot.kind, "zh-Hans"), f"{site.name['zh-Hans']} {site.address}"
        disposition = {"Content-Disposition": f'attachment; filename="{number}.ics"'}
        body = calendar_file(booking, title, place.strip())
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers | disposition)

    @router.get("/{number}/{proof}/qr.svg", responses={200: {"content": {"image/svg+xml": {}}}})
    async def read_qr(number: Number, proof: Proof) -> Response:
        """The booking number as a QR code, to be shown on site."""
        booking = await proven(number, proof)
        return Response(links.qr_svg(booking), media_type="image/svg+xml", headers=headers)

    return router
