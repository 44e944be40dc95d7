"""HTTP of a person's own shipments: for the web chat's person, for the action server, and the pictures."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language, Reply
from bot.clearance.details import NumberKind
from bot.clearance.list_store import Shipment, ShipmentFilter
from bot.clearance.list_texts import ListTexts
from bot.clearance.model import Stage
from bot.clearance.picture import draw_png, draw_svg
from bot.clearance.shipments import PAGES_MOST, NumberFollowed, ShipmentService
from bot.clearance.steps import steps_of
from bot.errors import NotFoundError
from bot.people.access import Access
from bot.people.model import Person
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions

_PICTURE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
}
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key, as Rasa's sender id")]
PictureId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class ShipmentSearch(BaseModel):
    """What to look for. In the body, so that no number stands in an address."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "123456"}]})

    query: str = Field(min_length=1, max_length=64, description="Part of a number or of the firm's own reference")


class NumberFollow(BaseModel):
    """A bill of lading or container to follow. code: a declaration's binding code, for who has no firm's right."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "container", "number": "CSQU3054383"}]}
    )

    kind: NumberKind
    number: str = Field(min_length=1, max_length=64)
    code: str | None = Field(None, min_length=1, max_length=40)


class LocalSearch(ShipmentSearch):
    """The same, with the language of the answer."""

    language: Language


class LocalFollow(NumberFollow):
    """The same, with the language of the answer."""

    language: Language


class ShipmentPublic(BaseModel):
    """One line of a list. late_by: by when it should have moved on; null: it is not late."""

    declaration_no: str
    stage: Stage | None
    stage_at: datetime | None
    port: str | None
    reference: str | None
    late_by: datetime | None


class ShipmentsPublic(BaseModel):
    """A page, the latest change first. more: whether another page follows."""

    shipments: list[ShipmentPublic]
    page: int = 1
    more: bool = False


class NumberFollowedPublic(BaseModel):
    """declarations: that the number brought now. by_code: a code opened just one, and the number itself is not followed."""

    kind: NumberKind
    number: str
    declarations: list[str]
    by_code: bool
    new: bool


def _filter(
    state: Annotated[Stage | None, Query(description="Only shipments at this stage")] = None,
    open_only: Annotated[bool, Query(alias="open", description="Only those not released yet")] = False,
    late_only: Annotated[bool, Query(alias="late", description="Only those that are late now")] = False,
    port: Annotated[str | None, Query(pattern=r"^[0-9]{4}$", description="Customs office")] = None,
) -> ShipmentFilter:
    return ShipmentFilter(state, open_only, late_only, port)


Filter = Annotated[ShipmentFilter, Depends(_filter)]
PageNumber = Annotated[int, Query(ge=1, le=PAGES_MOST)]


def _public(shipments: list[Shipment] | tuple[Shipment, ...]) -> list[ShipmentPublic]:
    return [ShipmentPublic(**vars(one)) for one in shipments]


def _followed(found: NumberFollowed) -> NumberFollowedPublic:
    return NumberFollowedPublic(**(vars(found) | {"declarations": list(found.declarations)}))


def own_shipments_router(service: ShipmentService, people: PeopleService, sessions: WebSessions) -> APIRouter:
    """Routes of the web chat's own person."""
    Own = Annotated[Person, Depends(own_person(people, sessions))]
    router = APIRouter(prefix="/v1/me/shipments", tags=["shipments"])

    @router.get("")
    async def read_own_shipments(person: Own, wanted: Filter, page: PageNumber = 1) -> ShipmentsPublic:
        """My shipments: those I follow, and those of firms that let me see them."""
        found = await service.page(person.address_id, wanted, page)
        return ShipmentsPublic(shipments=_public(found.shipments), page=found.page, more=found.more)

    @router.post("/search")
    async def search_own_shipments(person: Own, search: ShipmentSearch) -> ShipmentsPublic:
        """Look among my shipments for a part of a number or own reference."""
        return ShipmentsPublic(shipments=_public(await service.find(person.address_id, search.query)))

    @router.post("/numbers", status_code=201)
    async def follow_own_number(person: Own, follow: NumberFollow) -> NumberFollowedPublic:
        """Follow a bill of lading or container with a firm's right, or one of its declarations with a binding code."""
        return _followed(await service.follow_number(person.address_id, follow.kind, follow.number, follow.code))

    return router


def conversation_shipments_router(service: ShipmentService, texts: ListTexts, access: Access) -> APIRouter:
    """What the action server does for a conversation."""
    router = APIRouter(
        prefix="/v1/conversations/{key}/shipments", tags=["tasks"], dependencies=[Depends(access.actions())]
    )

    @router.get("")
    async def list_shipments(key: Key, language: Language, wanted: Filter, page: PageNumber = 1) -> Reply:
        """The conversation's shipments, as the person reads them."""
        return texts.page(await service.page(key, wanted, page), wanted, language)

    @router.post("/search")
    async def search_shipments(key: Key, search: LocalSearch) -> Reply:
        """Look among the conversation's shipments."""
        return texts.found(search.query, await service.find(key, search.query), search.language)

    @router.post("/numbers", status_code=201)
    async def follow_number(key: Key, follow: LocalFollow) -> Reply:
        """Follow a bill of lading or container."""
        found = await service.follow_number(key, follow.kind, follow.number, follow.code)
        return texts.number_followed(found, follow.language)

    return router


def pictures_router(service: ShipmentService) -> APIRouter:
    """Pictures of stages, for whoever has the random id that a person entitled asked for within the last hour."""
    router = APIRouter(prefix="/v1/shipment-pictures", tags=["shipments"])
    words = service.texts.words

    @router.get("/{picture_id}.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
    async def read_svg(picture_id: PictureId) -> Response:
        """The picture as SVG, with a title and a description in words."""
        clearance, language = await service.pictured(picture_id)
        svg = draw_svg(steps_of(clearance, language, words), language)
        return Response(svg, media_type="image/svg+xml", headers=_PICTURE_HEADERS)

    @router.get("/{picture_id}.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
    async def read_png(picture_id: PictureId) -> Response:
        """The picture as PNG; 404 also where this machine has no font with Chinese."""
        clearance, language = await service.pictured(picture_id)
        png = draw_png(steps_of(clearance, language, words), language)
        if png is None:
            raise NotFoundError("font")
        return Response(png, media_type="image/png", headers=_PICTURE_HEADERS)

    return router
