"""Events that correct and withdraw, the numbers of a shipment, and what followers are told with the port's own values."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.clearance.model import Stage
from bot.store.schema import outbox, reminders, shipment_numbers
from tests.events import DECLARATION_NO, cloud_event, with_data, withdrawal
from tests.integration.clearance.conftest import Port


async def told(port: Port, language: str = "en") -> list[str]:
    """Everything that followers were sent, in order."""
    async with port.store.read() as connection:
        payloads = await connection.scalars(select(outbox.c.payload).order_by(outbox.c.id))
        return [payload[language]["text"] for payload in payloads]


async def test_who_was_told_of_a_release_that_was_none_is_told_so(port: Port) -> None:
    await port.follower()
    await port.report(cloud_event("a", Stage.REVIEWED))
    await port.report(cloud_event("b", Stage.RELEASED, minute=1))

    answer = await port.report(withdrawal("c", "b", minute=2, reason="Wrong declaration"))

    assert answer.json()[0]["result"] == "accepted"
    messages = await told(port)
    assert len(messages) == 3
    assert "Correction" in messages[2]
    assert "“released (放行)”" in messages[2]
    assert "withdrawn" in messages[2]
    assert "Wrong declaration" in messages[2]
    assert "It now stands at: **review done (审结)**" in messages[2]


async def test_a_withdrawal_again_and_before_its_event_ends_the_same(port: Port) -> None:
    await port.follower()
    events = [
        cloud_event("a", Stage.STORED),
        withdrawal("w", "b", minute=3),
        cloud_event("b", Stage.RELEASED, minute=1),
    ]

    for event in [*events, *events]:
        await port.report(event)

    clearance = await port.service.status_for_staff(DECLARATION_NO, actor="staff:x")
    assert clearance.stage is Stage.STORED
    assert [one.change.stage for one in clearance.taken_back] == [Stage.RELEASED]
    assert len(await told(port)) == 1


async def test_a_corrected_amount_reaches_who_was_told_the_wrong_one(port: Port) -> None:
    await port.follower()
    due = with_data(cloud_event("t", Stage.TAX_DUE), duty={"amount": "1200.50", "noticed_on": "2026-11-20"})
    await port.report(due)
    await port.report(cloud_event("r", Stage.RELEASED, minute=9))

    await port.report(with_data(cloud_event("t2", Stage.TAX_DUE), duty={"amount": "1300"}, corrects="t"))

    first, _, correction = await told(port)
    assert "1,200.50 CNY" in first
    assert "2026-12-04" in first  # the notice's day is day 1 of 15
    assert "1,300.00 CNY" in correction
    assert "released" in correction


async def test_an_inspection_says_where_and_when_in_three_languages(port: Port) -> None:
    await port.follower()
    where = {"place": "Yantian yard 2", "at": "2026-11-23T09:00:00+08:00"}

    await port.report(with_data(cloud_event("x", Stage.EXAMINATION), inspection=where))

    for language in ("zh-Hans", "zh-Hant", "en"):
        (message,) = await told(port, language)
        assert "Yantian yard 2" in message
        assert "2026-11-23 09:00" in message


async def test_another_time_of_inspection_is_told_though_the_stage_stays(port: Port) -> None:
    await port.follower()
    for number, hour in enumerate((9, 14)):
        at = {"at": f"2026-11-23T{hour:02}:00:00+08:00"}
        await port.report(with_data(cloud_event(f"x{number}", Stage.EXAMINATION, minute=number), inspection=at))

    assert [("with news" in message) for message in await told(port)] == [False, True]


async def test_numbers_belong_to_several_declarations_until_they_are_withdrawn(port: Port) -> None:
    other = "531620261000999999"
    numbers: dict[str, Any] = {"containers": ["CSQU 305438-3"], "bills_of_lading": ["cosu6123456780"]}
    await port.report(with_data(cloud_event("a"), **numbers))
    await port.report(with_data(cloud_event("b", declaration_no=other), **numbers))
    async with port.store.read() as connection:
        rows = [tuple(row) for row in await connection.execute(select(shipment_numbers))]
    assert sorted(rows) == sorted(
        (no, kind, number)
        for no in (DECLARATION_NO, other)
        for kind, number in (("bill", "COSU6123456780"), ("container", "CSQU3054383"))
    )

    await port.report(withdrawal("w", "a"))

    async with port.store.read() as connection:
        left = await connection.scalars(select(shipment_numbers.c.declaration_no).distinct())
        assert list(left) == [other]


async def test_every_wrong_number_of_an_event_is_named(port: Port) -> None:
    answer = await port.report(
        with_data(cloud_event(), containers=["CSQU3054384", "CSQU3054383"], bills_of_lading=["??"], port="12")
    )

    assert {fault["where"] for fault in answer.json()["faults"]} == {
        "body.data.containers.0",
        "body.data.bills_of_lading.0",
        "body.data.port",
    }


async def test_an_event_cannot_correct_itself(port: Port) -> None:
    answer = await port.report(with_data(cloud_event("a"), corrects="a"))

    assert answer.status_code == 422


async def test_the_last_day_to_declare_is_reminded_of_until_customs_has_it(port: Port) -> None:
    await port.report(with_data(cloud_event("a"), arrived_on="2026-11-19"))
    async with port.store.read() as connection:
        waiting = list(await connection.scalars(select(reminders.c.state)))
    assert "waiting" in waiting

    await port.report(cloud_event("b", Stage.STORED, minute=5))

    async with port.store.read() as connection:
        assert "waiting" not in set(await connection.scalars(select(reminders.c.state)))
