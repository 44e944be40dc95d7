"""Every table, by the room whose data it is."""

from __future__ import annotations

from bot.store.schema.base import Moment, metadata
from bot.store.schema.channels import callback_payloads, inbound_updates, web_messages
from bot.store.schema.clearance import clearance_events, declarations
from bot.store.schema.delivery import deliveries, outbox, workers
from bot.store.schema.notices import notices
from bot.store.schema.people import (
    addresses,
    api_keys,
    binding_attempts,
    binding_codes,
    enterprises,
    follows,
    login_attempts,
    persons,
    staff,
    staff_sessions,
)
from bot.store.schema.trail import audit, audit_head

__all__ = [
    "Moment",
    "addresses",
    "api_keys",
    "audit",
    "audit_head",
    "binding_attempts",
    "binding_codes",
    "callback_payloads",
    "clearance_events",
    "declarations",
    "deliveries",
    "enterprises",
    "follows",
    "inbound_updates",
    "login_attempts",
    "metadata",
    "notices",
    "outbox",
    "persons",
    "staff",
    "staff_sessions",
    "web_messages",
    "workers",
]
