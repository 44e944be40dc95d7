"""Every desk of the house."""

from __future__ import annotations

from bot.ground import Ground
from bot.rooms.booking import booking_room
from bot.rooms.complaints import complaints_room
from bot.rooms.deliveries import deliveries_room
from bot.rooms.files import files_room
from bot.rooms.firms import firms_room
from bot.rooms.forms import forms_room
from bot.rooms.handoff import handoff_room
from bot.rooms.labels import labels_room
from bot.rooms.origin import origin_room
from bot.rooms.own_data import own_data_room
from bot.rooms.permits import permits_room
from bot.rooms.room import Room
from bot.rooms.shipments import shipments_room


def open_rooms(ground: Ground) -> tuple[Room, ...]:
    """All desks over one ground, each once in each process."""
    desks = (
        firms_room(ground),
        files_room(ground),
        booking_room(ground),
        permits_room(ground),
        handoff_room(ground),
        complaints_room(ground),
        origin_room(ground),
        shipments_room(ground),
        labels_room(ground),
        deliveries_room(ground),
    )
    # Forms first: a question that waits for a file or a code comes before those who take one unasked.
    rooms = (forms_room(ground, desks), *desks)
    return (*rooms, own_data_room(ground, rooms))
