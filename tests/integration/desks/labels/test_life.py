"""A goods list from the first line to the closing of its event."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.desks.labels.codes import CodeFault
from bot.desks.labels.lives_model import ApplicationState, EventState, LabelState
from bot.desks.labels.service import Movement, Who
from bot.desks.labels.upload import csv_of, template_csv
from bot.desks.labels.uploads import WRITTEN_AT_ONCE
from bot.errors import ConflictError, InvalidInputError, NotPermittedError
from bot.store.history import history
from bot.store.schema import expo_labels, label_movements, reminders
from tests.fair import PLAIN, Fair, cells, draft


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> set[str]:
    """What was wrong."""
    return {fault.code for fault in refused.value.faults}


async def test_a_list_goes_from_the_first_line_to_the_closed_event(fair: Fair) -> None:
    (label,) = await fair.inspected()
    staff = Who.staff(fair.officer)
    movements = (
        Movement(LabelState.CONSUMED, 2_000, "m1"),
        Movement(LabelState.SOLD, 3_500, "m2", "531620260000000001"),
        Movement(LabelState.DESTROYED, 1_500, "m3", "D-1"),
        Movement(LabelState.RE_EXPORTED, 5_000, "m4", "E-1"),
    )

    for movement in movements:
        label = await fair.desk.labels.book(label.id, movement, staff, "zh-Hans")
    await fair.desk.labels.advance([label.id], LabelState.CLOSED, staff)
    await fair.desk.events.close(label.event_id, by=fair.officer)

    assert label.balance.remaining == 0
    account, _ = await fair.desk.events.account(label.event_id)
    assert account.event.state is EventState.CLOSED
    assert (account.entered, account.open) == (1, 0)
    async with fair.house.store.read() as connection:
        steps = await history(connection, "expo_label", label.id)
    assert [step["to_state"] for step in steps] == [
        *("applied", "issued", "affixed", "released", "inspected"),
        *("consumed", "sold", "destroyed", "re_exported", "closed"),
    ]


async def test_every_change_is_told_to_the_firm_in_whose_hands_it_is(fair: Fair) -> None:
    await fair.inspected()

    told = await fair.pushes()

    organiser, exhibitor = f"{fair.organiser_firm.id}:labels", f"{fair.exhibitor_firm.id}:labels"
    assert [target for target, _ in told] == [organiser, *[exhibitor] * 5]
    words = ("已批准", "等待审核", "EXPO26-000001-", "已粘贴", "已放行到展馆", "已在馆查验")
    assert [word in text for word, (_, text) in zip(words, told, strict=True)] == [True] * 6


async def test_everything_missing_is_told_at_one_time_and_by_line(fair: Fair) -> None:
    tasting = cells(name="香槟", hs="2204100000", food_tasting="是")
    flower = cells(name="蝴蝶兰", hs="0602909999", plant="是", wood_packing="是", ata_carnet="是")
    soil = cells(name="土壤样品")
    application = await fair.filled(cells(), tasting, flower, soil)

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.lists.submit(fair.exhibitor.id, application.id, "zh-Hans")

    wanted = {"quarantine-permit", "foreign-certificate", "carnet", "carnet-until", "tasting-day", "wood"}
    assert codes(refused) == wanted | {"prohibited-soil"}
    by_code = {fault.code: fault.message for fault in refused.value.faults}
    assert "第3行" in by_code["quarantine-permit"]
    assert "第2行" in by_code["tasting-day"]
    assert "当届通知" in by_code["tasting-day"]
    assert "旧规定" in by_code["wood"]
    view = await fair.desk.lists.view(fair.exhibitor.id, application.id)
    assert view.application.state is ApplicationState.DRAFT
    assert {demand.rule for demand in view.told} == {"tasting-excluded"}


async def test_papers_that_are_there_are_not_asked_for(fair: Fair) -> None:
    papers = {"quarantine_permit": "AP1", "foreign_certificate": "F1", "carnet": "CN1", "carnet_until": "2026-12-08"}
    flower = cells(name="蝴蝶兰", hs="0602909999", plant="是", ata_carnet="是", **papers)

    application = await fair.submitted(flower)

    assert application.state is ApplicationState.APPLIED


async def test_a_carnet_that_ends_before_the_show_is_not_enough(fair: Fair) -> None:
    application = await fair.filled(cells(ata_carnet="是", carnet="CN1", carnet_until="2026-12-07"))

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.lists.submit(fair.exhibitor.id, application.id, "en")

    assert codes(refused) == {"carnet-until"}


async def test_without_any_guarantee_each_line_without_a_carnet_needs_one(fair: Fair) -> None:
    exhibitor = await fair.registered(guarantee_no="")
    application = await fair.desk.lists.start(fair.exhibitor.id, exhibitor.id)
    await fair.desk.lists.add_line(fair.exhibitor.id, application.id, cells(), "en")

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.lists.submit(fair.exhibitor.id, application.id, "en")

    assert codes(refused) == {"guarantee"}


async def test_a_returned_list_says_what_staff_miss_and_is_sent_again(fair: Fair) -> None:
    application = await fair.submitted()

    await fair.desk.decisions.give_back(application.id, ["请补照片", "展位图"], by=fair.officer)
    _, number = await fair.desk.lists.add_line(fair.exhibitor.id, application.id, cells(name="刀具"), "zh-Hans")
    again = await fair.desk.lists.submit(fair.exhibitor.id, application.id, "zh-Hans")

    assert (number, again.application.state, again.application.lines) == (2, ApplicationState.APPLIED, 2)
    text = (await fair.pushes())[-2][1]
    assert "请补照片" in text
    assert "展位图" in text


async def test_saying_no_needs_a_reason(fair: Fair) -> None:
    application = await fair.submitted()

    with pytest.raises(InvalidInputError):
        await fair.desk.decisions.refuse(application.id, ["  "], by=fair.officer)


async def test_a_refused_list_has_refused_labels_and_tells_why(fair: Fair) -> None:
    application = await fair.submitted()

    await fair.desk.decisions.refuse(application.id, ["展会名称不符"], by=fair.officer)

    lines = await fair.desk.lists.lines(fair.exhibitor.id, application.id)
    assert [line.state for line in lines] == [LabelState.REFUSED]
    assert "展会名称不符" in (await fair.pushes())[-1][1]


async def test_of_two_officers_who_approve_at_once_one_does(fair: Fair) -> None:
    application = await fair.submitted(cells(), cells(), cells())

    results = await asyncio.gather(
        *(fair.desk.decisions.approve(application.id, by=by) for by in (fair.officer, fair.second)),
        return_exceptions=True,
    )

    assert [type(result) for result in results if not isinstance(result, tuple)] == [ConflictError]
    lines = await fair.desk.lists.lines(fair.exhibitor.id, application.id)
    assert [line.serial_no for line in lines] == [1, 2, 3]


async def test_the_same_file_sent_twice_at_once_is_taken_once(fair: Fair) -> None:
    application = await fair.filled()
    content = template_csv(fair.desk.words, "zh-Hans") + csv_of([list(PLAIN.values())] * 3)[3:]

    first, second = await asyncio.gather(
        *(fair.desk.uploads.upload(fair.exhibitor.id, application.id, content, "zh-Hans") for _ in range(2))
    )

    assert first.id == second.id
    view = await fair.desk.lists.view(fair.exhibitor.id, application.id)
    assert (view.application.lines, view.application.loading) == (4, 0)


async def test_a_large_file_is_written_by_workers_and_shows_how_far_it_is(fair: Fair) -> None:
    application = await fair.filled()
    number = 2 * WRITTEN_AT_ONCE + 5
    content = template_csv(fair.desk.words, "zh-Hans") + csv_of([list(PLAIN.values())] * number)[3:]

    upload = await fair.desk.uploads.upload(fair.exhibitor.id, application.id, content, "zh-Hans")
    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.lists.submit(fair.exhibitor.id, application.id, "zh-Hans")
    await fair.desk.uploads.write_some(upload.id)
    part = await fair.desk.uploads.progress(fair.exhibitor.id, upload.id)
    await asyncio.gather(fair.desk.uploads.tick(), fair.desk.uploads.tick())

    assert (upload.done, part.done, part.total) == (0, WRITTEN_AT_ONCE, number)
    assert codes(refused) == {"loading"}
    whole = await fair.desk.lists.view(fair.exhibitor.id, application.id)
    assert (whole.application.lines, whole.application.loading) == (number + 1, 0)


async def test_more_than_remains_is_never_booked_however_many_try(fair: Fair) -> None:
    (label,) = await fair.inspected(cells(quantity="10"))
    staff = Who.staff(fair.officer)

    results = await asyncio.gather(
        *(
            fair.desk.labels.book(label.id, Movement(LabelState.CONSUMED, 3_000, f"m{n}"), staff, "en")
            for n in range(8)
        ),
        return_exceptions=True,
    )

    assert len([result for result in results if isinstance(result, InvalidInputError)]) == 5
    async with fair.house.store.read() as connection:
        row = (await connection.execute(select(expo_labels).where(expo_labels.c.id == label.id))).one()
        booked = (await connection.scalars(select(label_movements.c.quantity))).all()
    assert (row.remaining, row.consumed, sum(booked)) == (1_000, 9_000, 9_000)


async def test_the_same_movement_is_booked_once(fair: Fair) -> None:
    (label,) = await fair.inspected()
    one = Movement(LabelState.CONSUMED, 1_000, "tap")

    results = await asyncio.gather(
        *(fair.desk.labels.book(label.id, one, Who.person(fair.exhibitor.id), "en") for _ in range(3))
    )

    assert {result.balance.consumed for result in results} == {1_000}
    with pytest.raises(ConflictError):
        await fair.desk.labels.book(
            label.id, Movement(LabelState.CONSUMED, 2_000, "tap"), Who.staff(fair.officer), "en"
        )


async def test_a_sale_names_its_declaration_and_all_faults_come_at_once(fair: Fair) -> None:
    (label,) = await fair.inspected()

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.labels.book(
            label.id, Movement(LabelState.SOLD, 13_000, "m"), Who.staff(fair.officer), "zh-Hans"
        )

    assert codes(refused) == {"document", "not_enough"}


async def test_goods_are_not_used_up_before_they_are_inspected(fair: Fair) -> None:
    (label,) = await fair.issued()

    with pytest.raises(ConflictError):
        await fair.desk.labels.book(label.id, Movement(LabelState.CONSUMED, 1, "m"), Who.staff(fair.officer), "en")


async def test_who_takes_which_step_is_held(fair: Fair) -> None:
    (label,) = await fair.issued()
    person = Who.person(fair.exhibitor.id)

    await fair.desk.labels.advance([label.id], LabelState.AFFIXED, person)

    with pytest.raises(NotPermittedError):
        await fair.desk.labels.advance([label.id], LabelState.RELEASED, person)
    with pytest.raises(NotPermittedError):
        await fair.desk.labels.advance([label.id], LabelState.AFFIXED, Who.person(fair.organiser.id))


async def test_what_is_left_cannot_be_closed(fair: Fair) -> None:
    (label,) = await fair.inspected()
    await fair.desk.labels.book(label.id, Movement(LabelState.CONSUMED, 1_000, "m"), Who.staff(fair.officer), "en")

    with pytest.raises(ConflictError):
        await fair.desk.labels.advance([label.id], LabelState.CLOSED, Who.staff(fair.officer))
    with pytest.raises(ConflictError):
        await fair.desk.events.close(label.event_id, by=fair.officer)


async def test_the_term_is_watched_moves_when_extended_and_ends_with_the_goods(fair: Fair) -> None:
    (label,) = await fair.inspected()
    by = {"by": fair.officer}

    async def dates() -> list[tuple[str, str]]:
        async with fair.house.store.read() as connection:
            rows = await connection.execute(select(reminders).where(reminders.c.kind == "label_expiry"))
            return sorted((f"{row.at:%Y-%m-%d}", row.state) for row in rows)

    first = await dates()
    last = await fair.desk.terms.extend(label.application_id, date(2026, 11, 22), "巡展", **by)
    second = await dates()
    for _ in range(2):
        await fair.desk.terms.extend(label.application_id, date(2026, 11, 22), "巡展", **by)
    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.terms.extend(label.application_id, date(2026, 11, 22), "巡展", **by)
    await fair.desk.labels.book(label.id, Movement(LabelState.RE_EXPORTED, 12_000, "m"), Who.staff(fair.officer), "en")

    assert label.term_on == date(2027, 5, 22)
    assert first == [("2027-05-22", "waiting")] * 3
    assert last == date(2027, 11, 22)
    assert second == [("2027-11-22", "waiting")] * 3
    assert codes(refused) == {"extensions"}
    assert {state for _, state in await dates()} == {"cancelled"}


async def test_every_package_has_its_own_code_and_it_holds(fair: Fair) -> None:
    (label,) = await fair.issued()
    event = (await fair.desk.events.all_events())[0]

    first, second = await fair.desk.proof.codes(label, event)
    proof = await fair.desk.proof.check(f"https://kouan.example.cn/v/#{second.lower()}")

    assert first != second
    assert (proof.fault, proof.state, proof.serial) == (None, LabelState.ISSUED, "EXPO26-000001-X")
    assert proof.code is not None
    assert (proof.code.package, proof.code.packages) == (2, 2)
    assert proof.in_time


async def test_a_revoked_label_says_so_and_a_revoked_key_takes_all_it_signed(fair: Fair) -> None:
    (label,) = await fair.issued()
    event = (await fair.desk.events.all_events())[0]
    code = (await fair.desk.proof.codes(label, event))[0]

    await fair.desk.labels.revoke([label.id], "贴错", by=fair.officer)
    revoked = await fair.desk.proof.check(code)
    key = (await fair.desk.keys.published())[0]
    await fair.desk.keys.revoke(key.id, "lost", actor="system:test")
    lost = await fair.desk.proof.check(code)

    assert (revoked.fault, revoked.state) == (None, LabelState.REVOKED)
    assert lost.fault is CodeFault.REVOKED_KEY


async def test_labels_of_a_retired_key_hold_and_can_be_printed_again(fair: Fair) -> None:
    (label,) = await fair.issued()
    event = (await fair.desk.events.all_events())[0]
    before = await fair.desk.proof.codes(label, event)

    new = await fair.desk.keys.rotate(actor="system:test")

    assert new.id != label.key_id
    assert await fair.desk.proof.codes(label, event) == before
    assert (await fair.desk.proof.check(before[0])).fault is None


async def test_a_label_of_a_former_service_is_explained_and_never_issued(fair: Fair) -> None:
    historical = draft(name="中国锦州2013世界园林博览会", title="检验检疫专用标识")

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.events.apply(fair.organiser.id, fair.organiser_firm.id, historical, "zh-Hant")

    assert codes(refused) == {"historical"}
    assert "不簽發" in refused.value.faults[0].message


async def test_all_that_is_wrong_with_an_event_is_told_at_once(fair: Fair) -> None:
    wrong = draft(code="x", name="", closes_on=date(2026, 1, 1), colour="blue")

    with pytest.raises(InvalidInputError) as refused:
        await fair.desk.events.apply(fair.organiser.id, fair.organiser_firm.id, wrong, "en")

    assert codes(refused) == {"code", "text", "period", "colour"}


async def test_an_event_code_is_taken_once(fair: Fair) -> None:
    await fair.event()

    with pytest.raises(InvalidInputError) as refused:
        await fair.event()

    assert codes(refused) == {"code_taken"}


async def test_nobody_works_on_what_is_not_their_firms(fair: Fair) -> None:
    application = await fair.filled()
    stranger = await fair.house.person("stranger")

    for act in (
        fair.desk.lists.view(stranger.id, application.id),
        fair.desk.lists.submit(fair.organiser.id, application.id, "en"),
        fair.desk.events.register(stranger.id, application.event_id, fair.exhibitor_firm.id, {"stand": "1"}, "en"),
        fair.desk.proof.sheet(application.id, stranger.id),
        fair.desk.labels.balances(application.event_id, fair.exhibitor.id),
    ):
        with pytest.raises(NotPermittedError):
            await act


async def test_the_organiser_sees_the_balance_by_goods_line(fair: Fair) -> None:
    (label, other) = await fair.inspected(cells(), cells(name="刀具"))
    await fair.desk.labels.book(label.id, Movement(LabelState.CONSUMED, 1_000, "m"), Who.staff(fair.officer), "en")

    found = await fair.desk.labels.balances(label.event_id, fair.organiser.id)

    balances = {one.line.name: one.balance for one in found}
    assert balances["数控机床"].remaining == 11_000
    assert balances["刀具"].remaining == other.balance.remaining == 12_000


async def test_time_passing_makes_a_code_out_of_time_and_not_false(fair: Fair) -> None:
    (label,) = await fair.issued()
    event = (await fair.desk.events.all_events())[0]
    code = (await fair.desk.proof.codes(label, event))[0]

    fair.house.clock.turn(timedelta(days=30))
    proof = await fair.desk.proof.check(code)

    assert (proof.fault, proof.in_time) == (None, False)
