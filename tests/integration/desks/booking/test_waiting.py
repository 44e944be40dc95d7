"""The waiting list: in order, with a time limit, whatever dies in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.desks.booking.model import BookingState
from bot.errors import ConflictError
from tests.integration.desks.booking.rig import Rig

S = BookingState
SECOND = timedelta(seconds=1)


async def test_a_freed_place_is_offered_in_the_order_of_coming_and_passes_on(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who, first, second = await rig.person(), await rig.person(), await rig.person()
    mine = await rig.book(slot, who=who)
    waits = await rig.book(slot, wait=True, who=first)
    rig.clock.turn(SECOND)
    behind = await rig.book(slot, wait=True, who=second)
    assert (waits.place_in_line, behind.place_in_line) == (1, 2)

    await rig.service.cancel(who[0], mine.number)
    offered = await rig.service.find(first[0], waits.number)
    rig.clock.turn(timedelta(minutes=60))
    await rig.line.tick()
    after = await rig.service.find(first[0], waits.number), await rig.service.find(second[0], behind.number)
    accepted = await rig.service.accept(second[0], behind.number)

    assert (offered.state, offered.offer_until) == (S.OFFERED, rig.clock.now)
    assert [booking.state for booking in after] == [S.EXPIRED, S.OFFERED]
    assert accepted.state is S.CONFIRMED
    assert await rig.held(slot) == [behind.id]


async def test_who_comes_now_does_not_overtake_who_waits(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who = await rig.person()
    mine = await rig.book(slot, who=who)
    await rig.book(slot, wait=True)
    await rig.service.cancel(who[0], mine.number)

    newcomer = await rig.book(slot, wait=True)

    assert newcomer.state is S.WAITING


async def test_a_late_acceptance_is_refused(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who, other = await rig.person(), await rig.person()
    mine = await rig.book(slot, who=who)
    waits = await rig.book(slot, wait=True, who=other)
    await rig.service.cancel(who[0], mine.number)
    rig.clock.turn(timedelta(minutes=60))

    with pytest.raises(ConflictError):
        await rig.service.accept(other[0], waits.number)


async def test_accepting_and_expiring_at_once_end_in_one_of_both(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who, other = await rig.person(), await rig.person()
    mine = await rig.book(slot, who=who)
    waits = await rig.book(slot, wait=True, who=other)
    await rig.service.cancel(who[0], mine.number)

    await asyncio.gather(
        *(rig.service.accept(other[0], waits.number) for _ in range(2)),
        *(rig.line.tick() for _ in range(3)),
        return_exceptions=True,
    )

    assert (await rig.service.find(other[0], waits.number)).state is S.CONFIRMED
    await rig.consistent()


async def test_declining_passes_on_at_once(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who, first, second = await rig.person(), await rig.person(), await rig.person()
    mine = await rig.book(slot, who=who)
    waits = await rig.book(slot, wait=True, who=first)
    rig.clock.turn(SECOND)
    behind = await rig.book(slot, wait=True, who=second)
    await rig.service.cancel(who[0], mine.number)

    await rig.service.cancel(first[0], waits.number)

    assert (await rig.service.find(second[0], behind.number)).state is S.OFFERED


async def test_added_places_are_offered_by_several_workers_once_each(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    await rig.book(slot)
    for _ in range(4):
        await rig.book(slot, wait=True)
        rig.clock.turn(SECOND)
    await rig.planning.set_capacity(slot.id, 3, by=rig.lead)

    await asyncio.gather(*(rig.line.tick() for _ in range(4)))
    await rig.line.tick()

    assert await rig.counts() == {"confirmed": 1, "offered": 2, "waiting": 2}
    await rig.consistent()


async def test_when_the_time_comes_nobody_waits_any_more(rig: Rig) -> None:
    (slot,) = await rig.slots(1, 22 * 60, kind="outside_hours")
    asked = await rig.book(slot)
    waits = await rig.book(slot, wait=True)
    rig.clock.now = slot.starts_at

    await rig.line.tick()

    assert await rig.counts() == {"expired": 2}
    found = [await rig.desk.find(booking.number) for booking in (asked, waits)]
    assert [booking.why for booking in found] == ["expired_requested", "expired_waiting"]
    assert await rig.held(slot) == []


async def test_closing_a_slot_tells_all_and_offers_nothing(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    await rig.book(slot)
    await rig.book(slot, wait=True)

    await rig.desk.close_slot(slot.id, "台风停工", by=rig.lead)
    await rig.line.tick()

    assert await rig.counts() == {"cancelled": 2}
    assert len(await rig.pushes()) == 2
