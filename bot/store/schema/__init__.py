"""Every table, by the room whose data it is."""

from __future__ import annotations

from bot.store.schema.base import Moment, metadata
from bot.store.schema.booking import (
    booking_duties,
    booking_places,
    booking_ratings,
    booking_sites,
    booking_slots,
    bookings,
)
from bot.store.schema.cases import case_history
from bot.store.schema.channels import callback_payloads, inbound_updates, web_messages
from bot.store.schema.clearance import (
    clearance_events,
    declarations,
    receipt_files,
    shipment_lates,
    shipment_numbers,
    shipment_pictures,
    stage_usual,
)
from bot.store.schema.complaints import case_ratings, complaints
from bot.store.schema.delivery import deliveries, outbox, workers
from bot.store.schema.files import stored_files
from bot.store.schema.firms import (
    firm_invitations,
    firm_members,
    firm_recoveries,
    firm_rights,
    mandate_rights,
    mandates,
)
from bot.store.schema.forms import form_drafts
from bot.store.schema.handoff import (
    handoff_canned,
    handoff_cases,
    handoff_duty,
    handoff_members,
    handoff_messages,
    handoff_teams,
)
from bot.store.schema.labels import (
    expo_events,
    expo_exhibitors,
    expo_labels,
    goods_uploads,
    label_applications,
    label_keys,
    label_movements,
)
from bot.store.schema.learning import asked_questions, entry_ratings
from bot.store.schema.notices import (
    asked_entries,
    banner_views,
    banners,
    consents,
    notice_acks,
    notice_audiences,
    notice_changes,
    notice_entries,
    notices,
    staff_addresses,
    staff_link_codes,
)
from bot.store.schema.origin import origin_cases
from bot.store.schema.people import (
    addresses,
    api_keys,
    binding_attempts,
    binding_codes,
    enterprises,
    follows,
    link_codes,
    login_attempts,
    person_settings,
    persons,
    preferences,
    staff,
    staff_sessions,
)
from bot.store.schema.permits import permit_lines, permit_write_offs, permits
from bot.store.schema.proof import canary_probes, idempotency_keys, incidents, promise_days
from bot.store.schema.reminders import reminders
from bot.store.schema.trail import audit, audit_head

__all__ = [
    "Moment",
    "addresses",
    "api_keys",
    "asked_entries",
    "asked_questions",
    "audit",
    "audit_head",
    "banner_views",
    "banners",
    "binding_attempts",
    "binding_codes",
    "booking_duties",
    "booking_places",
    "booking_ratings",
    "booking_sites",
    "booking_slots",
    "bookings",
    "callback_payloads",
    "canary_probes",
    "case_history",
    "case_ratings",
    "clearance_events",
    "complaints",
    "consents",
    "declarations",
    "deliveries",
    "enterprises",
    "entry_ratings",
    "expo_events",
    "expo_exhibitors",
    "expo_labels",
    "firm_invitations",
    "firm_members",
    "firm_recoveries",
    "firm_rights",
    "follows",
    "form_drafts",
    "goods_uploads",
    "handoff_canned",
    "handoff_cases",
    "handoff_duty",
    "handoff_members",
    "handoff_messages",
    "handoff_teams",
    "idempotency_keys",
    "inbound_updates",
    "incidents",
    "label_applications",
    "label_keys",
    "label_movements",
    "link_codes",
    "login_attempts",
    "mandate_rights",
    "mandates",
    "metadata",
    "notice_acks",
    "notice_audiences",
    "notice_changes",
    "notice_entries",
    "notices",
    "origin_cases",
    "outbox",
    "permit_lines",
    "permit_write_offs",
    "permits",
    "person_settings",
    "persons",
    "preferences",
    "promise_days",
    "receipt_files",
    "reminders",
    "shipment_lates",
    "shipment_numbers",
    "shipment_pictures",
    "staff",
    "staff_addresses",
    "staff_link_codes",
    "staff_sessions",
    "stage_usual",
    "stored_files",
    "web_messages",
    "workers",
]
