"""Firms and their people, wired."""

from __future__ import annotations

from bot.ground import Ground
from bot.rooms.room import Room
from bot.rooms.services import firm_services


def firms_room(ground: Ground) -> Room:
    """Members, invitations, mandates, recoveries."""
    services = firm_services(ground)
    return Room("firms", ticks=(services.claims.tick, services.mandates.tick))
