"""HTTP of permits: a firm's people (by the action server or their web chat), and staff who look one up."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query

from bot.desks.permits.model import Permit
from bot.desks.permits.schemas import Correction, DatesChange, PermitCreate, PermitPublic, WriteOffCreate
from bot.desks.permits.service import PermitService
from bot.people.access import Access
from bot.people.model import Person, Role, StaffSession
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions

ObjectId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Once = Annotated[str | None, Header(alias="Idempotency-Key", max_length=257)]


def permits_routers(
    service: PermitService, people: PeopleService, sessions: WebSessions, access: Access
) -> list[APIRouter]:
    """The same routes for the action server and for the web chat's own person, and the staff's."""

    async def by_key(key: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key")]) -> Person:
        return await people.private_person(key)

    for_actions = APIRouter(
        prefix="/v1/conversations/{key}/permits", tags=["permits"], dependencies=[Depends(access.actions())]
    )
    own = APIRouter(prefix="/v1/me/permits", tags=["permits"])
    return [
        _own_routes(for_actions, by_key, service),
        _own_routes(own, own_person(people, sessions), service),
        _staff_routes(service, access),
    ]


def _own_routes(router: APIRouter, who: Callable[..., Awaitable[Person]], service: PermitService) -> APIRouter:
    Own = Annotated[Person, Depends(who)]

    def public(permit: Permit) -> PermitPublic:
        return PermitPublic.of(permit, service.words.kinds[permit.kind])

    @router.get("")
    async def read_permits(person: Own) -> list[PermitPublic]:
        """Permits of one's firms, what ends first on top."""
        return [public(permit) for permit in await service.mine(person.id)]

    @router.post("", status_code=201)
    async def enter_permit(person: Own, permit: PermitCreate, once: Once = None) -> PermitPublic:
        """Enter a permit as printed. A refusal names every reason. The same Idempotency-Key enters once."""
        made = await service.enter(person.id, permit.firm_id, permit.new(), f"http:{once}" if once else "")
        return public(made)

    @router.get("/{permit_id}")
    async def read_permit(person: Own, permit_id: ObjectId) -> PermitPublic:
        """One permit with its balance and its write-offs."""
        return public(await service.find(person.id, permit_id))

    @router.post("/{permit_id}/write-offs", status_code=201)
    async def write_off(person: Own, permit_id: ObjectId, batch: WriteOffCreate, once: Once = None) -> PermitPublic:
        """Write a batch off. The same Idempotency-Key writes off once."""
        return public(await service.write_off(person.id, permit_id, batch.new(), f"http:{once}" if once else ""))

    @router.post("/{permit_id}/write-offs/{write_off_id}/correct")
    async def correct(person: Own, permit_id: ObjectId, write_off_id: ObjectId, given: Correction) -> PermitPublic:
        """Put another amount in its place; 0 takes it back."""
        return public(await service.correct(person.id, permit_id, write_off_id, given.amount, given.why))

    @router.put("/{permit_id}/dates")
    async def set_dates(person: Own, permit_id: ObjectId, dates: DatesChange) -> PermitPublic:
        """Correct the dates to those printed; the reminders move."""
        return public(await service.set_dates(person.id, permit_id, dates.valid_from, dates.valid_until, dates.why))

    @router.post("/{permit_id}/close")
    async def close(person: Own, permit_id: ObjectId) -> PermitPublic:
        """Need it no more."""
        return public(await service.close(person.id, permit_id))

    return router


def _staff_routes(service: PermitService, access: Access) -> APIRouter:
    router = APIRouter(prefix="/v1/permits", tags=["permits, staff"])
    Member = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("")
    async def look_up(
        who: Member, number: Annotated[str, Query(min_length=1, max_length=200, description="Or firm, or credit code")]
    ) -> list[PermitPublic]:
        """Permits of this number, or of this firm. The look is recorded."""
        found = await service.look_up(number, by=who.staff)
        return [PermitPublic.of(permit, service.words.kinds[permit.kind]) for permit in found]

    return router
