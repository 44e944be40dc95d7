"""The services over one ground that more than one process, or more than one room, needs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clearance.service import ClearanceService
from bot.clearance.texts import load_stage_texts
from bot.desks.firms.news import FirmPushes
from bot.desks.firms.words import FirmWords, load_firm_words
from bot.following.catalogue import load_catalogue
from bot.following.service import FollowingService
from bot.ground import Ground
from bot.learning.service import LearningService
from bot.learning.texts import load_learning_texts
from bot.notices.banners.service import BannerService
from bot.notices.queries import NoticeQueries
from bot.notices.service import NoticeService
from bot.notices.texts import NoticeTexts, load_notice_texts
from bot.people.firms.claims import ClaimService
from bot.people.firms.mandates import MandateService
from bot.people.firms.service import FirmService
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.settings import REPOSITORY
from knowledge.load import Knowledge
from knowledge.phrasings import phrasings_file


def banner_service(ground: Ground, texts: NoticeTexts) -> BannerService:
    """The emergency banners."""
    return BannerService(ground.store, ground.clock, ground.audit, ground.outbox, ground.redis, texts)


def notice_service(ground: Ground, knowledge: Knowledge) -> NoticeService:
    """The notices, on the topics of the knowledge base."""
    texts = load_notice_texts(knowledge.topics, ground.zone)
    return NoticeService(
        ground.store,
        ground.clock,
        ground.audit,
        ground.outbox,
        texts,
        NoticeQueries(
            ground.store, ground.staff, texts, ground.clock, {"telegram": float(ground.settings.telegram.rate)}
        ),
        knowledge.topics,
        knowledge.entries,
    )


def following_service(ground: Ground, knowledge: Knowledge) -> FollowingService:
    """What people follow, and when they want to be told."""
    catalogue = load_catalogue(knowledge, REPOSITORY / "knowledge")
    return FollowingService(ground.store, ground.clock, catalogue, ground.zone.key)


def reminder_service(ground: Ground) -> ReminderService:
    """Reminders tied to a date. Owners of a date call its `set_date` in their own transaction."""
    return ReminderService(ground.store, ground.clock, ground.outbox, load_reminder_words(ground.zone))


def clearance_service(ground: Ground) -> ClearanceService:
    """Status of shipments."""
    return ClearanceService(
        ground.store,
        ground.clock,
        ground.secrets,
        ground.audit,
        ground.outbox,
        ground.people,
        load_stage_texts(ground.zone),
        reminders=reminder_service(ground),
    )


@dataclass(frozen=True)
class FirmServices:
    """Firms and their people: what members do, what staff and a firm's own system do, mandates."""

    firms: FirmService
    claims: ClaimService
    mandates: MandateService
    news: FirmPushes
    words: FirmWords


def firm_services(ground: Ground) -> FirmServices:
    """The services of firms, which tell people by the one outbox."""
    words = load_firm_words(ground.zone)
    news = FirmPushes(ground.outbox, reminder_service(ground), words)
    basis = (ground.store, ground.clock, ground.secrets, ground.audit, news)
    mandates = MandateService(ground.store, ground.clock, ground.audit, news)
    return FirmServices(FirmService(*basis), ClaimService(*basis), mandates, news, words)


def learning_service(ground: Ground, knowledge: Knowledge) -> LearningService:
    """What is learned from questions and ratings."""
    file = phrasings_file(ground.settings.data_dir)
    return LearningService(
        ground.store, ground.clock, ground.zone, ground.audit, knowledge, load_learning_texts(), file
    )
