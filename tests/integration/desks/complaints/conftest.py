"""The desk over each database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.channels.model import Reply
from bot.delivery.outbox import Outbox
from bot.desks.complaints.desk import ComplaintDesk
from bot.desks.complaints.model import Kind
from bot.desks.complaints.news import ComplaintNews
from bot.desks.complaints.service import ComplaintService, Intake
from bot.desks.complaints.words import load_complaint_words
from bot.files.service import FileStore
from bot.learning.cases import CaseRatings
from bot.people.model import Person, Role, StaffMember, new_id
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import outbox, staff
from knowledge.rules.calendar.working_days import read_working_days

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday morning


class Clock:
    """A clock that tests turn."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """Everything of the desk."""

    store: Store
    clock: Clock
    files: FileStore
    service: ComplaintService
    desk: ComplaintDesk
    ratings: CaseRatings
    people: PeopleService

    async def person(self, address: str = "1") -> Person:
        """Somebody on Telegram."""
        return await self.people.meet("telegram", address, private=True, language="en")

    async def member(self, name: str, role: Role = Role.APPROVER) -> StaffMember:
        """A member of staff."""
        found = StaffMember(new_id(), name, role)
        values = {"id": found.id, "name": name, "role": role, "password_hash": "-", "created_at": self.clock()}
        async with self.store.write() as connection:
            await connection.execute(staff.insert().values(**{k: v for k, v in values.items() if k in staff.c}))
        return found

    async def pushes(self) -> list[tuple[str, str, Reply]]:
        """What was written for whom: audience kind, target, the English text."""
        async with self.store.read() as connection:
            rows = await connection.execute(select(outbox).order_by(outbox.c.id))
            return [(row.audience_kind, row.audience_target, Reply.model_validate(row.payload["en"])) for row in rows]


def intake(kind: Kind = Kind.COMPLAINT, text: str = "Three hours of waiting.", **more: object) -> Intake:
    """Something sent."""
    return Intake(kind, text, "en", **more)  # type: ignore[arg-type]


@pytest.fixture
def house(store: Store, redis: Redis, secrets: Secrets, tmp_path: Path) -> House:
    """On SQLite, and on PostgreSQL."""
    clock = Clock()
    files = FileStore(store, clock, tmp_path / "files", max_bytes=1_000_000)
    words, ratings = load_complaint_words(ZONE), CaseRatings(store, clock)
    news = ComplaintNews(Outbox(redis), words, ratings)
    calendar = read_working_days(REPOSITORY / "knowledge" / "rules" / "calendar" / "days.yaml")
    service = ComplaintService(store, clock, secrets, files, news, words, ratings, calendar, ZONE)
    desk = ComplaintDesk(store, clock, AuditTrail(secrets), files, news, words, ratings, ZONE)
    return House(store, clock, files, service, desk, ratings, PeopleService(store, clock))
