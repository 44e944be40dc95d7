"""Certificates of origin from the sheet to the end of their validity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.desks.origin.model import NEEDED, Savings, State, Validity, valid_until, validity_of
from bot.desks.origin.service import OriginService, Preparing
from bot.desks.origin.sheet import as_csv, as_xlsx, sheet_rows
from bot.desks.origin.talk import OriginCases, PersonalOrigin
from bot.desks.origin.words import load_origin_words
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.people.service import PeopleService
from bot.reminders.service import ReminderService
from bot.reminders.words import load_reminder_words
from bot.settings import REPOSITORY
from bot.store.engine import Store
from bot.store.schema import outbox, reminders
from knowledge.load import load_knowledge
from knowledge.rules.origin.guide import load_origins
from tests.integration.desks.complaints.conftest import Clock

ZONE = ZoneInfo("Asia/Shanghai")
WORDS = load_origin_words(load_origins(load_knowledge(REPOSITORY / "knowledge")))
MONEY = st.decimals(0, 1_000_000, places=2)
RATES = st.decimals(0, 100, places=2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(store: Store, redis: Redis, clock: Clock) -> OriginService:
    reminding = ReminderService(store, clock, Outbox(redis), load_reminder_words(ZONE))
    return OriginService(store, clock, Outbox(redis), reminding, WORDS, ZONE)


async def person(store: Store, address: str = "1") -> str:
    return (
        await PeopleService(store, lambda: datetime.now(UTC)).meet("telegram", address, private=True, language="en")
    ).id


def wish(agreement: str | None = "rcep", **sheet: str) -> Preparing:
    return Preparing("CN", "TH", agreement, sheet, "draft:1")


async def test_case_is_prepared_issued_reminded_of_and_ends(store: Store, service: OriginService, clock: Clock) -> None:
    owner = await person(store)
    case = await service.send(owner, wish(hs_code="090210"))
    again = await service.send(owner, wish(hs_code="090210"))
    filled = await service.fill(owner, case.id, {"goods": "Green tea", "hs_code": ""})
    await service.act(owner, case.id, "apply")
    issued = await service.act(owner, case.id, "issue", certificate_no="RC1", issued_on=date(2026, 11, 20))
    async with store.read() as connection:
        waiting = (await connection.execute(select(reminders).where(reminders.c.state == "waiting"))).all()
    clock.now += timedelta(days=365)
    await service.tick()
    await service.tick()

    assert again.id == case.id
    assert case.missing == tuple(name for name in NEEDED if name != "hs_code")
    assert filled.sheet == {"goods": "Green tea"}
    assert issued.valid_until == date(2027, 11, 19)
    assert sorted(row.offset_minutes // 1440 for row in waiting) == [7, 30, 60]
    assert (await service.find(owner, case.id)).state is State.EXPIRED
    async with store.read() as connection:
        told = (await connection.execute(select(outbox).where(outbox.c.cause_kind == "origin"))).all()
    assert len(told) == 1


async def test_unknown_validity_is_said_and_nothing_invented(store: Store, service: OriginService) -> None:
    owner = await person(store)
    case = await service.send(owner, wish(None))
    await service.act(owner, case.id, "apply")
    issued = await service.act(owner, case.id, "issue_later", certificate_no="C1", issued_on=date(2026, 11, 20))

    assert issued.valid_until is None
    assert "not known here" in WORDS.until(issued, "en")
    assert "not known for this agreement" in WORDS.opened(case, "en").text


async def test_all_faults_at_once_and_others_cases_are_not_there(store: Store, service: OriginService) -> None:
    owner = await person(store)
    bad = Preparing("JP", "JP", None, {"nothing": "x", "goods": "x" * 501})
    with pytest.raises(InvalidInputError) as refused:
        await service.send(owner, bad)
    with pytest.raises(InvalidInputError):
        await service.send(owner, Preparing("CN", "TH", "korea", {}))
    case = await service.send(owner, wish())
    with pytest.raises(ConflictError):
        await service.act(owner, case.id, "correct")
    with pytest.raises(NotFoundError):
        await service.act(await person(store, "2"), case.id, "apply")
    await service.act(owner, case.id, "apply")
    with pytest.raises(InvalidInputError) as issue:
        await service.act(owner, case.id, "issue")

    assert {fault.where for fault in refused.value.faults} == {"destination", "sheet.nothing", "sheet.goods"}
    assert {fault.where for fault in issue.value.faults} == {"certificate_no", "issued_on"}


async def test_sheet_holds_what_was_told_alone_and_no_formula(store: Store, service: OriginService) -> None:
    owner = await person(store)
    case = await service.send(owner, wish(goods="=HYPERLINK(1)", exporter="Ada & Co"))
    rows = sheet_rows(case, WORDS, "en")
    text = as_csv(rows).decode("utf-8-sig")

    assert "'=HYPERLINK" in text
    assert sum(1 for row in rows[2:-1] if row[1]) == 2
    assert as_xlsx(rows).startswith(b"PK")


async def test_cases_and_personal_data(store: Store, service: OriginService) -> None:
    owner = await person(store)
    case = await service.send(owner, wish(goods="tea"))
    async with store.write() as connection:
        lines = await OriginCases(service).of(connection, owner, 10)
        exported = await PersonalOrigin().export(connection, owner)
        await PersonalOrigin().erase(connection, owner, datetime.now(UTC))

    assert [line.number for line in lines] == [case.number]
    assert exported[0]["sheet"] == {"goods": "tea"}
    assert await service.own(owner) == []


@given(MONEY, RATES, RATES)
def test_savings_are_the_difference_of_what_is_paid(value: Decimal, mfn: Decimal, pref: Decimal) -> None:
    found = Savings(value, mfn, pref)

    assert found.saved == found.mfn_duty - found.preferential_duty
    assert abs(found.mfn_duty - value * mfn / 100) <= Decimal("0.005")
    assert (found.saved >= 0) == (found.mfn_duty >= found.preferential_duty)


def test_validity_follows_each_agreement_and_is_none_without_source() -> None:
    found = {name: validity_of(agreement) for name, agreement in WORDS.data.agreements.items()}

    assert found["rcep"] == Validity(12, verified=True, declaration=False)
    assert found["asean"] == Validity(12, verified=False, declaration=False)
    assert None in found.values() or all(found.values())
    assert valid_until(date(2026, 11, 20), Validity(12, verified=True, declaration=True)) is None
    assert valid_until(date(2024, 2, 29), Validity(12, verified=True, declaration=False)) == date(2025, 2, 27)
