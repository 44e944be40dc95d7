"""Wires certificates of origin."""

from __future__ import annotations

from bot.desks.origin.form import issued_form, origin_form
from bot.desks.origin.routes import origin_router
from bot.desks.origin.service import OriginService
from bot.desks.origin.talk import OriginCases, OriginInChat, PersonalOrigin
from bot.desks.origin.words import load_origin_words
from bot.ground import Ground
from bot.people.own import own_person
from bot.rooms.room import Room
from bot.rooms.services import reminder_service
from bot.settings import REPOSITORY
from knowledge.kept import open_knowledge
from knowledge.rules.origin.guide import load_origins


def origin_room(ground: Ground) -> Room:
    """Prepared, followed, reminded of."""
    knowledge, _ = open_knowledge(REPOSITORY / "knowledge", ground.settings.data_dir / "cache")
    words = load_origin_words(load_origins(knowledge))
    service = OriginService(ground.store, ground.clock, ground.outbox, reminder_service(ground), words, ground.zone)
    return Room(
        "origin",
        ticks=(service.tick,),
        routers=lambda doors: (origin_router(service, own_person(doors.people, doors.sessions)),),
        extras=(OriginInChat(service),),
        personal=(PersonalOrigin(),),
        forms=(origin_form(service), issued_form(service)),
        cases=(OriginCases(service),),
    )
