"""Wires the desk of the expo labels."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.console.label_pages import label_pages
from bot.desks.labels.desk import LabelDesk, open_desk
from bot.desks.labels.form import LabelForm
from bot.desks.labels.personal import LabelPersonalData
from bot.desks.labels.routes import own_routers, template_routes
from bot.desks.labels.staff_routes import staff_router
from bot.desks.labels.verify_routes import verify_router
from bot.ground import Ground
from bot.rooms.room import Doors, Room
from bot.rooms.services import reminder_service


def label_desk(ground: Ground) -> LabelDesk:
    """The desk's services over one ground."""
    return open_desk(
        ground.store,
        ground.clock,
        ground.secrets,
        ground.audit,
        ground.outbox,
        reminder_service(ground),
        ground.files,
        ground.zone,
        ground.settings.public_url,
    )


def labels_room(ground: Ground) -> Room:
    """Events, goods lists, labels and their public proof."""
    desk = label_desk(ground)

    def routers(doors: Doors) -> Sequence[APIRouter]:
        return [
            verify_router(desk.proof, desk.keys),
            template_routes(desk),
            *own_routers(desk, doors.people, doors.sessions, doors.access),
            staff_router(desk, doors.access),
            label_pages(doors.frame, desk, doors.access),
        ]

    return Room(
        "labels",
        ticks=[desk.uploads.tick],
        routers=routers,
        personal=(LabelPersonalData(),),
        forms=[LabelForm(desk, ground.files).form()],
    )
