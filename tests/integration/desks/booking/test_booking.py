"""Booking, moving, cancelling; the rule; what people are told."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.desks.booking.model import Application, BookingRefusedError, BookingState, Rating
from bot.errors import ConflictError, NotFoundError, NotPermittedError
from tests.integration.desks.booking.rig import DAY, Rig

S = BookingState
NIGHT = 22 * 60


async def refused(rig: Rig, who: tuple[str, str], application: Application) -> BookingRefusedError:
    with pytest.raises(BookingRefusedError) as caught:
        await rig.service.book(*who, application)
    return caught.value


async def test_a_booking_is_confirmed_and_reminded_of(rig: Rig) -> None:
    (slot,) = await rig.slots(2)

    booking = await rig.book(slot)

    assert booking.state is S.CONFIRMED
    assert await rig.held(slot) == [booking.id]
    assert await rig.reminded(booking) == [
        ("waiting", slot.starts_at - timedelta(hours=24)),
        ("waiting", slot.starts_at - timedelta(hours=2)),
    ]


async def test_the_same_request_sent_twice_at_once_books_once(rig: Rig) -> None:
    (slot,) = await rig.slots(5)
    person, firm = await rig.person()

    made = await asyncio.gather(
        *(rig.service.book(person, firm, rig.wish(slot, "REF-1"), request_key="draft-1") for _ in range(4))
    )

    assert len({booking.number for booking in made}) == 1
    assert len(await rig.held(slot)) == 1


async def test_the_same_goods_are_not_booked_twice_in_one_slot(rig: Rig) -> None:
    (slot,) = await rig.slots(5)
    who = await rig.person()
    await rig.service.book(*who, rig.wish(slot, "REF-1"))

    again = await refused(rig, who, rig.wish(slot, "REF-1"))

    assert [reason.code for reason in again.reasons] == ["same"]


async def test_a_full_slot_names_the_next_free_ones(rig: Rig) -> None:
    first, second = await rig.slots(1, 10 * 60, 11 * 60)
    await rig.book(first)

    error = await refused(rig, await rig.person(), rig.wish(first))

    assert [reason.code for reason in error.reasons] == ["full"]
    assert [slot.id for slot in error.next_slots] == [second.id]
    assert error.forward == {"next_slots": [{"slot_id": second.id, "starts_at": second.starts_at.isoformat()}]}


async def test_all_reasons_come_at_once(rig: Rig) -> None:
    (slot,) = await rig.slots(1, NIGHT, kind="outside_hours", officer=False)
    person, firm = await rig.person()
    await rig.planning.set_rating(firm, Rating.UNTRUSTWORTHY, by=rig.lead)

    error = await refused(
        rig, (person, firm), Application(slot.id, goods_class="other", mobile="x", hs_code="12", is_aeo=True)
    )

    assert {reason.code for reason in error.reasons} == {
        *("rating", "not_aeo", "missing", "bad_mobile", "bad_hs_code", "goods", "no_officer"),
    }
    missing = {reason.where for reason in error.reasons if reason.code == "missing"}
    assert missing == {"reference", "contact", "goods", "transport", "declaration_port", "entry_port", "reason"}


async def test_24_hours_ahead_and_8_for_aeo(rig: Rig) -> None:
    # Asked on Monday at 10:00 for Tuesday at 07:00: 21 hours.
    (slot,) = await rig.slots(3, 7 * 60, kind="outside_hours", day=date(2026, 11, 24))

    late = await refused(rig, await rig.person(), rig.wish(slot))
    aeo = await rig.service.book(*await rig.person(), rig.wish(slot, is_aeo=True))

    assert [reason.code for reason in late.reasons] == ["too_late"]
    assert aeo.state is S.REQUESTED


async def test_what_is_filed_while_the_office_is_closed_counts_from_its_opening(rig: Rig) -> None:
    monday, tuesday = date(2026, 11, 30), date(2026, 12, 1)
    early = (await rig.slots(1, 5 * 60, kind="outside_hours", day=monday))[0]
    later = (await rig.slots(1, 20 * 60, kind="outside_hours", day=tuesday))[0]
    rig.clock.now = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # Saturday noon: 41 hours before the first

    error = await refused(rig, await rig.person(), rig.wish(early))
    booking = await rig.service.book(*await rig.person(), rig.wish(later))

    assert [reason.code for reason in error.reasons] == ["too_late_closed"]
    assert error.reasons[0].values["latest"] == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # Friday 17:00
    assert booking.counts_from == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # Monday 09:00


async def test_a_request_waits_for_staff_and_the_second_officer_is_refused(rig: Rig) -> None:
    (slot,) = await rig.slots(1, NIGHT, kind="outside_hours")
    booking = await rig.book(slot)

    results = await asyncio.gather(
        rig.desk.approve(booking.number, by=rig.officer),
        rig.desk.refuse(booking.number, "材料不符", by=rig.lead),
        return_exceptions=True,
    )

    assert sum(isinstance(result, ConflictError) for result in results) == 1
    await rig.consistent()


async def test_a_refusal_frees_the_place_and_says_why(rig: Rig) -> None:
    (slot,) = await rig.slots(1, NIGHT, kind="outside_hours")
    booking = await rig.book(slot)

    after = await rig.desk.refuse(booking.number, "材料不符", by=rig.officer)

    assert (after.state, after.why) == (S.REFUSED, "材料不符")
    assert await rig.held(slot) == []
    assert "材料不符" in (await rig.pushes())[-1]


async def test_moving_keeps_the_old_place_unless_the_new_one_is_had(rig: Rig) -> None:
    first, second = await rig.slots(1, 10 * 60, 11 * 60)
    who = await rig.person()
    mine = await rig.book(first, who=who)
    await rig.book(second)

    with pytest.raises(BookingRefusedError) as caught:
        await rig.service.reschedule(who[0], mine.number, second.id)

    assert [reason.code for reason in caught.value.reasons] == ["full"]
    assert (await rig.service.find(who[0], mine.number)).slot.id == first.id
    assert await rig.held(first) == [mine.id]


async def test_a_moved_booking_moves_its_reminders_and_its_calendar_entry(rig: Rig) -> None:
    first, second = await rig.slots(1, 10 * 60, 15 * 60)
    who = await rig.person()
    mine = await rig.book(first, who=who)

    moved = await rig.service.reschedule(who[0], mine.number, second.id)

    assert (moved.slot.id, moved.revision) == (second.id, 2)
    assert [due for _, due in await rig.reminded(moved)] == [
        second.starts_at - timedelta(hours=24),
        second.starts_at - timedelta(hours=2),
    ]
    assert await rig.held(first) == []
    await rig.consistent()


async def test_two_who_swap_slots_do_not_lock_each_other_out(rig: Rig) -> None:
    first, second = await rig.slots(2, 10 * 60, 11 * 60)
    one, other = await rig.person(), await rig.person()
    mine, theirs = await rig.book(first, who=one), await rig.book(second, who=other)

    await asyncio.gather(
        rig.service.reschedule(one[0], mine.number, second.id),
        rig.service.reschedule(other[0], theirs.number, first.id),
    )

    assert (await rig.held(first), await rig.held(second)) == ([theirs.id], [mine.id])


async def test_cancelling_has_a_cut_off(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    who = await rig.person()
    mine = await rig.book(slot, who=who)
    rig.clock.now = slot.starts_at - timedelta(hours=2) + timedelta(seconds=1)

    with pytest.raises(BookingRefusedError) as caught:
        await rig.service.cancel(who[0], mine.number)
    rig.clock.now = slot.starts_at - timedelta(hours=2)
    cancelled = await rig.service.cancel(who[0], mine.number, "船期推迟")

    assert [reason.code for reason in caught.value.reasons] == ["cut_off"]
    assert cancelled.state is S.CANCELLED
    assert {state for state, _ in await rig.reminded(mine)} == {"cancelled"}


async def test_staff_note_a_no_show_and_correct_it(rig: Rig) -> None:
    (slot,) = await rig.slots(1)
    mine = await rig.book(slot)

    with pytest.raises(ConflictError):
        await rig.desk.no_show(mine.number, by=rig.officer)
    rig.clock.now = slot.ends_at
    absent = await rig.desk.no_show(mine.number, by=rig.officer)
    there = await rig.desk.served(mine.number, "看错了车牌", by=rig.officer)

    assert (absent.state, there.state) == (S.NO_SHOW, S.SERVED)
    assert [step["to_state"] for step in await rig.desk.history(mine.number)] == ["confirmed", "no_show", "served"]


async def test_nobody_sees_or_moves_what_is_not_their_firms(rig: Rig) -> None:
    (slot,) = await rig.slots(2)
    mine = await rig.book(slot)
    stranger, _ = await rig.person()

    for act in (
        rig.service.find(stranger, mine.number),
        rig.service.cancel(stranger, mine.number),
        rig.service.reschedule(stranger, mine.number, slot.id),
        rig.service.follow(stranger, mine.number),
    ):
        with pytest.raises(NotFoundError):
            await act
    with pytest.raises(NotPermittedError):
        await rig.service.book(stranger, mine.firm_id, rig.wish(slot))


async def test_colleagues_who_follow_are_told_and_leavers_are_not(rig: Rig) -> None:
    (slot,) = await rig.slots(2)
    who = await rig.person()
    colleague, leaver = await rig.person(who[1]), await rig.person(who[1])
    mine = await rig.book(slot, who=who)
    await rig.service.follow(colleague[0], mine.number)
    await rig.service.follow(leaver[0], mine.number)
    rig.firms.by_person[leaver[0]] = {}

    await rig.service.cancel(who[0], mine.number)

    assert len(await rig.pushes()) == 1


async def test_a_slot_without_an_officer_is_not_offered(rig: Rig) -> None:
    (slot,) = await rig.slots(2, officer=False)

    assert await rig.service.offered() == []
    start = slot.starts_at
    await rig.planning.add_duty(rig.site.id, rig.officer.name, start, slot.ends_at, by=rig.lead)
    assert [found.id for found in await rig.service.offered()] == [slot.id]


async def test_an_officer_is_not_taken_off_while_booked_slots_need_them(rig: Rig) -> None:
    (slot,) = await rig.slots(2)
    await rig.book(slot)
    (duty,) = await rig.planning.duties(slot.starts_at, slot.ends_at, officer=rig.officer.name)

    with pytest.raises(ConflictError, match="11-25 10:00"):
        await rig.planning.end_duty(duty.id, by=rig.lead)
    await rig.desk.close_slot(slot.id, "台风停工", by=rig.lead)
    await rig.planning.end_duty(duty.id, by=rig.lead)

    assert await rig.counts() == {"cancelled": 1}
    assert "台风停工" in (await rig.pushes())[-1]


async def test_an_officer_is_on_duty_in_one_place_at_a_time(rig: Rig) -> None:
    start = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    args = (rig.site.id, rig.officer.name)

    results = await asyncio.gather(
        *(rig.planning.add_duty(*args, start, start + timedelta(hours=n + 1), by=rig.lead) for n in range(3)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, ConflictError) for result in results) == 2


async def test_slots_outside_office_hours_lie_outside_them(rig: Rig) -> None:
    with pytest.raises(Exception, match="outside office hours"):
        await rig.slots(1, 10 * 60, kind="outside_hours", officer=False)
    sunday = await rig.slots(1, 10 * 60, kind="outside_hours", officer=False, day=date(2026, 11, 29))

    assert len(sunday) == 1


async def test_places_are_added_and_taken_away_but_not_from_under_anybody(rig: Rig) -> None:
    (slot,) = await rig.slots(2)
    await rig.book(slot)
    second = await rig.book(slot)

    with pytest.raises(ConflictError):
        await rig.planning.set_capacity(slot.id, 1, by=rig.lead)
    larger = await rig.planning.set_capacity(slot.id, 4, by=rig.lead)
    smaller = await rig.planning.set_capacity(slot.id, 2, by=rig.lead)

    assert (larger.free, smaller.free, smaller.capacity) == (2, 0, 2)
    assert second.id in await rig.held(slot)


def test_day_is_a_working_day() -> None:
    assert DAY.weekday() == 2
