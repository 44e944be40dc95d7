"""A desk with two teams over a real database and Redis: for the tests of the desk and of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from redis.asyncio import Redis
from sqlalchemy import select

from bot.channels.model import Language
from bot.clock import Clock
from bot.delivery.model import CauseKind
from bot.delivery.outbox import Outbox
from bot.delivery.payload import message_in
from bot.files.service import FileStore
from bot.handoff.chat import HandoffInChat
from bot.handoff.desk import Desk
from bot.handoff.entries import KnowledgeEntries
from bot.handoff.hours import OpenHours
from bot.handoff.model import Case, OpenedBy
from bot.handoff.parts import DeskParts
from bot.handoff.passing import Passing
from bot.handoff.ports import CaseRatings, NoRatings
from bot.handoff.roster import RosterService
from bot.handoff.routing import load_routing
from bot.handoff.service import HandoffService
from bot.handoff.staff_chat import StaffInChat
from bot.handoff.sweeping import HandoffSweeper
from bot.handoff.talk import TalkMemory
from bot.handoff.telling import Teller
from bot.handoff.words import load_handoff_words
from bot.people.model import Person, Role, StaffMember
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import deliveries, handoff_cases, outbox, staff_addresses
from knowledge.load import Knowledge
from knowledge.rules.calendar.working_days import read_working_days

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 at the port, and open
PASSWORD = "a long password"


@dataclass
class TestDesk:
    """An officer and a colleague at customs, one at border inspection, an administrator; each with a chat of their own."""

    __test__ = False

    store: Store
    clock: Clock
    people: PeopleService
    staff: StaffService
    roster: RosterService
    service: HandoffService
    desk: Desk
    passing: Passing
    sweeper: HandoffSweeper
    chat: HandoffInChat
    staff_chat: StaffInChat
    officer: StaffMember
    colleague: StaffMember
    border: StaffMember
    admin: StaffMember

    async def person(self, number: int = 1, language: Language = "zh-Hans") -> Person:
        """Somebody on Telegram."""
        return await self.people.meet("telegram", str(7000 + number), private=True, language=language)

    async def case(self, person: Person, team: str = "customs", language: Language = "zh-Hans") -> Case:
        """An open case of theirs."""
        await self.chat_open(person, team, language)
        found = await self.service.current(person)
        assert found is not None
        return found

    async def chat_open(self, person: Person, team: str, language: Language) -> None:
        """They choose an office."""
        await self.service.open(person, language, team, OpenedBy.ASKED)

    async def link(self, member: StaffMember, chat: int) -> Person:
        """The member's own chat."""
        own = await self.people.meet("telegram", str(chat), private=True, language="zh-Hans")
        async with self.store.write() as connection:
            await connection.execute(
                staff_addresses.insert().values(staff_id=member.id, address_id=own.address_id, linked_at=self.clock())
            )
        return own

    async def told(self, person: Person) -> list[str]:
        """What went out to an address, in order, in its person's language."""
        query = (
            select(outbox.c.payload)
            .where(outbox.c.cause_kind == CauseKind.HANDOFF, outbox.c.audience_target == person.address_id)
            .order_by(outbox.c.id)
        )
        async with self.store.read() as connection:
            rows = (await connection.execute(query)).all()
        return [message_in(row.payload, person.language)[1].text for row in rows]

    async def delivered(self) -> None:
        """All that waits in the outbox reaches its end, as if a worker had sent it."""
        async with self.store.write() as connection:
            await connection.execute(outbox.update().values(state="resolved"))
            await connection.execute(deliveries.update().values(state="sent"))

    async def state(self, number: int) -> str:
        """A case's state."""
        async with self.store.read() as connection:
            found = await connection.scalar(select(handoff_cases.c.state).where(handoff_cases.c.number == number))
        assert found is not None
        return str(found)


async def open_desk(
    store: Store,
    redis: Redis,
    secrets: Secrets,
    clock: Clock,
    *,
    knowledge: Knowledge | None = None,
    ratings: CaseRatings | None = None,
    files_root: Path = Path("/nonexistent"),
) -> TestDesk:
    """Put a desk together."""
    audit = AuditTrail(secrets)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    staff = StaffService(store, clock, audit, hasher)
    roster = RosterService(store, clock, audit, staff)
    parts = DeskParts(
        store,
        clock,
        roster,
        Teller(Outbox(redis), load_handoff_words(ZONE, REPOSITORY / "knowledge" / "topics.yaml")),
        OpenHours(read_working_days(REPOSITORY / "knowledge" / "rules" / "calendar" / "days.yaml"), ZONE),
        ratings or NoRatings(),
        TalkMemory(redis),
        load_routing(),
        FileStore(store, clock, files_root, max_bytes=1_000_000),
    )
    desk = Desk(parts, audit, KnowledgeEntries(lambda: knowledge, clock, ZONE))
    passing, service = Passing(desk), HandoffService(parts)
    found = TestDesk(
        store=store,
        clock=clock,
        people=PeopleService(store, clock),
        staff=staff,
        roster=roster,
        service=service,
        desk=desk,
        passing=passing,
        sweeper=HandoffSweeper(desk),
        chat=HandoffInChat(service),
        staff_chat=StaffInChat(desk, passing),
        officer=await staff.add("王关员", Role.AUTHOR, PASSWORD, actor="system:test"),
        colleague=await staff.add("Li Officer", Role.AUTHOR, PASSWORD, actor="system:test"),
        border=await staff.add("边检员", Role.AUTHOR, PASSWORD, actor="system:test"),
        admin=await staff.add("Admin", Role.ADMIN, PASSWORD, actor="system:test"),
    )
    for team, member in (("customs", found.officer), ("customs", found.colleague), ("border_inspection", found.border)):
        await roster.put_member(team, member.name, None, by=found.admin)
    return found
