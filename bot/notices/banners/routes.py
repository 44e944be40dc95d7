"""HTTP of banners: staff propose, approve and stop them; anybody reads those that show."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.channels.model import LANGUAGES, Language
from bot.notices.banners.model import BANNER_MEANING, TEXT_MAX_CHARS, Banner, BannerState
from bot.notices.banners.service import BannerBoard, BannerService
from bot.people.access import Access
from bot.people.model import Role, StaffSession


class BannerAudience(BaseModel):
    """Who is also pushed to: the followers of a topic (kind topic), or all who agreed (kind agreed, target emergency)."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    target: str


class BannerCreate(BaseModel):
    """A banner to be. texts: by language, one at least."""

    model_config = ConfigDict(extra="forbid")

    texts: dict[str, str] = Field(description=f"At most {TEXT_MAX_CHARS} characters each, plain text")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    audience: BannerAudience | None = None


class BannerPublic(BaseModel):
    """A banner with its story. meaning: the state in a sentence."""

    id: str
    texts: dict[Language, str]
    starts_at: datetime
    ends_at: datetime
    audience: BannerAudience | None
    state: BannerState
    meaning: str
    author: str
    approver: str | None
    created_at: datetime
    approved_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str | None


class BannersPublic(BaseModel):
    """Banners, the one made last first."""

    banners: list[BannerPublic]


class ShownPublic(BaseModel):
    """A banner that shows now, in three languages."""

    id: str
    texts: dict[Language, str]
    ends_at: datetime


class ShownsPublic(BaseModel):
    """The banners that show now."""

    banners: list[ShownPublic]


def _public(banner: Banner) -> BannerPublic:
    return BannerPublic(
        id=banner.id,
        texts=dict(banner.texts),
        starts_at=banner.starts_at,
        ends_at=banner.ends_at,
        audience=BannerAudience(kind=banner.audience[0], target=banner.audience[1]) if banner.audience else None,
        state=banner.state,
        meaning=BANNER_MEANING[banner.state],
        author=banner.author,
        approver=banner.approver,
        created_at=banner.created_at,
        approved_at=banner.approved_at,
        stopped_at=banner.stopped_at,
        stopped_by=banner.stopped_by,
    )


def shown_banners_router(board: BannerBoard) -> APIRouter:
    """Public: what every chat shows."""
    router = APIRouter(prefix="/v1/banners", tags=["banners"])

    @router.get("/current")
    async def read_current() -> ShownsPublic:
        """The banners that show now."""
        return ShownsPublic(
            banners=[
                ShownPublic(
                    id=banner.id,
                    texts={language: banner.text_in(language) for language in LANGUAGES},
                    ends_at=banner.ends_at,
                )
                for banner in board.current()
            ]
        )

    return router


def banners_router(service: BannerService, access: Access, topics: frozenset[str]) -> APIRouter:
    """Routes for staff."""
    router = APIRouter(prefix="/v1/banners", tags=["banners"])
    author = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("")
    async def read_banners(_: author) -> BannersPublic:
        """The newest 50."""
        return BannersPublic(banners=[_public(banner) for banner in await service.newest()])

    @router.post("", status_code=201)
    async def propose_banner(banner: BannerCreate, who: author) -> BannerPublic:
        """Propose a banner; nobody sees it before another person approves it."""
        audience = (banner.audience.kind, banner.audience.target) if banner.audience else None
        made = await service.propose(
            banner.texts, banner.starts_at, banner.ends_at, audience, by=who.staff, topics=topics
        )
        return _public(made)

    @router.post("/{banner_id}/approve")
    async def approve_banner(banner_id: str, who: approver) -> BannerPublic:
        """Approve what another person proposed. Never possible for its author."""
        return _public(await service.approve(banner_id, by=who.staff))

    @router.post("/{banner_id}/drop")
    async def drop_banner(banner_id: str, who: author) -> BannerPublic:
        """Give a proposal up."""
        return _public(await service.drop(banner_id, by=who.staff))

    @router.post("/{banner_id}/stop")
    async def stop_banner(banner_id: str, who: author) -> BannerPublic:
        """Stop it before its end."""
        return _public(await service.stop(banner_id, by=who.staff))

    return router
