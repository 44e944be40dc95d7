"""The console's page of permits: look one up, with its balance and every write-off. The look is recorded."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.console.frame import Frame, reading_language
from bot.desks.permits.service import PermitService
from bot.people.access import Access
from bot.people.model import Role, StaffSession


def permit_pages(frame: Frame, service: PermitService, access: Access) -> APIRouter:
    """Numbers travel in forms only, never in an address."""
    router = APIRouter(prefix="/console/permits", include_in_schema=False, route_class=frame.route_class())
    lead = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("")
    async def show(request: Request, who: lead) -> Response:
        return frame.page(request, "permits.html", session=who, searched="", found=None, cards=[])

    @router.post("")
    async def look_up(request: Request, who: lead) -> Response:
        searched = str((await request.form()).get("number", "")).strip()[:200]
        found = await service.look_up(searched, by=who.staff) if searched else []
        language = reading_language(request)
        cards = [service.words.card(permit, language, service.today()).text for permit in found]
        pairs = list(zip(found, cards, strict=True))
        return frame.page(request, "permits.html", session=who, searched=searched, found=len(found), cards=pairs)

    return router
