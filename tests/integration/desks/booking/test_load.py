"""Many at once, and any order of acts: never more holders than places, never a place lost."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from bot.desks.booking.model import Booking, BookingRefusedError
from bot.errors import ConflictError
from bot.store.schema import booking_places
from tests.integration.desks.booking.rig import Rig


async def test_200_clients_for_20_places_book_exactly_20(rig: Rig) -> None:
    (slot,) = await rig.slots(20)
    people = [await rig.person() for _ in range(20)]

    async def client(number: int) -> Booking | BookingRefusedError:
        # Ten of each firm: as many as a firm may have.
        person, firm = people[number % 20]
        try:
            return await rig.service.book(person, firm, rig.wish(slot))
        except BookingRefusedError as error:
            return error

    results = await asyncio.gather(*(client(number) for number in range(200)))

    assert sum(isinstance(result, Booking) for result in results) == 20
    assert len(await rig.held(slot)) == 20
    await rig.consistent()


async def test_a_place_whose_taker_gives_up_is_not_lost(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    person, firm = await rig.person()

    async def gives_up() -> None:
        async with rig.store.write() as connection:
            await rig.service.book_in(connection, person, firm, rig.wish(slot))
            await asyncio.sleep(0.2)
            raise RuntimeError("the connection is cut")

    giving_up = asyncio.create_task(gives_up())
    await asyncio.sleep(0.05)
    booked = await rig.book(slot)

    with pytest.raises(RuntimeError):
        await giving_up
    assert await rig.held(slot) == [booked.id]


async def test_the_database_itself_refuses_a_second_place_and_a_place_that_is_not_there(rig: Rig) -> None:
    (slot,) = await rig.slots(2)
    booking = await rig.book(slot)

    with pytest.raises(IntegrityError):
        async with rig.store.write() as connection:
            await connection.execute(booking_places.update().values(booking_id=booking.id))
    with pytest.raises(IntegrityError):
        async with rig.store.write() as connection:
            await connection.execute(booking_places.insert().values(slot_id=slot.id, place=1, booking_id=booking.id))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["book", "wait", "cancel", "accept", "move", "tick", "time", "grow"]), st.integers(0, 10_000)
    ),
    min_size=5,
    max_size=25,
)


@pytest.mark.parametrize("store", ["sqlite_store"], indirect=True)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
async def test_whatever_is_done_in_whatever_order_holders_and_places_agree(
    rig: Rig, acts: list[tuple[str, int]]
) -> None:
    day = rig.clock.now.date() + timedelta(days=2)
    known = {slot.id for slot in await rig.planning.slots(rig.clock.now, rig.clock.now + timedelta(days=9))}
    found = await rig.slots(2, 60, 120, day=day, officer=not known)
    who = await rig.person()
    mine: list[Booking] = []
    for act, number in acts:
        slot, booking = found[number % len(found)], mine[number % len(mine)] if mine else None
        try:
            if act in {"book", "wait"}:
                mine.append(await rig.service.book(*who, rig.wish(slot), wait=act == "wait"))
            elif act == "tick":
                await rig.line.tick()
            elif act == "time":
                rig.clock.turn(timedelta(minutes=number % 120))
            elif act == "grow":
                await rig.planning.set_capacity(slot.id, 1 + number % 4, by=rig.lead)
            elif booking and act == "cancel":
                await rig.service.cancel(who[0], booking.number)
            elif booking and act == "accept":
                await rig.service.accept(who[0], booking.number)
            elif booking:
                await rig.service.reschedule(who[0], booking.number, slot.id)
        except (BookingRefusedError, ConflictError):
            pass  # refused: nothing may have changed
        await rig.consistent()


async def test_cancelling_moving_and_waiting_at_once_lose_no_place(rig: Rig) -> None:
    first, second = await rig.slots(3, 10 * 60, 11 * 60)
    who = [await rig.person() for _ in range(6)]
    holders = [await rig.book(first, who=one) for one in who[:3]] + [
        await rig.book(second, who=one) for one in who[3:5]
    ]
    for one in who:
        await rig.book(first, wait=True, who=one)
    chance = random.Random(7)
    acts = [rig.service.cancel(who[0][0], holders[0].number), rig.service.cancel(who[3][0], holders[3].number)]
    acts += [rig.service.reschedule(who[1][0], holders[1].number, second.id)]
    acts += [rig.service.reschedule(who[4][0], holders[4].number, first.id)]
    chance.shuffle(acts)

    await asyncio.gather(*acts, *(rig.line.tick() for _ in range(2)), return_exceptions=True)
    await rig.line.tick()

    await rig.consistent()
    assert len(await rig.held(first)) == 3
