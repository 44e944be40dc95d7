"""HTTP of labels for staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from bot.desks.labels.desk import LabelDesk
from bot.desks.labels.label_schemas import (
    Issued,
    LabelPublic,
    LabelsRevoke,
    MovementCreate,
    ReasonsGiven,
    StepTake,
    TermExtend,
    TermPublic,
)
from bot.desks.labels.routes import booked, pdf
from bot.desks.labels.service import Who
from bot.people.access import Access
from bot.people.model import Role, StaffSession


def staff_router(desk: LabelDesk, access: Access) -> APIRouter:
    """What staff do."""
    router = APIRouter(prefix="/v1/labels", tags=["labels"])
    author = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    admin = Annotated[StaffSession, Depends(access.staff(Role.ADMIN))]

    @router.post("/events/{event_id}/approve", status_code=204)
    async def approve_event(who: approver, event_id: str) -> None:
        """Labels will be issued for it."""
        await desk.events.approve(event_id, by=who.staff)

    @router.post("/events/{event_id}/refuse", status_code=204)
    async def refuse_event(who: approver, event_id: str, given: ReasonsGiven) -> None:
        """No labels for it, for these reasons."""
        await desk.events.refuse(event_id, given.reasons, by=who.staff)

    @router.post("/events/{event_id}/close", status_code=204)
    async def close_event(who: approver, event_id: str) -> None:
        """End an event whose labels have all come to their end."""
        await desk.events.close(event_id, by=who.staff)

    @router.get("/events/{event_id}/balances")
    async def read_balances(
        who: author, event_id: str, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 200
    ) -> list[LabelPublic]:
        """The account of an event by goods line."""
        code = await desk.events.code_of(event_id)
        found = await desk.labels.balances(event_id, None, after=after, limit=limit)
        return [LabelPublic.of(label, code) for label in found]

    @router.post("/lists/{list_id}/approve")
    async def approve_list(who: approver, list_id: str) -> Issued:
        """Issue the labels of a list."""
        first, last = await desk.decisions.approve(list_id, by=who.staff)
        return Issued(first=first, last=last)

    @router.post("/lists/{list_id}/return", status_code=204)
    async def return_list(who: approver, list_id: str, given: ReasonsGiven) -> None:
        """Have a list completed: what the law misses is told besides the reasons given, at one time."""
        await desk.decisions.give_back(list_id, given.reasons, by=who.staff)

    @router.post("/lists/{list_id}/refuse", status_code=204)
    async def refuse_list(who: approver, list_id: str, given: ReasonsGiven) -> None:
        """Issue no labels for it."""
        await desk.decisions.refuse(list_id, given.reasons, by=who.staff)

    @router.get("/lists/{list_id}/sheet", response_class=Response)
    async def read_sheet(who: author, list_id: str, first_line: Annotated[int, Query(ge=1)] = 1) -> Response:
        """The labels as PDF."""
        return pdf(await desk.proof.sheet(list_id, None, first_line=first_line), list_id)

    @router.post("/lists/{list_id}/extend")
    async def extend(who: approver, list_id: str, given: TermExtend) -> TermPublic:
        """Let goods stay six months more; reminders move."""
        return TermPublic(term_on=await desk.terms.extend(list_id, given.released_on, given.why, by=who.staff))

    @router.post("/steps")
    async def take_step(who: author, given: StepTake) -> list[LabelPublic]:
        """Take labels one step on: affixed, released, inspected, closed."""
        labels = await desk.labels.advance(given.labels, given.to, Who.staff(who.staff))
        code = await desk.events.code_of(labels[0].event_id)
        return [LabelPublic.of(label, code) for label in labels]

    @router.post("/labels/{label_id}/movements")
    async def book(who: author, label_id: str, given: MovementCreate) -> LabelPublic:
        """Enter what became of a part of the goods."""
        return await booked(desk, label_id, given, Who.staff(who.staff), "zh-Hans")

    @router.post("/revocations", status_code=204)
    async def revoke(who: approver, given: LabelsRevoke) -> None:
        """Take labels out of use."""
        await desk.labels.revoke(given.labels, given.why, by=who.staff)

    @router.post("/keys/rotate", status_code=204)
    async def rotate(who: admin) -> None:
        """Begin a new signing key; labels of the old ones hold."""
        await desk.keys.rotate(actor=f"staff:{who.staff.name}")

    return router
