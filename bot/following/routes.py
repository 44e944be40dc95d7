"""HTTP of a web chat's own person: follows, preferences, quiet hours. The conversation's id is the bearer token."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.following.service import FollowingService
from bot.people.model import FollowKind, Person
from bot.people.own import own_person
from bot.people.preferences import Cadence, Preference, QuietHours, Wishes, clock_text
from bot.people.service import PeopleService, WebSessions

_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class OwnFollow(BaseModel):
    """One thing that is followed."""

    kind: FollowKind
    target: str
    since: datetime


class OwnFollows(BaseModel):
    """What is followed, oldest first."""

    follows: list[OwnFollow]


class FollowChanged(BaseModel):
    """Whether the request changed anything."""

    changed: bool


class AllEnded(BaseModel):
    """How many follows and consents ended."""

    ended: int


class QuietHoursPublic(BaseModel):
    """Quiet hours, by the clock on the wall in the zone."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: str = Field(alias="from", pattern=_CLOCK, examples=["22:00"])
    until: str = Field(pattern=_CLOCK, examples=["08:00"])
    zone: str = Field(max_length=64, examples=["Asia/Hong_Kong"], description="IANA name")


class CadenceChoice(BaseModel):
    """How often."""

    model_config = ConfigDict(extra="forbid")

    cadence: Cadence


class PreferencePublic(BaseModel):
    """How often for a topic on a channel; `*`: all of them."""

    topic: str
    channel: str
    cadence: Cadence


class WishesPublic(BaseModel):
    """What is set. zone: in which digests (09:00) and quiet hours are meant."""

    zone: str
    quiet_hours: QuietHoursPublic | None
    preferences: list[PreferencePublic]


def following_router(service: FollowingService, people: PeopleService, sessions: WebSessions) -> APIRouter:
    """Routes of a person's own."""

    Own = Annotated[Person, Depends(own_person(people, sessions))]
    router = APIRouter(prefix="/v1/me", tags=["following"])

    @router.get("/follows")
    async def read_follows(person: Own) -> OwnFollows:
        """What is followed."""
        found = await service.follows(person)
        return OwnFollows(follows=[OwnFollow(kind=f.kind, target=f.target, since=f.since) for f in found])

    @router.put("/follows/{kind}/{target}")
    async def follow(person: Own, kind: FollowKind, target: str) -> FollowChanged:
        """Follow something that needs no proof."""
        return FollowChanged(changed=await service.follow(person, kind, target))

    @router.delete("/follows/{kind}/{target}")
    async def unfollow(person: Own, kind: FollowKind, target: str) -> FollowChanged:
        """Stop following; what waits of it is not sent."""
        return FollowChanged(changed=await service.unfollow(person, kind, target))

    @router.delete("/follows")
    async def stop_all(person: Own) -> AllEnded:
        """Stop everything."""
        return AllEnded(ended=await service.stop_all(person))

    @router.get("/preferences")
    async def read_preferences(person: Own) -> WishesPublic:
        """What is set."""
        return _public(await service.wishes(person))

    @router.put("/preferences/{topic}/{channel}")
    async def set_cadence(person: Own, topic: str, channel: str, choice: CadenceChoice) -> WishesPublic:
        """How often for a topic on a channel; `*` for all. Both `*` takes single ones back."""
        return _public(await service.set_cadence(person, Preference(topic, channel, choice.cadence)))

    @router.put("/quiet-hours")
    async def set_quiet(person: Own, hours: QuietHoursPublic) -> WishesPublic:
        """Set quiet hours with their zone."""
        quiet = QuietHours(_minute(hours.start), _minute(hours.until))
        return _public(await service.set_quiet(person, quiet, hours.zone))

    @router.delete("/quiet-hours")
    async def end_quiet(person: Own) -> WishesPublic:
        """No quiet hours."""
        return _public(await service.set_quiet(person, None))

    return router


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _public(wishes: Wishes) -> WishesPublic:
    quiet = None
    if wishes.quiet is not None:
        start, until = clock_text(wishes.quiet.start), clock_text(wishes.quiet.until)
        quiet = QuietHoursPublic.model_validate({"from": start, "until": until, "zone": wishes.zone})
    listed = [PreferencePublic(topic=p.topic, channel=p.channel, cadence=p.cadence) for p in wishes.preferences]
    return WishesPublic(zone=wishes.zone, quiet_hours=quiet, preferences=listed)
