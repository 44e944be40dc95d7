"""Staff's page of queues and dead letters, wired."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.console.delivery_pages import delivery_pages
from bot.delivery.canaries.service import Incidents
from bot.delivery.desk import DeliveryDesk
from bot.ground import Ground
from bot.rooms.room import Doors, Room


def deliveries_room(ground: Ground) -> Room:
    """The page alone: what it shows belongs to delivery."""
    desk = DeliveryDesk(ground.store, ground.clock, ground.audit, ground.deliveries, ground.delivery_overview)
    incidents = Incidents(ground.store, ground.clock)

    def routers(doors: Doors) -> Sequence[APIRouter]:
        return (delivery_pages(doors.frame, desk, incidents, doors.access),)

    return Room("deliveries", routers=routers)
