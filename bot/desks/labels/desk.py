"""The desk's services over one ground, together."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.delivery.outbox import Outbox
from bot.desks.labels.applications import ApplicationService
from bot.desks.labels.decisions import DecisionService
from bot.desks.labels.events import EventService
from bot.desks.labels.keys import LabelKeys
from bot.desks.labels.news import LabelNews
from bot.desks.labels.proof import ProofService
from bot.desks.labels.rules import Rules, load_rules
from bot.desks.labels.service import LabelService
from bot.desks.labels.terms import Terms
from bot.desks.labels.uploads import UploadService
from bot.desks.labels.words import LabelWords, load_label_words
from bot.files.service import FileStore
from bot.reminders.service import ReminderService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store


@dataclass(frozen=True)
class LabelDesk:
    """What routes, pages, forms and workers call."""

    events: EventService
    lists: ApplicationService
    uploads: UploadService
    decisions: DecisionService
    labels: LabelService
    terms: Terms
    proof: ProofService
    keys: LabelKeys
    rules: Rules
    words: LabelWords


def open_desk(
    store: Store,
    clock: Clock,
    secrets: Secrets,
    audit: AuditTrail,
    outbox: Outbox,
    reminders: ReminderService,
    files: FileStore,
    zone: ZoneInfo,
    public_url: str | None,
) -> LabelDesk:
    """Put the desk together."""
    words, rules = load_label_words(), load_rules()
    news = LabelNews(clock, outbox, words)
    keys = LabelKeys(store, clock, secrets, audit)
    lists = ApplicationService(store, clock, news, rules, words)
    terms = Terms(store, clock, audit, news, reminders, rules, words, zone)
    return LabelDesk(
        events=EventService(store, clock, audit, news, rules, words),
        lists=lists,
        uploads=UploadService(store, clock, files, lists, words),
        decisions=DecisionService(store, clock, audit, news, keys, lists, words, zone),
        labels=LabelService(store, clock, audit, news, terms, rules, words, zone),
        terms=terms,
        proof=ProofService(store, clock, keys, words, public_url),
        keys=keys,
        rules=rules,
        words=words,
    )
