"""What a worker looks after: cases that nobody takes, owners who are silent or gone, passes that nobody accepts, silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from bot.handoff.model import OpenedBy
from bot.store.schema import staff
from tests.fakes import FakeClock
from tests.handoff_desk import MONDAY, TestDesk

MINUTE = timedelta(minutes=1)


async def test_a_silent_owner_loses_the_case_and_it_keeps_its_place(desk: TestDesk, clock: FakeClock) -> None:
    first, second = await desk.person(1), await desk.person(2)
    case = await desk.case(first)
    await desk.desk.take(case.number, desk.officer)
    clock.turn(MINUTE)
    later = await desk.case(second)
    clock.turn(28 * MINUTE)
    await desk.service.hear(first, "还在吗", "a", "zh-Hans")

    await desk.sweeper.look_after(clock())
    assert await desk.state(case.number) == "taken"
    clock.turn(2 * MINUTE)
    await desk.sweeper.look_after(clock())

    assert await desk.state(case.number) == "waiting"
    queued = await desk.desk.sight.queue(desk.colleague)
    assert [(one.case.number, one.place) for one in queued] == [(case.number, 1), (later.number, 2)]
    assert "已重新交给" in (await desk.desk.sight.view(case.number, desk.admin)).messages[-1].text


async def test_an_owner_who_may_not_log_in_any_more_loses_the_case_at_once(desk: TestDesk, clock: FakeClock) -> None:
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.passing.pass_on(case.number, "maritime", "joint", desk.officer)
    async with desk.store.write() as connection:
        await connection.execute(update(staff).where(staff.c.id == desk.officer.id).values(disabled_at=clock()))

    await desk.sweeper.look_after(clock())

    assert await desk.state(case.number) == "waiting"


async def test_a_pass_that_nobody_accepts_returns(desk: TestDesk, clock: FakeClock) -> None:
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.passing.pass_on(case.number, "maritime", "joint", desk.officer)
    clock.turn(31 * MINUTE)

    await desk.sweeper.look_after(clock())

    view = await desk.desk.sight.view(case.number, desk.officer)
    assert (view.case.state, view.is_mine) == ("taken", True)
    await desk.sweeper.look_after(clock())
    assert await desk.state(case.number) == "taken"


async def test_a_case_ends_when_the_person_says_nothing_for_long(desk: TestDesk, clock: FakeClock) -> None:
    person = await desk.person()
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)
    await desk.desk.answer(case.number, "还有问题吗", desk.officer)
    clock.turn(241 * MINUTE)

    await desk.sweeper.look_after(clock())

    assert await desk.state(case.number) == "closed"
    assert await desk.service.current(person) is None


async def test_what_nobody_takes_goes_to_duty_and_then_to_the_director(sqlite_desk: TestDesk, clock: FakeClock) -> None:
    desk = sqlite_desk
    chats = {
        name: await desk.link(one, 9000 + n)
        for n, (name, one) in enumerate([("duty", desk.border), ("boss", desk.admin)])
    }
    week = (MONDAY - timedelta(days=1), MONDAY + timedelta(days=5))
    await desk.roster.add_duty("officer", "customs", "边检员", *week, by=desk.admin)
    await desk.roster.add_duty("director", None, "Admin", *week, by=desk.admin)
    await desk.case(await desk.person())

    told = []
    for _ in range(4):
        clock.turn(6 * MINUTE)
        await desk.sweeper.look_after(clock())
        told.append((len(await desk.told(chats["duty"])), len(await desk.told(chats["boss"]))))

    assert told == [(0, 0), (1, 0), (1, 0), (1, 1)]


async def test_out_of_hours_the_duty_officer_is_told_and_the_team_when_it_opens(
    sqlite_desk: TestDesk, clock: FakeClock
) -> None:
    desk = sqlite_desk
    clock.now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # Sunday noon
    team, duty = await desk.link(desk.officer, 9001), await desk.link(desk.border, 9002)
    person = await desk.person()
    without = await desk.service.open(await desk.person(9), "en", "maritime", OpenedBy.ASKED)
    await desk.roster.add_duty("officer", "customs", "边检员", clock(), clock() + timedelta(hours=20), by=desk.admin)

    opened = await desk.service.open(person, "zh-Hans", "customs", OpenedBy.ASKED)
    clock.turn(timedelta(hours=1))
    await desk.sweeper.look_after(clock())
    before = len(await desk.told(team)), len(await desk.told(duty))
    clock.now = datetime(2026, 11, 23, 1, 0, 1, tzinfo=UTC)  # Monday, nine o'clock
    await desk.sweeper.look_after(clock())

    assert "Nobody is on the duty roster now." in without[0].text
    assert "2026-11-23 09:00 (Asia/Shanghai)" in opened[0].text
    assert "放假安排不在我的日历里" in opened[0].text
    assert "已通知值班人员" in opened[0].text
    assert before == (0, 1)
    assert len(await desk.told(team)) == 1


async def test_a_place_is_told_anew_only_when_it_changed_much(sqlite_desk: TestDesk, clock: FakeClock) -> None:
    desk = sqlite_desk
    people = [await desk.person(number) for number in range(5)]
    cases = [await desk.case(person) for person in people]

    heard = []
    for case in cases[:4]:
        await desk.desk.take(case.number, desk.officer)
        clock.turn(2 * MINUTE)
        await desk.sweeper.look_after(clock())
        await desk.delivered()
        await desk.sweeper.tick()
        heard.append(await desk.told(people[4]))

    assert [len(texts) for texts in heard] == [0, 0, 1, 2]
    assert "前面还有1人" in heard[2][0]
    assert "下一个就是您" in heard[3][1]
