"""Permits from the paper to the last batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import problems
from bot.channels.model import Incoming
from bot.delivery.outbox import Outbox
from bot.desks.permits.form import PermitForms
from bot.desks.permits.model import (
    NewLine,
    NewPermit,
    NewWriteOff,
    Permit,
    PermitRefusedError,
    PermitState,
    from_millionths,
    millionths,
    read_quantity,
)
from bot.desks.permits.personal import PermitCases, PersonalPermits
from bot.desks.permits.routes import permits_routers
from bot.desks.permits.service import PermitService
from bot.desks.permits.talk import PermitsInChat
from bot.desks.permits.telling import Telling
from bot.desks.permits.words import load_permit_words
from bot.errors import NotFoundError, NotPermittedError
from bot.forms.form import Asking, Filled, FormRefusedError
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.model import Person, new_id
from bot.people.service import PeopleService, WebSessions
from bot.people.staff import StaffService
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import enterprises, outbox, permit_lines, reminders
from tests.fakes import FakeClock
from tests.integration.desks.booking.rig import KnownFirm
from tests.office import ZONE

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UNTIL = date(2027, 4, 30)
S = PermitState


class FakeFirms:
    """Fulfils Firms: who may handle whose permits is arranged."""

    def __init__(self) -> None:
        self.by_person: dict[str, KnownFirm] = {}

    async def of(self, connection: AsyncConnection, person_id: str, at: datetime) -> Sequence[KnownFirm]:
        """As arranged."""
        firm = self.by_person.get(person_id)
        return [firm] if firm else []

    async def require(self, connection: AsyncConnection, person_id: str, firm_id: str, at: datetime) -> KnownFirm:
        """As arranged."""
        firm = self.by_person.get(person_id)
        if firm is None or firm.id != firm_id:
            raise NotPermittedError("not theirs")
        return firm

    async def people(self, connection: AsyncConnection, firm_id: str, at: datetime) -> Sequence[str]:
        """As arranged."""
        return [person for person, firm in self.by_person.items() if firm.id == firm_id]


@dataclass
class Rig:
    """The desk, with one firm of two persons."""

    store: Store
    clock: FakeClock
    firms: FakeFirms
    service: PermitService
    access: Access
    people: PeopleService
    firm: str
    person: Person
    colleague: Person

    def new(self, **values: Any) -> NewPermit:
        """A permit for 100 kg."""
        given = NewPermit("entry_quarantine", "AP-1", date(2026, 11, 1), UNTIL, [NewLine("活蟹", "100", "kg")])
        return replace(given, **values)

    def batch(self, amount: str, reference: str = "", **values: Any) -> NewWriteOff:
        """A batch of so many kg."""
        reference = reference or new_id()[:18].upper()
        return replace(NewWriteOff(1, reference, amount, "kg", date(2026, 11, 20)), **values)

    async def enter(self, **values: Any) -> Permit:
        """The person enters a permit."""
        return await self.service.enter(self.person.id, self.firm, self.new(**values))

    async def refused(self, act: Any) -> list[str]:
        """Codes of all reasons."""
        with pytest.raises(PermitRefusedError) as caught:
            await act
        return [reason.code for reason in caught.value.reasons]

    async def pushes(self) -> list[tuple[str, str]]:
        """Whom was told what, in order."""
        async with self.store.read() as connection:
            query = select(outbox.c.audience_target, outbox.c.payload).where(outbox.c.cause_kind == "permit")
            return [(row.audience_target, str(row.payload)) for row in await connection.execute(query)]

    async def reminded(self, permit: Permit) -> list[tuple[str, datetime]]:
        """State and due moment of the reminders, the first first."""
        async with self.store.read() as connection:
            query = select(reminders.c.state, reminders.c.due_at).where(reminders.c.object_id == permit.id)
            rows = await connection.execute(query.order_by(reminders.c.offset_minutes.desc()))
            return [(row.state, row.due_at) for row in rows]


@pytest.fixture
async def rig(store: Store, redis: Redis, secrets: Secrets) -> Rig:
    clock, audit, out = FakeClock(NOW), AuditTrail(secrets), Outbox(redis)
    people, firms, words = PeopleService(store, clock), FakeFirms(), load_permit_words()
    reminding = ReminderService(store, clock, out, load_reminder_words(ZONE))
    telling = Telling(clock, ZONE, out, reminding, firms, words)
    firm = new_id()
    async with store.write() as connection:
        values = {"id": firm, "name": "海鲜公司", "credit_code": firm[:18], "created_at": NOW}
        await connection.execute(enterprises.insert().values(**values))
    members = [await people.meet("telegram", address, private=True, language="en") for address in ("1", "2")]
    for member in members:
        firms.by_person[member.id] = KnownFirm(firm, "海鲜公司")
    staff = StaffService(store, clock, audit)
    return Rig(
        store,
        clock,
        firms,
        PermitService(store, clock, audit, firms, words, telling),
        Access(KeyService(store, clock, secrets, audit), staff, secrets),
        people,
        firm,
        *members,
    )


async def test_batches_are_written_off_to_the_last_gram(rig: Rig) -> None:
    permit = await rig.enter(lines=[NewLine("活蟹", "100.000001", "kg")])

    part = await rig.service.write_off(rig.person.id, permit.id, rig.batch("99.5"))
    too_much = await rig.refused(rig.service.write_off(rig.person.id, permit.id, rig.batch("0.500002")))
    last = await rig.service.write_off(rig.person.id, permit.id, rig.batch("0.500001"))

    assert part.lines[0].balance == Decimal("0.500001")
    assert too_much == ["balance"]
    assert (last.lines[0].balance, last.state) == (Decimal(0), S.USED_UP)


async def test_many_batches_at_once_never_take_more_than_there_is(rig: Rig) -> None:
    permit = await rig.enter()

    results = await asyncio.gather(
        *(rig.service.write_off(rig.person.id, permit.id, rig.batch("15")) for _ in range(12)), return_exceptions=True
    )

    assert sum(isinstance(result, Permit) for result in results) == 6
    after = await rig.service.find(rig.person.id, permit.id)
    assert after.lines[0].balance == 10
    assert sum(batch.amount for batch in after.write_offs) == 90


async def test_the_database_itself_keeps_the_balance_from_going_below_zero(rig: Rig) -> None:
    await rig.enter()

    with pytest.raises(IntegrityError):
        async with rig.store.write() as connection:
            await connection.execute(permit_lines.update().values(used=permit_lines.c.quantity + 1))


async def test_a_write_off_is_corrected_with_a_reason_and_both_stay(rig: Rig) -> None:
    permit = await rig.enter()
    whole = await rig.service.write_off(rig.person.id, permit.id, rig.batch("100"))
    first = whole.write_offs[0]

    without = await rig.refused(rig.service.correct(rig.person.id, permit.id, first.id, "80", " "))
    beyond = await rig.refused(rig.service.correct(rig.person.id, permit.id, first.id, "101", "过磅"))
    rig.clock.turn(timedelta(seconds=1))
    after = await rig.service.correct(rig.person.id, permit.id, first.id, "80", "过磅")
    again = await rig.refused(rig.service.correct(rig.person.id, permit.id, first.id, "70", "过磅"))
    rig.clock.turn(timedelta(seconds=1))
    back = await rig.service.correct(rig.person.id, permit.id, after.write_offs[1].id, "0", "未进境")

    assert (without, beyond, again) == (["why"], ["balance"], ["corrected"])
    assert (whole.state, after.state, after.lines[0].balance) == (S.USED_UP, S.VALID, Decimal(20))
    kept = [(str(batch.amount), batch.counts) for batch in back.write_offs]
    assert kept == [("100", False), ("80", False), ("0", True)]
    assert back.lines[0].balance == 100


async def test_everything_wrong_with_a_batch_is_told_at_once(rig: Rig) -> None:
    permit = await rig.enter()
    await rig.service.write_off(rig.person.id, permit.id, rig.batch("1", "B-1"))

    same = await rig.refused(rig.service.write_off(rig.person.id, permit.id, rig.batch("1", "B-1")))
    many = await rig.refused(
        rig.service.write_off(rig.person.id, permit.id, rig.batch("-1", "?", unit="box", day=date(2027, 5, 1)))
    )

    assert same == ["same"]
    assert many == ["other_unit", "amount", "reference", "future", "day"]


async def test_a_permit_is_taken_as_printed_or_all_faults_are_told(rig: Rig) -> None:
    lines = [NewLine("", "10 吨 200 箱", "吨"), NewLine("b", "0", "kg")]

    faults = await rig.refused(rig.enter(number=" ", valid_until=date(2026, 10, 1), lines=lines))
    hygiene = await rig.refused(rig.enter(kind="hygiene"))
    over = await rig.refused(rig.enter(valid_from=date(2026, 1, 1), valid_until=date(2026, 11, 22)))
    await rig.enter()
    known = await rig.refused(rig.enter())

    assert faults == ["number", "dates", "goods", "quantity", "unit", "quantity"]
    assert (hygiene, over, known) == (["lines"], ["over"], ["known"])


async def test_the_same_request_enters_and_writes_off_once(rig: Rig) -> None:
    made = await asyncio.gather(*(rig.service.enter(rig.person.id, rig.firm, rig.new(), "draft-1") for _ in range(3)))
    batch = rig.batch("10")
    for _ in range(2):
        await rig.service.write_off(rig.person.id, made[0].id, batch, "draft-2")

    assert len({permit.id for permit in made}) == 1
    assert (await rig.service.find(rig.person.id, made[0].id)).lines[0].balance == 90


async def test_reminders_come_90_60_and_35_days_before_and_move_with_the_dates(rig: Rig) -> None:
    permit = await rig.enter()
    before = await rig.reminded(permit)

    later = await rig.service.set_dates(rig.person.id, permit.id, permit.valid_from, date(2027, 10, 31), "看错年份")
    moved = await rig.reminded(later)
    await rig.service.close(rig.person.id, permit.id)

    assert [due.astimezone(ZONE) for _, due in before] == [
        datetime(2027, 4, 30, 9, 0, tzinfo=ZONE) - timedelta(days=days) for days in (90, 60, 35)
    ]
    assert [due.astimezone(ZONE).date() for _, due in moved] == [
        date(2027, 10, 31) - timedelta(days=days) for days in (90, 60, 35)
    ]
    assert {state for state, _ in await rig.reminded(permit)} == {"cancelled"}


async def test_a_permit_expires_by_itself_once_and_may_be_corrected(rig: Rig) -> None:
    permit = await rig.enter()
    rig.clock.now = datetime(2027, 4, 30, 16, 0, tzinfo=UTC)  # midnight in Shanghai: the last day is over

    await asyncio.gather(*(rig.service.tick() for _ in range(3)))
    expired = await rig.service.find(rig.person.id, permit.id)
    again = await rig.service.set_dates(rig.person.id, permit.id, permit.valid_from, date(2027, 10, 31), "看错年份")

    assert (expired.state, again.state) == (S.EXPIRED, S.VALID)
    assert sum("已过期" in text for _, text in await rig.pushes()) == 2  # to both persons, once


async def test_colleagues_are_told_and_strangers_see_nothing(rig: Rig) -> None:
    permit = await rig.enter()
    stranger = await rig.people.meet("telegram", "3", private=True, language="en")

    told = [target for target, _ in await rig.pushes()]

    assert told == [rig.colleague.id]
    for act in (
        rig.service.find(stranger.id, permit.id),
        rig.service.write_off(stranger.id, permit.id, rig.batch("1")),
        rig.service.close(stranger.id, permit.id),
    ):
        with pytest.raises(NotFoundError):
            await act
    with pytest.raises(NotPermittedError):
        await rig.service.enter(stranger.id, rig.firm, rig.new(number="AP-2"))


async def test_both_sides_of_the_contradiction_are_shown(rig: Rig) -> None:
    permit, licence = await rig.enter(), await rig.enter(kind="hygiene", number="H-1", lines=())
    today = rig.service.today()

    card = rig.service.words.card(permit, "zh-Hans", today).text
    english = rig.service.words.card(licence, "en", today).text

    assert all(part in card for part in ("6个月", "12个月", "以证上印的日期为准", "余 100 千克"))
    assert all(part in english for part in ("1 year", "4 years", "printed on the licence decide"))
    assert "t:form:write_off" not in str(rig.service.words.card(licence, "en", today).buttons)


async def test_forms_enter_and_write_off(rig: Rig) -> None:
    enter, write_off = PermitForms(rig.service).forms()
    values: dict[str, Any] = {"firm": rig.firm, "kind": "entry_quarantine", "number": "AP-9", "goods": "活蟹"}
    values |= {"valid_from": "2026-11-01", "valid_until": "2027-04-30", "quantity": "100", "unit": "kg"}
    async with rig.store.write() as connection:
        asking = Asking(connection, rig.person, values, "en", NOW, ZONE)
        review = await enter.review(asking) if enter.review else []
        (card,) = await enter.submit(Filled(connection, rig.person, values, "en", NOW, ZONE, draft_id="d1"))
        (permit,) = await rig.service.mine_in(connection, rig.person.id)
        batch: dict[str, Any] = {"permit": permit.id, "line": "1", "reference": "B1X", "day": "2026-11-20"}
        filled = Filled(connection, rig.person, batch | {"amount": "40"}, "en", NOW, ZONE, draft_id="d2")
        (after,) = await write_off.submit(filled)
        with pytest.raises(FormRefusedError) as caught:
            await write_off.submit(replace(filled, draft_id="d3", values=batch | {"amount": "70", "reference": "B2X"}))

    assert "100 kg left" in card.text
    assert "60 kg left" in after.text
    assert [trouble.field for trouble in caught.value.troubles] == ["amount"]
    assert "6" in review[0].en
    assert not next(field for field in enter.fields if field.name == "unit").needed({"kind": "hygiene"})


async def test_http_and_talk(rig: Rig, secrets: Secrets) -> None:
    sessions = WebSessions(secrets)
    session = sessions.issue()
    person = await rig.people.meet("web", session, private=True, language="en")
    rig.firms.by_person[person.id] = KnownFirm(rig.firm, "海鲜公司")
    app = FastAPI()
    problems.install(app)
    for router in permits_routers(rig.service, rig.people, sessions, rig.access):
        app.include_router(router)
    headers = {"Authorization": f"Bearer {session}"}
    body = {"firm_id": rig.firm, "kind": "entry_quarantine", "number": "AP-1", "valid_from": "2026-11-01"}
    body |= {"valid_until": "2027-04-30"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        lacking = await http.post("/v1/me/permits", headers=headers, json=body)
        lines = [{"goods": "活蟹", "quantity": "100", "unit": "kg"}]
        made = await http.post("/v1/me/permits", headers=headers, json=body | {"lines": lines})
        path = f"/v1/me/permits/{made.json()['id']}"
        batch = {"reference": "B-1", "amount": "2.5", "unit": "kg", "day": "2026-11-20"}
        off = await http.post(f"{path}/write-offs", headers=headers, json=batch)
        nobody = await http.get("/v1/me/permits")
        staff = await http.get("/v1/permits", params={"number": "AP-1"})
    chat = PermitsInChat(rig.service)
    mine = await chat.take(Incoming("web", "x", text="my permits", private=True), person, "en")
    async with rig.store.write() as connection:
        cases = await PermitCases(rig.service).of(connection, person.id, 3)
        shown = await PersonalPermits().export(connection, person.id)
        kept = await PersonalPermits().erase(connection, person.id, NOW)

    assert [fault["where"] for fault in lacking.json()["faults"]] == ["lines"]
    assert (made.status_code, off.json()["lines"][0]["balance"]) == (201, "97.5")
    assert (nobody.status_code, staff.status_code) == (401, 401)
    assert mine is not None
    assert "AP-1" in mine[0].text
    assert [case.number for case in cases] == [row["number"] for row in shown] == ["AP-1"]
    assert list(kept) == ["permits"]


@given(st.decimals(min_value=0, max_value=10**12, places=6))
def test_quantities_are_kept_exactly(value: Decimal) -> None:
    read = read_quantity(f"{value:f}")

    assert read == value
    assert from_millionths(millionths(value)) == value


@pytest.mark.parametrize("text", ["", "NaN", "inf", "-1", "1.0000001", "10 吨", "1e13"])
def test_what_is_no_quantity_is_none(text: str) -> None:
    assert read_quantity(text) is None


async def test_nothing_is_left_behind_by_a_refusal(rig: Rig) -> None:
    permit = await rig.enter()
    await rig.refused(rig.service.write_off(rig.person.id, permit.id, rig.batch("1", unit="box")))

    async with rig.store.read() as connection:
        used = await connection.scalar(select(func.sum(permit_lines.c.used)))
    assert used == 0
