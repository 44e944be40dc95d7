"""Wires shipments: lists, search, pictures, lateness."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.clearance.desk import ShipmentDesk
from bot.clearance.importing import ReceiptImport
from bot.clearance.lateness import load_promises
from bot.clearance.list_texts import ListTexts
from bot.clearance.personal import PersonalShipments
from bot.clearance.receipt_routes import receipts_router
from bot.clearance.receipts import load_channels
from bot.clearance.shipment_routes import conversation_shipments_router, own_shipments_router, pictures_router
from bot.clearance.shipments import ShipmentService
from bot.clearance.signed import SignedBody
from bot.clearance.watching import LateWatch
from bot.console.shipment_pages import shipment_pages
from bot.conversation.shipments import ShipmentsInChat
from bot.ground import Ground
from bot.rooms.room import Doors, Room
from bot.rooms.services import clearance_service
from bot.settings import REPOSITORY


def shipments_room(ground: Ground) -> Room:
    """What stands around the status of a shipment."""
    clearance = clearance_service(ground)
    service = ShipmentService(ground.store, ground.clock, ground.people, clearance)
    texts = ListTexts(clearance.texts.words)
    promises = load_promises(
        REPOSITORY / "bot" / "clearance" / "promises.yaml", ground.settings.data_dir / "promises.yaml"
    )
    desk = ShipmentDesk(ground.store, ground.clock, ground.audit, clearance)
    watch = LateWatch(ground.store, ground.clock, ground.outbox, clearance.texts, promises)

    channels = load_channels(ground.settings.data_dir / "channels.yaml")
    importing = ReceiptImport(ground.store, ground.clock, clearance, channels, ground.zone)
    settings = ground.settings
    signed = SignedBody(
        ground.keys,
        ground.clock,
        tolerance_s=settings.event_tolerance_s,
        body_max_bytes=settings.body_max_bytes,
    )

    def routers(doors: Doors) -> Sequence[APIRouter]:
        return (
            own_shipments_router(service, doors.people, doors.sessions),
            conversation_shipments_router(service, texts, doors.access),
            pictures_router(service),
            receipts_router(importing, signed),
            shipment_pages(doors.frame, desk, doors.access),
        )

    return Room(
        "shipments",
        ticks=(watch.tick,),
        routers=routers,
        first=(ShipmentsInChat(service, texts, ground.settings.public_url),),
        personal=(PersonalShipments(),),
    )
