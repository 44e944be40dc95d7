"""What is stored of a person, wired over all rooms."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.own_data import OwnDataInChat, load_own_data_words
from bot.ground import Ground
from bot.people.erasure import PersonalService
from bot.people.own_data_links import OwnDataLinks
from bot.people.own_data_routes import own_data_router
from bot.rooms.room import Room


def own_data_room(ground: Ground, rooms: Sequence[Room]) -> Room:
    """See, take along, erase: in the talk and by HTTP. rooms: all others, whose parts are gathered."""
    parts = [part for room in rooms for part in room.personal]
    service = PersonalService(ground.store, ground.clock, ground.audit, ground.redis, parts)
    links = OwnDataLinks(ground.secrets, ground.settings.public_url)
    return Room(
        "own_data",
        routers=lambda doors: (own_data_router(service, links, doors.people, doors.sessions, ground.clock),),
        extras=(OwnDataInChat(service, links, ground.clock, load_own_data_words()),),
    )
