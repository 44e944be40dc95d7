"""Corrections, withdrawals and supersessions on real databases; what the worker does is done step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule
from sqlalchemy import select

from bot.delivery import audience
from bot.delivery import store as delivery_store
from bot.delivery.model import DELIVERY_TRANSITIONS, DeliveryState
from bot.delivery.store import Job, Receipt
from bot.errors import ConflictError, InvalidInputError, NotPermittedError, SelfApprovalError
from bot.notices.changes.model import CHANGE_MEANING, CHANGE_TRANSITIONS, ChangeState
from bot.notices.extras import NoticeExtras
from bot.notices.model import MEANING, TRANSITIONS, Notice, NoticeState, NoticeText
from bot.people.model import FollowKind
from bot.store.schema import outbox
from tests.office import TEXT, TOPIC, Office

CORRECTED = {"zh-Hans": NoticeText("宠物入境新规", "自**12月2日**起，宠物须植入芯片。")}


async def fan_out(office: Office) -> list[int]:
    async with office.store.write() as connection:
        pages = await audience.resolve_pages(connection, office.clock(), 500)
    return [number for page in pages for number in page.ids]


async def take(office: Office, ids: list[int]) -> list[Job]:
    async with office.store.write() as connection:
        return await delivery_store.claim(connection, ids, "w", office.clock())


async def receive(office: Office, jobs: list[Job], outcome: str = "sent") -> None:
    receipts = [
        Receipt(job.id, DeliveryState.SENT, 1, office.clock(), provider_ref=str(job.id), outcome=outcome)
        for job in jobs
    ]
    async with office.store.write() as connection:
        await delivery_store.write_receipts(connection, receipts, "w")


async def sent(office: Office, count: int = 3, extras: NoticeExtras | None = None) -> Notice:
    """A notice that every follower got."""
    await office.follow(count)
    made = await office.service.create(
        TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, extras or NoticeExtras(), author=office.author
    )
    await office.service.submit(made.id, by=office.author)
    await office.service.approve(made.id, by=office.approver)
    notice = await office.service.send(made.id, by=office.author)
    await receive(office, await take(office, await fan_out(office)))
    await office.dispatch.tick()
    return notice


def hans(jobs: list[Job]) -> Job:
    return next(job for job in jobs if job.language == "zh-Hans")


async def state_of(office: Office, change_id: str) -> ChangeState:
    return (await office.changes.find(change_id)).change.state


def test_every_state_of_a_change_has_its_transitions_and_meaning() -> None:
    assert set(CHANGE_TRANSITIONS) == set(CHANGE_MEANING) == set(ChangeState)


async def test_a_correction_reaches_everybody_who_got_the_notice(office: Office) -> None:
    notice = await sent(office)

    change = await office.changes.propose_correction(notice.id, CORRECTED, by=office.author)
    untouched = await office.service.queries.find(notice.id)
    await office.changes.approve(change.id, by=office.approver)
    await office.dispatch.tick()
    jobs = await take(office, await fan_out(office))
    await receive(office, jobs, "edited")
    await office.dispatch.tick()

    status = await office.changes.find(change.id)
    proofs, _ = await office.changes.proofs(change.id)
    assert untouched.content.texts["zh-Hans"] == TEXT
    assert [(job.action, job.earlier is not None) for job in jobs] == [("edit", True)] * 3
    assert "12月2日" in hans(jobs).message.text
    assert "更正" in hans(jobs).message.text
    instead = hans(jobs).instead
    assert instead is not None
    assert "宠物入境新规" in instead.text
    assert (status.change.state, status.outcomes) == (ChangeState.DONE, {"edited": 3})
    assert {(proof.outcome, proof.address[:3]) for proof in proofs} == {("edited", "•••")}
    assert (await office.service.queries.published(1))[0].content.texts["zh-Hans"] == CORRECTED["zh-Hans"]


async def test_its_author_never_approves_a_correction(office: Office) -> None:
    notice = await sent(office)
    change = await office.changes.propose_correction(notice.id, CORRECTED, by=office.approver)

    with pytest.raises(SelfApprovalError):
        await office.changes.approve(change.id, by=office.approver)
    with pytest.raises(NotPermittedError):
        await office.changes.approve(change.id, by=office.author)

    assert await state_of(office, change.id) is ChangeState.PROPOSED


async def test_a_second_correction_waits_for_the_first(office: Office) -> None:
    notice = await sent(office)
    await office.changes.propose_correction(notice.id, CORRECTED, by=office.author)

    with pytest.raises(ConflictError):
        await office.changes.propose_correction(notice.id, CORRECTED, by=office.author)


async def test_two_approvals_at_once_change_once(office: Office) -> None:
    notice = await sent(office)
    change = await office.changes.propose_correction(notice.id, CORRECTED, by=office.author)

    outcomes = await asyncio.gather(
        office.changes.approve(change.id, by=office.approver),
        office.changes.approve(change.id, by=office.admin),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["Change", "ConflictError"]


async def test_what_is_unsent_goes_out_corrected_and_what_is_in_hand_is_waited_for(office: Office) -> None:
    await office.follow(3)
    made = await office.approved()
    await office.service.send(made.id, by=office.author)
    ids = await fan_out(office)
    in_hand = await take(office, ids[:1])
    change = await office.changes.propose_correction(made.id, CORRECTED, by=office.author)
    await office.changes.approve(change.id, by=office.approver)

    await office.dispatch.tick()
    waits = await state_of(office, change.id)
    unsent = await take(office, ids[1:])
    await receive(office, in_hand + unsent)
    await office.dispatch.tick()

    assert waits is ChangeState.APPROVED
    assert all("12月2日" in job.message.text for job in unsent)
    assert await state_of(office, change.id) is ChangeState.RUNNING


async def test_a_busy_notice_does_not_hold_its_correction_up_for_ever(office: Office) -> None:
    await office.follow(3)
    made = await office.approved()
    await office.service.send(made.id, by=office.author)
    ids = await fan_out(office)
    change = await office.changes.propose_correction(made.id, CORRECTED, by=office.author)
    await office.changes.approve(change.id, by=office.approver)
    office.clock.turn(timedelta(seconds=61))
    await take(office, ids)

    await office.dispatch.tick()

    assert await state_of(office, change.id) is ChangeState.RUNNING


async def test_a_withdrawal_takes_back_and_stops(office: Office) -> None:
    await office.follow(3)
    made = await office.approved()
    await office.service.send(made.id, by=office.author)
    ids = await fan_out(office)
    await receive(office, await take(office, ids[:2]))

    change = await office.changes.withdraw(made.id, by=office.approver, reason="wrong date")
    await office.dispatch.tick()
    jobs = await take(office, await fan_out(office))
    status = await office.service.queries.status(made.id)

    assert (status.notice.state, status.notice.stopped_by) == (NoticeState.WITHDRAWN, "李审批")
    assert status.progress.counts == {DeliveryState.SENT: 2, DeliveryState.CANCELLED: 1}
    assert [job.action for job in jobs] == ["delete", "delete"]
    assert await state_of(office, change.id) is ChangeState.RUNNING
    assert await office.service.queries.published(5) == []


async def test_a_withdrawal_needs_a_reason_and_a_right(office: Office) -> None:
    notice = await sent(office)
    other = await office.service.create(TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, author=office.author)

    with pytest.raises(InvalidInputError):
        await office.changes.withdraw(notice.id, by=office.author, reason=" ")
    with pytest.raises(ConflictError):
        await office.changes.withdraw(other.id, by=office.author, reason="x")


async def test_a_successor_is_told_to_who_got_the_old_one_and_marks_it(office: Office) -> None:
    old = await sent(office, 3)
    person = await office.people.meet("telegram", "0", private=True, language=None)
    await office.people.unfollow(person.address_id, FollowKind.TOPIC, TOPIC)
    successor = await office.service.create(
        TOPIC,
        "zh-Hans",
        {"zh-Hans": NoticeText("宠物新规二", "以此为准。")},
        None,
        NoticeExtras(supersedes_id=old.id),
        author=office.author,
    )
    await office.service.submit(successor.id, by=office.author)
    preview = await office.service.queries.preview(successor.id)
    await office.service.approve(successor.id, by=office.approver)
    await office.service.send(successor.id, by=office.author)

    first = await take(office, await fan_out(office))
    await receive(office, first)
    await office.dispatch.tick()
    marks = await take(office, await fan_out(office))

    (change,) = await office.changes.of_notice(old.id)
    assert preview.audience == 3
    assert sorted(job.address for job in first) == ["0", "1", "2"]
    assert (await office.service.queries.find(old.id)).state is NoticeState.SUPERSEDED
    assert change.change.successor_id == successor.id
    assert [(job.action, job.instead) for job in marks] == [("edit", None)] * 3
    assert "宠物新规二" in hans(marks).message.text
    assert [notice.id for notice in await office.service.queries.published(5)] == [successor.id]


async def test_an_expired_notice_is_not_sent(office: Office) -> None:
    until = office.clock() + timedelta(hours=1)
    made = await office.service.create(
        TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, NoticeExtras(valid_until=until), author=office.author
    )
    await office.service.submit(made.id, by=office.author)
    await office.service.approve(made.id, by=office.approver)
    with pytest.raises(InvalidInputError):
        await office.service.schedule(made.id, until + timedelta(minutes=1), by=office.author)
    office.clock.turn(timedelta(hours=2))

    with pytest.raises(ConflictError):
        await office.service.send(made.id, by=office.author)
    await office.dispatch.tick()

    assert (await office.service.queries.find(made.id)).state is NoticeState.EXPIRED


async def test_a_notice_that_expires_leaves_the_list_and_stops_what_is_unsent(office: Office) -> None:
    notice = await office_sending(office, NoticeExtras(valid_until=office.clock() + timedelta(hours=1)))
    ids = await fan_out(office)
    before = [one.id for one in await office.service.queries.published(5)]
    office.clock.turn(timedelta(hours=2))

    after = await office.service.queries.published(5)
    await office.dispatch.tick()

    assert (before, after) == ([notice.id], [])
    assert await take(office, ids) == []


async def office_sending(office: Office, extras: NoticeExtras) -> Notice:
    await office.follow(2)
    made = await office.service.create(TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, extras, author=office.author)
    await office.service.submit(made.id, by=office.author)
    await office.service.approve(made.id, by=office.approver)
    return await office.service.send(made.id, by=office.author)


class StatesMachine(RuleBasedStateMachine):
    """Any walk along listed transitions keeps what was promised of them."""

    reached: Bundle[NoticeState] = Bundle("reached")

    @rule(target=reached)
    def begin(self) -> NoticeState:
        return NoticeState.DRAFT

    @rule(target=reached, state=reached, choice=st.integers(0, 20))
    def go(self, state: NoticeState, choice: int) -> NoticeState:
        targets = sorted(TRANSITIONS[state])
        if not targets:
            return state
        target = targets[choice % len(targets)]
        was_approved = state not in (NoticeState.DRAFT, NoticeState.SUBMITTED)
        assert target not in (NoticeState.SENDING, NoticeState.SENT) or was_approved
        assert target is not NoticeState.DRAFT or state is NoticeState.SUBMITTED
        assert state is not NoticeState.WITHDRAWN
        return target


TestStates = StatesMachine.TestCase
TestStates.settings = settings(
    max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("table", [TRANSITIONS, CHANGE_TRANSITIONS, DELIVERY_TRANSITIONS])
def test_every_state_that_is_reached_is_in_the_table(table: Mapping[str, frozenset[str]]) -> None:
    assert {target for targets in table.values() for target in targets} <= set(table)


def test_states_of_notices_are_all_explained() -> None:
    assert set(MEANING) == set(NoticeState)


async def test_the_outbox_row_of_a_change_names_what_it_changes(office: Office) -> None:
    notice = await sent(office)
    change = await office.changes.withdraw(notice.id, by=office.author, reason="x")
    await office.dispatch.tick()

    async with office.store.read() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.id))).all()
    assert [(row.cause_kind, row.action, row.of_id) for row in rows] == [
        ("notice", "send", None),
        ("change", "delete", rows[0].id),
    ]
    assert rows[1].cause_id == change.id
