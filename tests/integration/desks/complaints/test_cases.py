"""Cases from being sent to being rated."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.channels.model import Incoming
from bot.desks.complaints.model import SILENCE_CLOSES, Kind, State
from bot.desks.complaints.personal import PersonalComplaints
from bot.desks.complaints.service import ALPHABET, holder_of
from bot.desks.complaints.talk import ComplaintCases, ComplaintsInChat
from bot.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from bot.files.model import FileRefusedError
from bot.people.model import Role
from bot.store.schema import audit, case_history, complaints, persons, stored_files
from tests.files import PDF, photo_with_place
from tests.integration.desks.complaints.conftest import House, intake


async def test_case_goes_its_way_with_a_push_at_every_change_and_one_rating(house: House) -> None:
    person, wang = await house.person(), await house.member("wang")
    file = await house.files.put(PDF, "proof.pdf", person.id)
    case = await house.service.send(person.id, intake(files=[file.id]))
    await house.desk.take(case.id, wang)
    await house.desk.answer(case.id, wang, "We are sorry; the belt was repaired.")
    chat = ComplaintsInChat(house.service, house.ratings)
    press = Incoming("telegram", "1", payload=f"cp:content:{case.id}", kind="button", private=True)
    closed = await chat.take(press, person, "en")
    assert closed is not None
    bad = next(button for button in closed[0].buttons if (button.payload or "").endswith(":bad"))
    asked = await chat.take(Incoming("telegram", "1", payload=bad.payload, kind="button"), person, "zh-Hant")
    assert asked is not None
    slow = next(button for button in asked[0].buttons if (button.payload or "").endswith(":slow"))
    for _ in range(2):
        await chat.take(Incoming("telegram", "1", payload=slow.payload, kind="button"), person, "en")

    assert case.number.startswith("TS261123-")
    told = [reply.text for kind, target, reply in await house.pushes() if (kind, target) == ("person", person.id)]
    assert len(told) == 2
    assert "taken up" in told[0]
    assert "the belt was repaired" in told[1]
    assert slow.title == "太慢"
    scores = await house.ratings.scores()
    assert [(one.machine, one.asked, one.good, one.bad, one.reasons) for one in scores] == [
        ("complaint", 1, 0, 1, {"slow": 1})
    ]
    done = await house.service.find(person.id, case.id)
    assert (done.state, [one.id for one in done.files]) == (State.CLOSED, [file.id])
    assert (await house.desk.file(case.id, file.id, wang)).content == PDF


async def test_limits_follow_the_kind_in_working_days(house: House) -> None:
    person = await house.person()
    enquiry = await house.service.send(person.id, intake(Kind.ENQUIRY))
    review = await house.service.send(person.id, intake(Kind.REVIEW, known_on=date(2026, 11, 3)))

    assert (enquiry.acknowledge_by.date(), enquiry.answer_by.date()) == (date(2026, 11, 24), date(2026, 11, 26))
    assert "2027-01-02" in house.service.told(review, "en")
    assert "not yet an application in law" in house.service.told(review, "en")


async def test_same_form_sent_twice_at_once_opens_one_case(house: House) -> None:
    person = await house.person()
    cases = await asyncio.gather(*(house.service.send(person.id, intake(origin="draft:1")) for _ in range(5)))

    assert len({case.id for case in cases}) == 1
    with pytest.raises(NotFoundError):
        await house.service.send((await house.person("2")).id, intake(origin="draft:1"))


async def test_two_officers_take_one_case_and_one_of_them_has_it(house: House) -> None:
    members = [await house.member(f"officer {number}") for number in range(4)]
    case = await house.service.send((await house.person()).id, intake())
    results = await asyncio.gather(*(house.desk.take(case.id, one) for one in members), return_exceptions=True)

    winners = [one for one in results if not isinstance(one, BaseException)]
    assert len(winners) == 1
    assert sum(isinstance(one, ConflictError) for one in results) == 3
    other = next(one for one in members if one.name != winners[0].owner)
    with pytest.raises(NotPermittedError):
        await house.desk.answer(case.id, other, "mine")


async def test_reopened_case_is_never_with_whom_it_was(house: House) -> None:
    person, wang, li = await house.person(), await house.member("wang"), await house.member("li")
    case = await house.service.send(person.id, intake())
    await house.desk.take(case.id, wang)
    await house.desk.answer(case.id, wang, "No.")
    reopened = await house.service.reopen(person.id, case.id, "Nothing was solved")
    with pytest.raises(NotPermittedError):
        await house.desk.take(case.id, wang)
    await house.desk.take(case.id, li)
    await house.desk.answer(case.id, li, "Yes.")

    assert reopened.owner is None
    with pytest.raises(ConflictError):
        await house.service.reopen(person.id, case.id)
    told = [reply for _, target, reply in await house.pushes() if target == person.id]
    assert "second answer" in told[-1].text
    assert [button.payload for button in told[-1].buttons] == [f"cp:content:{case.id}"]


async def test_whom_a_complaint_names_does_not_see_it(house: House) -> None:
    wang, li = await house.member("wang"), await house.member("li")
    case = await house.service.send((await house.person()).id, intake(text="Officer Wang shouted at me."))

    assert [one.id for one in (await house.desk.listed(li))[0]] == [case.id]
    assert (await house.desk.listed(wang))[0] == []
    with pytest.raises(NotPermittedError):
        await house.desk.show(case.id, wang)
    await house.member("zhao")
    assert (await house.desk.bar(case.id, li, "zhao")).barred == {"wang", "zhao"}
    with pytest.raises(InvalidInputError):
        await house.desk.bar(case.id, li, "nobody")


async def test_complaints_are_for_supervisors_and_enquiries_for_all(house: House) -> None:
    author, person = await house.member("zhou", Role.AUTHOR), await house.person()
    complaint = await house.service.send(person.id, intake())
    enquiry = await house.service.send(person.id, intake(Kind.ENQUIRY))

    assert [one.id for one in (await house.desk.listed(author))[0]] == [enquiry.id]
    with pytest.raises(NotPermittedError):
        await house.desk.take(complaint.id, author)


async def test_anonymous_report_leaves_no_trace_of_anybody(house: House) -> None:
    li = await house.member("li")
    case, code = await house.service.open_anonymous(
        intake(Kind.REPORT, "Smuggled wine at gate 4"), [("my-name.jpg", photo_with_place())]
    )
    await house.desk.take(case.id, li)
    await house.desk.answer(case.id, li, "The goods were seized.")
    found = await house.service.by_code(code.lower().replace("-", " "))

    assert found.answer == "The goods were seized."
    assert await house.pushes() == []
    async with house.store.read() as connection:
        row = (await connection.execute(select(complaints))).one()
        file = (await connection.execute(select(stored_files))).one()
        actors = list(await connection.scalars(select(case_history.c.actor).order_by(case_history.c.seq)))
        assert await connection.scalar(select(persons.c.id)) is None
    assert (row.person_id, row.origin, file.person_id, file.once) == (None, None, None, None)
    assert actors == ["system", "staff:li", "staff:li"]
    assert code.replace("-", "") not in str(row)
    kept = (await house.files.get_held(file.id, holder_of(case.id))).content
    assert b"PhoneMaker" not in kept
    for wrong in ("", code[:-1] + ALPHABET[0], "x" * 60):
        if wrong != code:
            with pytest.raises(NotFoundError):
                await house.service.by_code(wrong)


async def test_only_a_report_can_be_anonymous_and_a_bad_file_leaves_nothing(house: House) -> None:
    with pytest.raises(InvalidInputError):
        await house.service.open_anonymous(intake(Kind.COMPLAINT))
    with pytest.raises(FileRefusedError):
        await house.service.open_anonymous(intake(Kind.REPORT), [("a.pdf", PDF), ("a.svg", b"<svg/>")])

    async with house.store.read() as connection:
        assert (await connection.execute(select(complaints))).all() == []
        assert (await connection.execute(select(stored_files))).all() == []


async def test_others_cases_are_not_there(house: House) -> None:
    case = await house.service.send((await house.person()).id, intake())
    other = (await house.person("2")).id

    for act in (house.service.find, house.service.withdraw, house.service.content, house.service.reopen):
        with pytest.raises(NotFoundError):
            await act(other, case.id)


async def test_late_case_is_said_to_the_person_once_and_staff_were_warned_before(house: House) -> None:
    person = await house.person()
    case = await house.service.send(person.id, intake())
    house.clock.now = case.acknowledge_by - timedelta(hours=1)
    await house.desk.tick()
    assert await house.pushes() == []

    house.clock.now = case.acknowledge_by + timedelta(seconds=1)
    await asyncio.gather(*(house.desk.tick() for _ in range(3)))
    told = [reply.text for _, target, reply in await house.pushes() if target == person.id]
    assert len(told) == 1
    assert "We did not keep our promise" in told[0]
    await house.desk.take(case.id, await house.member("wang"))
    house.clock.now = case.answer_by + timedelta(seconds=1)
    await house.desk.tick()
    await house.desk.tick()

    told = [reply.text for _, target, reply in await house.pushes() if target == person.id]
    assert [("not answered by" in text) for text in told] == [False, False, True]
    kept = {(one.step, one.due, one.kept) for one in await house.desk.promises()}
    assert kept == {("acknowledge", 1, 0), ("answer", 1, 0)}


async def test_answer_that_nobody_objects_to_closes_the_case(house: House) -> None:
    person, wang = await house.person(), await house.member("wang")
    case = await house.service.send(person.id, intake())
    await house.desk.take(case.id, wang)
    await house.desk.answer(case.id, wang, "Done.")
    house.clock.now += SILENCE_CLOSES + timedelta(seconds=1)
    await house.desk.tick()

    assert (await house.service.find(person.id, case.id)).state is State.CLOSED
    last = (await house.pushes())[-1][2]
    assert [button.payload for button in last.buttons] == [f"rc:complaint:{case.id}:{s}" for s in ("good", "bad")]


async def test_reference_to_another_authority_says_which_and_why(house: House) -> None:
    person, wang = await house.person(), await house.member("wang")
    case = await house.service.send(person.id, intake(Kind.REVIEW, known_on=date(2026, 11, 3)))
    with pytest.raises(InvalidInputError) as refused:
        await house.desk.refer(case.id, wang, " ", "")
    await house.desk.refer(case.id, wang, "Guangdong Sub-Administration", "the next higher office decides")

    assert [fault.where for fault in refused.value.faults] == ["to", "why"]
    told = [reply.text for _, target, reply in await house.pushes() if target == person.id]
    assert "Guangdong Sub-Administration" in told[-1]


async def test_acts_of_staff_stand_in_the_trail_without_what_was_said(house: House) -> None:
    wang = await house.member("wang")
    case = await house.service.send((await house.person()).id, intake(text="secret words"))
    await house.desk.show(case.id, wang)
    await house.desk.take(case.id, wang)

    async with house.store.read() as connection:
        rows = (await connection.execute(select(audit).order_by(audit.c.seq))).all()
    assert [row.action for row in rows] == ["complaint.look", "complaint.in_hand"]
    assert "secret" not in str(rows)


async def test_erasing_takes_finished_cases_and_keeps_open_ones_with_the_reason(house: House) -> None:
    person = await house.person()
    done, still = [await house.service.send(person.id, intake(text=f"case {n}")) for n in range(2)]
    await house.service.withdraw(person.id, done.id)
    personal = PersonalComplaints(house.files)
    async with house.store.write() as connection:
        exported = await personal.export(connection, person.id)
        kept = await personal.erase(connection, person.id, house.clock())

    assert {one["text"] for one in exported} == {"case 0", "case 1"}
    assert still.number in next(iter(kept))
    assert [case.id for case in await house.service.own(person.id)] == [still.id]


async def test_cases_stand_in_my_cases(house: House) -> None:
    person = await house.person()
    case = await house.service.send(person.id, intake())
    async with house.store.read() as connection:
        lines = await ComplaintCases(house.service).of(connection, person.id, 10)

    assert [(line.number, line.payload, line.is_open) for line in lines] == [(case.number, f"cp:show:{case.id}", True)]
    assert lines[0].state.get("zh-Hant") == "已登記，等待受理"
