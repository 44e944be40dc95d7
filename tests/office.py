"""Staff at work on notices, over a real database and Redis: for the tests of notices and of the console."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import select

from bot import problems
from bot.channels.model import LANGUAGES
from bot.clearance.service import ClearanceService
from bot.clearance.texts import load_stage_texts
from bot.console.notice_desk import NoticeDesk
from bot.console.pages import console_routers
from bot.conversation.notices import NoticesInChat, load_chat_words
from bot.delivery.outbox import Outbox
from bot.notices.banners.routes import banners_router, shown_banners_router
from bot.notices.banners.service import BannerBoard, BannerService
from bot.notices.changes.routes import changes_router
from bot.notices.changes.service import ChangeService
from bot.notices.dispatch import NoticeDispatch
from bot.notices.model import Notice, NoticeState, NoticeText
from bot.notices.queries import NoticeQueries
from bot.notices.readers.routes import readers_router
from bot.notices.readers.service import ReaderService
from bot.notices.routes import notices_router, published_router
from bot.notices.service import NoticeService
from bot.notices.test_sends import TestSends
from bot.notices.texts import load_notice_texts
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Role, StaffMember, StaffSession
from bot.people.routes import staff_router
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import audit as audit_table
from knowledge.model import Localized, Topic
from tests.fakes import FakeClock

TOPIC = "traveller_pets"
PASSWORD = "a long password"
TEXT = NoticeText("宠物入境新规", "自**12月1日**起，宠物须植入芯片。")
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Office:
    """An author, an approver, an administrator, and what they work with."""

    store: Store
    clock: FakeClock
    audit: AuditTrail
    staff: StaffService
    people: PeopleService
    clearance: ClearanceService
    service: NoticeService
    dispatch: NoticeDispatch
    changes: ChangeService
    readers: ReaderService
    banners: BannerService
    board: BannerBoard
    test_sends: TestSends
    chat: NoticesInChat
    access: Access
    author: StaffMember
    approver: StaffMember
    admin: StaffMember

    async def draft(self, author: StaffMember | None = None) -> Notice:
        """A draft in Simplified Chinese."""
        return await self.service.create(TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, author=author or self.author)

    async def submitted(self, author: StaffMember | None = None) -> Notice:
        """A notice that waits for approval."""
        notice = await self.draft(author)
        return await self.service.submit(notice.id, by=author or self.author)

    async def approved(self) -> Notice:
        """A notice that may be sent."""
        notice = await self.submitted()
        return await self.service.approve(notice.id, by=self.approver)

    async def in_state(self, state: NoticeState) -> Notice:
        """A notice in any state up to SCHEDULED."""
        makers = {
            NoticeState.DRAFT: self.draft,
            NoticeState.SUBMITTED: self.submitted,
            NoticeState.APPROVED: self.approved,
        }
        return await makers[state]()

    async def follow(self, count: int) -> None:
        """Have so many people follow the topic, a third of them in each language."""
        for number in range(count):
            language = LANGUAGES[number % 3]
            person = await self.people.meet("telegram", str(number), private=True, language=language)
            await self.people.follow_topic(person.address_id, TOPIC)

    async def trail(self, prefix: str = "notice.") -> list[tuple[str, str]]:
        """Actor and action of every act whose name begins so, in order."""
        async with self.store.read() as connection:
            rows = await connection.execute(
                select(audit_table.c.actor, audit_table.c.action)
                .where(audit_table.c.action.startswith(prefix))
                .order_by(audit_table.c.seq)
            )
            return [(row.actor, row.action) for row in rows]

    @property
    def desk(self) -> NoticeDesk:
        """What the pages of notices work with."""
        return NoticeDesk(self.service, self.changes, self.readers, self.banners, self.test_sends)

    def app(self, *, secure: bool = False) -> FastAPI:
        """The API and the console."""
        app = FastAPI()
        problems.install(app)
        app.include_router(published_router(self.service))
        app.include_router(notices_router(self.service, self.access))
        app.include_router(changes_router(self.changes, self.access))
        app.include_router(readers_router(self.readers, self.access))
        app.include_router(shown_banners_router(self.board))
        app.include_router(banners_router(self.banners, self.access, frozenset({TOPIC})))
        app.include_router(staff_router(self.staff, self.access, secure=secure))
        for router in console_routers(self.staff, self.access, self.desk, self.clearance, ZONE, secure=secure):
            app.include_router(router)
        return app

    def http(self, *, secure: bool = False) -> httpx.AsyncClient:
        """A browser that is not logged in, before the API and the console."""
        app = self.app(secure=secure)
        base_url = "https://test" if secure else "http://test"
        return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base_url)

    async def browser(self, member: StaffMember) -> tuple[httpx.AsyncClient, StaffSession]:
        """A browser in which this member is logged in, and the session (for its CSRF token)."""
        session_id, session = await self.staff.log_in(member.name, PASSWORD)
        client = self.http()
        client.cookies.set("kouan_staff", session_id)
        return client, session


async def open_office(store: Store, redis: Redis, secrets: Secrets, clock: FakeClock) -> Office:
    """Put an office together."""
    audit = AuditTrail(secrets)
    # As weak as Argon2 can be: the tests log in hundreds of times.
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    staff = StaffService(store, clock, audit, hasher)
    people = PeopleService(store, clock)
    outbox = Outbox(redis)
    topics = {
        TOPIC: Topic(TOPIC, Localized("携带宠物", None, "Travelling with pets")),
        "taxes_fees": Topic("taxes_fees", Localized("税费", None, "Taxes and fees")),
    }
    texts = load_notice_texts(topics)
    readers = ReaderService(store, clock, texts)
    banners = BannerService(store, clock, audit, outbox, redis, texts)
    board = BannerBoard(banners, clock, redis)
    test_sends = TestSends(store, clock, audit, outbox, texts)
    return Office(
        store=store,
        clock=clock,
        audit=audit,
        staff=staff,
        people=people,
        clearance=ClearanceService(store, clock, secrets, audit, outbox, people, load_stage_texts(ZONE)),
        service=NoticeService(store, clock, audit, outbox, texts, NoticeQueries(store, staff, texts, clock), topics),
        dispatch=NoticeDispatch(store, clock, audit, outbox, texts),
        changes=ChangeService(store, clock, audit, texts),
        readers=readers,
        banners=banners,
        board=board,
        test_sends=test_sends,
        chat=NoticesInChat(readers, banners, board, test_sends, load_chat_words()),
        access=Access(KeyService(store, clock, secrets, audit), staff, secrets),
        author=await staff.add("An Author", Role.AUTHOR, PASSWORD, actor="system:test"),
        approver=await staff.add("李审批", Role.APPROVER, PASSWORD, actor="system:test"),
        admin=await staff.add("Admin", Role.ADMIN, PASSWORD, actor="system:test"),
    )
