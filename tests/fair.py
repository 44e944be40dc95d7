"""A fair over a real database: an organiser, an exhibitor, officers, and the desk that labels their goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.desks.labels.desk import LabelDesk, open_desk
from bot.desks.labels.events import EventDraft
from bot.desks.labels.lives_model import LabelState
from bot.desks.labels.model import QUESTIONS, Application, Event, Exhibitor, Label
from bot.desks.labels.service import Who
from bot.files.service import FileStore
from bot.people.firms.model import Firm
from bot.people.model import Person, StaffMember
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import outbox
from tests.integration.people.firms.house import House, open_house
from tests.office import ZONE

PUBLIC_URL = "https://kouan.example.cn"
PLAIN: dict[str, str] = {
    **{"name": "数控机床", "hs": "8457101000", "quantity": "12", "unit": "台", "packages": "2", "origin": "德国"},
    **dict.fromkeys(QUESTIONS, "否"),
}
EVENT = EventDraft(
    "EXPO26",
    "上海国际机床展",
    "国家会展中心",
    date(2026, 12, 1),
    date(2026, 12, 8),
    guarantee_no="G-2026-1",
    title="展品专用标签",
    note="海关监管货物",
)


def draft(**changes: Any) -> EventDraft:
    """The event with other values."""
    return EventDraft(**{**vars(EVENT), **changes})


def cells(**changes: str) -> Mapping[str, str]:
    """A line's cells: a machine tool that needs no permit, with other values."""
    return {**PLAIN, **changes}


@dataclass
class Fair:
    """Who is there, and their desk."""

    house: House
    desk: LabelDesk
    reminders: ReminderService
    organiser: Person
    organiser_firm: Firm
    exhibitor: Person
    exhibitor_firm: Firm
    officer: StaffMember
    second: StaffMember

    async def event(self, **changes: Any) -> Event:
        """An approved event."""
        event = await self.desk.events.apply(self.organiser.id, self.organiser_firm.id, draft(**changes), "zh-Hans")
        await self.desk.events.approve(event.id, by=self.officer)
        return event

    async def registered(self, **changes: Any) -> Exhibitor:
        """The exhibitor at an approved event."""
        event = await self.event(**changes)
        given = {"name": "法国机床公司", "stand": "5.1A-023"}
        return await self.desk.events.register(self.exhibitor.id, event.id, self.exhibitor_firm.id, given, "zh-Hans")

    async def filled(self, *lines: Mapping[str, str]) -> Application:
        """A list with lines, not sent yet."""
        exhibitor = await self.registered()
        application = await self.desk.lists.start(self.exhibitor.id, exhibitor.id)
        for line in lines or (cells(),):
            await self.desk.lists.add_line(self.exhibitor.id, application.id, line, "zh-Hans")
        return application

    async def submitted(self, *lines: Mapping[str, str]) -> Application:
        """A list that waits for staff."""
        application = await self.filled(*lines)
        return (await self.desk.lists.submit(self.exhibitor.id, application.id, "zh-Hans")).application

    async def issued(self, *lines: Mapping[str, str]) -> list[Label]:
        """Labels that were issued."""
        application = await self.submitted(*lines)
        await self.desk.decisions.approve(application.id, by=self.officer)
        return await self.desk.lists.lines(self.exhibitor.id, application.id)

    async def inspected(self, *lines: Mapping[str, str]) -> list[Label]:
        """Labels whose goods are at the venue and inspected."""
        labels = await self.issued(*lines)
        staff = Who.staff(self.officer)
        for state in (LabelState.AFFIXED, LabelState.RELEASED, LabelState.INSPECTED):
            labels = await self.desk.labels.advance([label.id for label in labels], state, staff)
        return labels

    async def pushes(self) -> list[tuple[str, str]]:
        """To which audience what was written, in order, in Simplified Chinese."""
        async with self.house.store.read() as connection:
            rows = await connection.execute(
                select(outbox.c.audience_target, outbox.c.payload)
                .where(outbox.c.cause_kind == "label")
                .order_by(outbox.c.id)
            )
            return [(row.audience_target, str(row.payload)) for row in rows]


async def open_fair(
    store: Store, redis: Redis, secrets: Secrets, folder: Path, *, public_url: str | None = PUBLIC_URL
) -> Fair:
    """Put it together."""
    house = await open_house(store, secrets)
    organiser, exhibitor = await house.person("organiser"), await house.person("exhibitor")
    outgoing = Outbox(redis)
    reminders = ReminderService(store, house.clock, outgoing, load_reminder_words(ZONE))
    audit = AuditTrail(secrets)
    files = FileStore(store, house.clock, folder, max_bytes=5_000_000)
    desk = open_desk(store, house.clock, secrets, audit, outgoing, reminders, files, ZONE, public_url)
    return Fair(
        house,
        desk,
        reminders,
        organiser,
        await house.firm(1, organiser),
        exhibitor,
        await house.firm(2, exhibitor),
        house.approver,
        house.second,
    )
