"""The life of a case: asked for, taken by one, answered in order, passed on and accepted, ended by either side."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from bot.handoff.model import OpenedBy
from bot.handoff.service import HeardAs
from bot.store.schema import audit
from tests.fakes import FakeClock
from tests.handoff_desk import TestDesk


async def test_somebody_asks_chooses_an_office_and_hears_what_to_expect(desk: TestDesk) -> None:
    person = await desk.person()
    chat = await desk.link(desk.officer, 9001)

    asked = await desk.service.ask(person, "zh-Hans", OpenedBy.ASKED)
    opened = await desk.service.open(person, "zh-Hans", "customs", OpenedBy.ASKED)

    assert [button.payload for button in asked[0].buttons] == [
        "h:team:customs:asked",
        "h:team:border_inspection:asked",
        "h:team:maritime:asked",
        "h:team:port_office:asked",
        "h:team:any:asked",
    ]
    assert "**海关**" in opened[0].text
    assert "H1" in opened[0].text
    assert "下一个就是您" in opened[0].text
    assert "说不准" in opened[0].text
    assert [button.payload for button in opened[1].buttons] == ["h:show", "h:hide"]
    assert [text.startswith("#H1 **有人找海关**") for text in await desk.told(chat)] == [True]


async def test_of_two_officers_who_take_one_case_one_wins(desk: TestDesk) -> None:
    case = await desk.case(await desk.person())

    done = await asyncio.gather(
        desk.desk.take(case.number, desk.officer),
        desk.desk.take(case.number, desk.colleague),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["Case", "ConflictError"]
    view = await desk.desk.sight.view(case.number, desk.admin)
    assert view.owner in {"王关员", "Li Officer"}
    assert [step["to_state"] for step in view.steps] == ["waiting", "taken"]


async def test_a_case_that_somebody_has_cannot_be_taken_in_any_state(sqlite_desk: TestDesk) -> None:
    desk = sqlite_desk
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.desk.answer(case.number, "您好", desk.officer)
    with pytest.raises(ConflictError):
        await desk.desk.take(case.number, desk.colleague)
    await desk.passing.pass_on(case.number, "customs", "language", desk.officer)

    with pytest.raises(ConflictError):
        await desk.desk.take(case.number, desk.colleague)
    await desk.passing.accept(case.number, desk.colleague)
    assert (await desk.desk.sight.view(case.number, desk.admin)).owner == "Li Officer"


async def test_a_second_wish_for_a_person_opens_no_second_case(desk: TestDesk) -> None:
    person = await desk.person()

    done = await asyncio.gather(*(desk.service.open(person, "en", "customs", OpenedBy.ASKED) for _ in range(5)))

    assert sum(len(replies) == 2 for replies in done) == 1
    assert len(await desk.service.cases(person)) == 1


async def test_what_is_said_before_anybody_takes_it_is_kept_and_shown_and_not_kept_twice(desk: TestDesk) -> None:
    person = await desk.person()
    case = await desk.case(person)

    heard = [await desk.service.hear(person, f"第{number}句", f"r{number}", "zh-Hans") for number in (1, 2, 2)]
    await desk.desk.take(case.number, desk.officer)

    assert heard == [HeardAs.WAITING] * 3
    said = (await desk.desk.sight.view(case.number, desk.officer)).messages
    assert [one.text for one in said if one.side == "person"] == ["第1句", "第2句"]


async def test_answers_go_out_one_after_the_other_in_order(desk: TestDesk) -> None:
    person = await desk.person()
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)
    for number in range(3):
        await desk.desk.answer(case.number, f"答复{number}", desk.officer)

    out = []
    for _ in range(6):
        await desk.delivered()
        await desk.sweeper.tick()
        out.append(await desk.told(person))

    assert [len(texts) for texts in out] == [2, 3, 4, 4, 4, 4]
    assert "已接手" in out[-1][0]
    assert out[-1][1:] == ["答复0", "答复1", "答复2"]


async def test_the_bot_is_silent_while_a_person_speaks_and_says_when_it_is_back(desk: TestDesk) -> None:
    person = await desk.person()
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)

    assert await desk.service.hear(person, "我的货被查了", "a", "zh-Hans") is HeardAs.SPOKEN
    await desk.desk.answer(case.number, "请稍等", desk.officer)
    assert await desk.state(case.number) == "answered"
    assert await desk.service.hear(person, "好的", "b", "zh-Hans") is HeardAs.SPOKEN
    assert await desk.state(case.number) == "taken"
    await desk.desk.close(case.number, desk.officer)

    assert await desk.service.hear(person, "关税怎么算", "c", "zh-Hans") is HeardAs.NOBODY
    for _ in range(4):
        await desk.delivered()
        await desk.sweeper.tick()
    assert "我回来了" in (await desk.told(person))[-1]


async def test_the_first_one_asked_stays_responsible_until_the_other_unit_accepts(desk: TestDesk) -> None:
    person = await desk.person()
    chat, other = await desk.link(desk.officer, 9001), await desk.link(desk.border, 9002)
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)

    await desk.passing.pass_on(case.number, "border_inspection", "not_ours", desk.officer)
    offered = await desk.desk.sight.view(case.number, desk.border)
    await desk.desk.answer(case.number, "还是我负责", desk.officer)
    await desk.passing.accept(case.number, desk.border)

    assert (offered.case.state, offered.owner, offered.may_accept) == ("passed", "王关员", True)
    after = await desk.desk.sight.view(case.number, desk.border)
    assert (after.case.state, after.owner, after.team.id) == ("taken", "边检员", "border_inspection")
    assert "不属本部门职责" in (await desk.told(other))[0]
    assert "您不再负责" in (await desk.told(chat))[-1]
    with pytest.raises(NotPermittedError):
        await desk.desk.answer(case.number, "晚了", desk.officer)


async def test_a_pass_that_is_sent_back_returns_with_its_reason(desk: TestDesk) -> None:
    chat = await desk.link(desk.officer, 9001)
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.passing.pass_on(case.number, "border_inspection", "请边检看", desk.officer)

    await desk.passing.give_back(case.number, "other_port", desk.border)

    view = await desk.desk.sight.view(case.number, desk.officer)
    assert (view.case.state, view.is_mine, view.case.passed_to) == ("taken", True, None)
    assert "属其他口岸" in (await desk.told(chat))[-1]
    assert [step["why"] for step in view.steps][-2:] == ["请边检看", "other_port"]


async def test_of_two_who_accept_one_wins(desk: TestDesk) -> None:
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.passing.pass_on(case.number, "border_inspection", "joint", desk.officer)

    done = await asyncio.gather(
        desk.passing.accept(case.number, desk.border),
        desk.passing.accept(case.number, desk.admin),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["ConflictError", "NoneType"]


async def test_a_case_of_another_team_is_neither_seen_nor_touched(desk: TestDesk) -> None:
    case = await desk.case(await desk.person())

    with pytest.raises(NotPermittedError):
        await desk.desk.sight.view(case.number, desk.border)
    with pytest.raises(NotPermittedError):
        await desk.desk.take(case.number, desk.border)
    with pytest.raises(NotFoundError):
        await desk.desk.take(999, desk.officer)
    assert await desk.desk.sight.queue(desk.border) == []
    assert [one.case.number for one in await desk.desk.sight.queue(desk.officer)] == [case.number]


@pytest.mark.parametrize("text", ["", "   ", "字" * 3501])
async def test_an_answer_that_cannot_be_one_is_refused(sqlite_desk: TestDesk, text: str) -> None:
    case = await sqlite_desk.case(await sqlite_desk.person())
    await sqlite_desk.desk.take(case.number, sqlite_desk.officer)

    with pytest.raises(InvalidInputError):
        await sqlite_desk.desk.answer(case.number, text, sqlite_desk.officer)


async def test_nobody_answers_a_case_that_nobody_took_or_that_has_ended(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    case = await desk.case(person)
    with pytest.raises(ConflictError):
        await desk.desk.answer(case.number, "早了", desk.officer)
    await desk.desk.take(case.number, desk.officer)
    await desk.service.leave(person, "zh-Hans")

    with pytest.raises(ConflictError):
        await desk.desk.answer(case.number, "晚了", desk.officer)


async def test_a_canned_entry_carries_its_source_in_the_persons_language(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person(language="en")
    case = await desk.case(person, language="en")
    await desk.desk.take(case.number, desk.officer)

    await desk.desk.answer_entry(case.number, "import-declaration-deadline", desk.officer)
    await desk.delivered()
    await desk.sweeper.tick()

    assert "Source: " in (await desk.told(person))[-1]
    with pytest.raises(NotFoundError):
        await desk.desk.answer_entry(case.number, "no-such-entry", desk.officer)


async def test_every_act_of_staff_is_in_the_audit_trail_without_what_was_said(sqlite_desk: TestDesk) -> None:
    desk = sqlite_desk
    case = await desk.case(await desk.person())
    await desk.desk.take(case.number, desk.officer)
    await desk.desk.answer(case.number, "秘密的话", desk.officer)
    await desk.passing.pass_on(case.number, "border_inspection", "joint", desk.officer)
    await desk.passing.accept(case.number, desk.border)
    await desk.desk.close(case.number, desk.border)

    async with desk.store.read() as connection:
        rows = (await connection.execute(select(audit).where(audit.c.object == "case:H1").order_by(audit.c.seq))).all()
    assert [(row.actor, row.action) for row in rows] == [
        ("staff:王关员", "handoff.take"),
        ("staff:王关员", "handoff.answer"),
        ("staff:王关员", "handoff.pass"),
        ("staff:边检员", "handoff.accept"),
        ("staff:边检员", "handoff.close"),
    ]
    assert not any("秘密" in str(row.detail) for row in rows)


async def test_the_talk_before_is_shown_only_with_a_yes(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    await desk.service.parts.talk.remember(person.address_id, [("person", "问"), ("bot", "答")], "taxes_fees")
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)

    before = await desk.desk.sight.view(case.number, desk.officer)
    await desk.service.agree(person, "zh-Hans", shows=True)
    after = await desk.desk.sight.view(case.number, desk.officer)

    assert (before.case.history, before.case.topic) == ([], "taxes_fees")
    assert [one["text"] for one in after.case.history] == ["问", "答"]


async def test_the_wait_is_told_from_real_recent_waits_and_else_not(desk: TestDesk, clock: FakeClock) -> None:
    for number in range(5):
        case = await desk.case(await desk.person(number))
        clock.turn(timedelta(minutes=4))
        await desk.desk.take(case.number, desk.officer)

    told = await desk.service.open(await desk.person(50), "en", "customs", OpenedBy.ASKED)
    second = await desk.service.open(await desk.person(51), "en", "customs", OpenedBy.ASKED)
    elsewhere = await desk.service.open(await desk.person(52), "en", "maritime", OpenedBy.ASKED)

    assert "You are next. By how long people really waited of late, about 4 min." in told[0].text
    assert "1 ahead of you. By how long people really waited of late, about 8 min." in second[0].text
    assert "How long is not known" in elsewhere[0].text
