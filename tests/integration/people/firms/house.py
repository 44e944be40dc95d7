"""Firms with their people over a real database, and pushes kept in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.credit_code import check_character
from bot.people.firms.claims import ClaimService
from bot.people.firms.mandates import MandateService
from bot.people.firms.model import Firm, Grants, Mandate, Member, Membership, News, Right
from bot.people.firms.service import FirmService
from bot.people.model import Person, Role, StaffMember
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from tests.fakes import FakeClock

ALL_WORK: Grants = {right: None for right in Right if right is not Right.MEMBERS}
DECLARATION = "531620260000000001"


def credit_code(number: int) -> str:
    """A well-formed credit code for tests."""
    first = f"91440300MA5{number:06d}"
    return first + check_character(first)


@dataclass
class KeptNews:
    """Fulfils FirmNews: keeps what is told. told: (sentence, persons, firm); dates: mandates with an end to be reminded of."""

    told: list[News] = field(default_factory=list)
    dates: dict[str, datetime] = field(default_factory=dict)
    ended: list[tuple[str, str, str]] = field(default_factory=list)

    async def tell(self, connection: AsyncConnection, news: News, at: datetime) -> None:
        self.told.append(news)

    async def mandate_dates(self, connection: AsyncConnection, mandate: Mandate, *, ends: bool) -> None:
        self.dates.pop(mandate.id, None)
        self.dates |= {mandate.id: mandate.valid_until} if ends else {}

    async def follows_ended(
        self, connection: AsyncConnection, ended: Sequence[tuple[str, str, str]], at: datetime
    ) -> None:
        self.ended += ended

    async def wake(self) -> None:
        return


@dataclass
class House:
    """Services, two of staff, and what was told."""

    store: Store
    clock: FakeClock
    people: PeopleService
    firms: FirmService
    claims: ClaimService
    mandates: MandateService
    news: KeptNews
    approver: StaffMember
    second: StaffMember

    async def person(self, name: str) -> Person:
        """Somebody on Telegram."""
        return await self.people.meet("telegram", name, private=True, language="zh-Hans")

    async def firm(self, number: int, admin: Person) -> Firm:
        """A firm with its first admin."""
        code = await self.claims.first_admin_code(credit_code(number), f"Firm {number}", "admin", by=self.approver)
        return (await self.firms.join(admin, code.code or "")).firm

    async def member(self, admin: Person, firm: Firm, person: Person, grants: Grants) -> Membership:
        """Somebody invited by the admin, who joined."""
        invitation = await self.firms.invite(admin, firm.id, "delegate", grants)
        return await self.firms.join(person, invitation.code or "")

    async def mandate(
        self, client_admin: Person, client: Firm, broker_admin: Person, broker: Firm, **grants: None
    ) -> Mandate:
        """A mandate of 30 days for all work, taken by the broker."""
        rights = {Right(name): None for name in grants} or ALL_WORK
        now = self.clock()
        offered = await self.mandates.offer(
            client_admin, client.id, broker.credit_code, rights, now, now + timedelta(days=30)
        )
        return await self.mandates.accept(broker_admin, offered.id)

    async def own(self, person: Person, firm: Firm) -> Member:
        """What a person is in a firm."""
        found: Mapping[str, Member] = {m.firm.id: m.member for m in await self.firms.memberships(person)}
        return found[firm.id]


async def open_house(store: Store, secrets: Secrets) -> House:
    """Everything over one database."""
    clock, audit, news = FakeClock(), AuditTrail(secrets), KeptNews()
    staff = StaffService(store, clock, audit, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    basis = (store, clock, secrets, audit, news)
    return House(
        store,
        clock,
        PeopleService(store, clock),
        FirmService(*basis),
        ClaimService(*basis),
        MandateService(store, clock, audit, news),
        news,
        await staff.add("wang", Role.APPROVER, "a long password", actor="system"),
        await staff.add("zhao", Role.APPROVER, "a long password", actor="system"),
    )
