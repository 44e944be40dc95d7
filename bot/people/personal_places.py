"""Where everything that is stored of a person stands, for the test over all tables."""

from __future__ import annotations

from collections.abc import Mapping

STANDS_ELSEWHERE: Mapping[str, str] = {
    "persons": "person",
    "addresses": "person",
    "firm_members": "firms",
    "stored_files": "files",
    "form_drafts": "form_drafts",
    "bookings": "bookings",
    "shipment_pictures": "shipments",
    "permits": "permits",
    "permit_write_offs": "permits",
    "complaints": "complaints",
    "origin_cases": "origin_certificates",
    **dict.fromkeys(("expo_exhibitors", "expo_events", "label_applications", "label_movements"), "expo_labels"),
    "handoff_cases": "handoff",
    "deliveries": "messages_sent",
    "outbox": "messages_sent",
    "reminders": "reminders",
    "binding_attempts": "wrong_codes",
    "case_history": "steps_in_cases",
    "firm_invitations": "firms",
    "mandates": "firms",
}
"""Tables that name a person and are more than a `TablePart`: the part that shows and erases them."""

NOT_OF_A_PERSON: Mapping[str, str] = {
    "audit": "Acts are sealed to each other; they name a person by a random number, which leads nowhere after an erasure.",
    "login_attempts": "Of staff: names of accounts, for 15 minutes.",
    "binding_codes": "Made by staff or a firm's system, for a declaration.",
    "booking_ratings": "Set by staff.",
    "firm_recoveries": "Of the firm: asked for and decided by staff.",
    "notices": "Written and stopped by staff.",
    "banners": "Written and stopped by staff; the audience is a topic or a kind of follow.",
    "inbound_updates": "Emptied as soon as it is answered.",
    "callback_payloads": "What stands behind a button, without whose it is.",
    "idempotency_keys": "Hashes, and answers of two days, without who asked.",
    "asked_questions": "Without who asked, and without numbers and names.",
}
"""Tables with columns of such names that hold nothing of a person, and why."""
