"""The life of a notice on a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from bot.delivery import audience
from bot.delivery import store as delivery_store
from bot.delivery.model import DeliveryState
from bot.delivery.store import Receipt
from bot.errors import (
    ConflictError,
    InvalidInputError,
    KouanError,
    NotFoundError,
    NotPermittedError,
    SelfApprovalError,
)
from bot.notices.model import Notice, NoticeState, NoticeText
from bot.store.schema import deliveries, notices, outbox
from tests.office import TEXT, TOPIC, Office


async def outbox_rows(office: Office) -> list[tuple[str, str, str, str]]:
    async with office.store.read() as connection:
        rows = await connection.execute(
            select(outbox.c.cause_id, outbox.c.lane, outbox.c.audience_target, outbox.c.state)
        )
        return [tuple(row) for row in rows]


async def resolve(office: Office, page: int = 500) -> list[int]:
    async with office.store.write() as connection:
        pages = await audience.resolve_pages(connection, office.clock(), page)
    assert pages
    return [number for found in pages for ids in found.made.values() for number in ids]


async def nothing_is_open(office: Office) -> bool:
    async with office.store.write() as connection:
        return await audience.resolve_pages(connection, office.clock()) == []


async def resolve_all(office: Office) -> list[int]:
    ids = await resolve(office)
    assert await nothing_is_open(office)
    return ids


async def claim(office: Office, ids: list[int]) -> list[int]:
    async with office.store.write() as connection:
        return [job.id for job in await delivery_store.claim(connection, ids, "w", office.clock())]


async def receive(office: Office, ids: list[int], state: DeliveryState) -> None:
    now = office.clock()
    receipts = [Receipt(number, state, 1, now, due_at=now) for number in ids]
    async with office.store.write() as connection:
        await delivery_store.write_receipts(connection, receipts, "w")


async def test_the_whole_way(office: Office) -> None:
    await office.follow(4)
    notice = await office.approved()

    sending = await office.service.send(notice.id, by=office.author)
    ids = await resolve_all(office)
    await receive(office, await claim(office, ids), DeliveryState.SENT)
    await office.dispatch.tick()

    status = await office.service.queries.status(notice.id)
    assert sending.state is NoticeState.SENDING
    assert status.notice.state is NoticeState.SENT
    assert status.notice.completed_at == office.clock()
    assert (status.progress.counts, status.audience) == ({DeliveryState.SENT: 4}, 4)
    assert [found.id for found in await office.service.queries.published(5)] == [notice.id]


async def test_every_act_stands_in_a_trail_that_is_whole(office: Office) -> None:
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    await office.service.recall(notice.id, by=office.admin)

    trail = await office.trail()
    async with office.store.read() as connection:
        broken = await office.audit.first_broken(connection)

    assert trail == [
        ("staff:An Author", "notice.create"),
        ("staff:An Author", "notice.submit"),
        ("staff:李审批", "notice.approve"),
        ("staff:An Author", "notice.send"),
        ("staff:Admin", "notice.recall"),
    ]
    assert broken is None


async def test_sending_writes_state_and_outbox_together(office: Office) -> None:
    notice = await office.approved()
    async with office.store.write() as connection:
        await connection.execute(update(notices).values(messages=None))

    with pytest.raises(AssertionError, match="no messages"):
        await office.service.send(notice.id, by=office.author)

    assert (await office.service.queries.find(notice.id)).state is NoticeState.APPROVED
    assert await outbox_rows(office) == []


async def test_a_wrong_notice_is_not_kept_and_all_is_named(office: Office) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await office.service.create("out_of_scope", "en", {"zh-Hans": NoticeText("", "x")}, "x", author=office.author)

    assert {fault.where for fault in caught.value.faults} == {
        "topic",
        "texts.zh-Hans.title",
        "texts.en.title",
        "texts.en.body",
        "source_url",
    }
    assert await office.service.queries.newest() == []


async def test_an_author_never_approves_their_own(office: Office) -> None:
    notice = await office.submitted(author=office.admin)

    with pytest.raises(SelfApprovalError):
        await office.service.approve(notice.id, by=office.admin)

    assert (await office.service.queries.find(notice.id)).state is NoticeState.SUBMITTED


async def test_the_database_itself_refuses_self_approval(office: Office) -> None:
    notice = await office.submitted()

    with pytest.raises(IntegrityError):
        async with office.store.write() as connection:
            await connection.execute(
                update(notices).where(notices.c.id == notice.id).values(approver_id=office.author.id)
            )


async def test_the_role_of_author_approves_nothing(office: Office) -> None:
    notice = await office.submitted(author=office.admin)

    with pytest.raises(NotPermittedError):
        await office.service.approve(notice.id, by=office.author)


async def test_of_two_approvals_at_once_one_holds(office: Office) -> None:
    notice = await office.submitted()

    outcomes = await asyncio.gather(
        office.service.approve(notice.id, by=office.approver),
        office.service.approve(notice.id, by=office.admin),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "Notice"]
    assert [action for _, action in await office.trail()].count("notice.approve") == 1


async def test_texts_changed_since_they_were_read_are_not_approved(office: Office) -> None:
    notice = await office.submitted()
    await office.service.send_back(notice.id, by=office.author)
    await office.service.revise(notice.id, TOPIC, "en", {"en": NoticeText("x", "y")}, None, author=office.author)
    await office.service.submit(notice.id, by=office.author)

    with pytest.raises(ConflictError):
        await office.service.approve(notice.id, by=office.approver, revision=notice.revision)

    assert (await office.service.queries.find(notice.id)).state is NoticeState.SUBMITTED


async def test_another_persons_draft_is_not_touched(office: Office) -> None:
    notice = await office.draft()

    with pytest.raises(NotPermittedError):
        await office.service.revise(notice.id, TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, author=office.admin)
    with pytest.raises(NotPermittedError):
        await office.service.submit(notice.id, by=office.admin)


async def test_what_was_approved_is_no_longer_changed(office: Office) -> None:
    notice = await office.approved()

    with pytest.raises(ConflictError):
        await office.service.revise(notice.id, TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, author=office.author)


async def test_an_approver_returns_it_and_another_author_does_not(office: Office) -> None:
    notice = await office.submitted(author=office.admin)

    with pytest.raises(NotPermittedError):
        await office.service.send_back(notice.id, by=office.author)
    returned = await office.service.send_back(notice.id, by=office.approver)

    assert returned.state is NoticeState.DRAFT


@pytest.mark.parametrize("state", [NoticeState.DRAFT, NoticeState.SUBMITTED])
async def test_nothing_is_sent_without_approval(office: Office, state: NoticeState) -> None:
    notice = await office.in_state(state)

    with pytest.raises(ConflictError):
        await office.service.send(notice.id, by=office.admin)
    with pytest.raises(ConflictError):
        await office.service.schedule(notice.id, office.clock() + timedelta(hours=1), by=office.admin)

    assert await outbox_rows(office) == []


async def test_a_time_that_has_passed_is_refused(office: Office) -> None:
    notice = await office.approved()

    with pytest.raises(InvalidInputError):
        await office.service.schedule(notice.id, office.clock() - timedelta(seconds=1), by=office.author)

    assert (await office.service.queries.find(notice.id)).state is NoticeState.APPROVED


async def scheduled(office: Office) -> Notice:
    notice = await office.approved()
    return await office.service.schedule(notice.id, office.clock() + timedelta(hours=1), by=office.author)


async def test_a_scheduled_notice_goes_out_when_it_is_due_and_not_before(office: Office) -> None:
    notice = await scheduled(office)

    early = await office.dispatch.send_due()
    office.clock.turn(timedelta(hours=1))
    due = await office.dispatch.send_due()

    assert (early, due) == (0, 1)
    assert await outbox_rows(office) == [(notice.id, "bulk", TOPIC, "pending")]
    assert (await office.trail())[-1] == ("system", "notice.send")


async def test_of_two_workers_at_once_one_sends(office: Office) -> None:
    await scheduled(office)
    office.clock.turn(timedelta(hours=1))

    sent = await asyncio.gather(*(office.dispatch.send_due() for _ in range(4)))

    assert sorted(sent) == [0, 0, 0, 1]
    assert len(await outbox_rows(office)) == 1


async def test_a_notice_given_a_later_time_waits_for_that(office: Office) -> None:
    notice = await scheduled(office)
    await office.service.schedule(notice.id, office.clock() + timedelta(hours=3), by=office.author)
    office.clock.turn(timedelta(hours=2))

    assert await office.dispatch.send_due() == 0


async def test_recalled_before_its_time_a_notice_never_goes_out(office: Office) -> None:
    notice = await scheduled(office)
    recall = await office.service.recall(notice.id, by=office.author)
    office.clock.turn(timedelta(hours=2))

    assert await office.dispatch.send_due() == 0
    assert (recall.sent, recall.in_hand, recall.cancelled) == (0, 0, 0)
    assert await outbox_rows(office) == []


async def test_recalled_midway_the_rest_is_not_sent_and_the_sent_is_counted(office: Office) -> None:
    await office.follow(10)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    ids = await resolve(office, page=6)
    await receive(office, await claim(office, ids[:2]), DeliveryState.SENT)
    in_hand = await claim(office, ids[2:3])

    recall = await office.service.recall(notice.id, by=office.author)

    async with office.store.write() as connection:
        further = await audience.resolve_pages(connection, office.clock())
    assert (recall.sent, recall.in_hand, recall.cancelled) == (2, 1, 3)
    assert further == []
    assert len(in_hand) == 1
    assert await claim(office, ids) == []
    assert await office.service.queries.published(5) == []


async def test_what_was_in_hand_at_a_recall_and_failed_is_not_tried_again(office: Office) -> None:
    await office.follow(1)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    ids = await claim(office, await resolve_all(office))
    await office.service.recall(notice.id, by=office.author)

    await receive(office, ids, DeliveryState.RETRYING)
    claimed_again = await claim(office, ids)
    await office.dispatch.tick()

    async with office.store.read() as connection:
        states = list(await connection.scalars(select(deliveries.c.state)))
    assert claimed_again == []
    assert states == ["cancelled"]


async def test_a_recall_and_a_due_time_at_once_leave_nothing_on_its_way(office: Office) -> None:
    await office.follow(2)
    notice = await scheduled(office)
    office.clock.turn(timedelta(hours=1))

    await asyncio.gather(office.service.recall(notice.id, by=office.author), office.dispatch.send_due())

    async with office.store.read() as connection:
        pending = await connection.scalar(select(func.count()).where(outbox.c.state == "pending"))
    assert (await office.service.queries.find(notice.id)).state is NoticeState.RECALLED
    assert pending == 0


async def test_a_notice_is_recalled_once(office: Office) -> None:
    notice = await office.draft()
    await office.service.recall(notice.id, by=office.author)

    with pytest.raises(ConflictError):
        await office.service.recall(notice.id, by=office.author)


async def test_another_author_does_not_recall(office: Office) -> None:
    notice = await office.submitted(author=office.admin)

    with pytest.raises(NotPermittedError):
        await office.service.recall(notice.id, by=office.author)


async def test_a_notice_still_on_its_way_is_not_closed(office: Office) -> None:
    await office.follow(2)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    await resolve(office, page=1)

    await office.dispatch.tick()

    assert (await office.service.queries.find(notice.id)).state is NoticeState.SENDING


async def test_a_notice_without_followers_is_closed_too(office: Office) -> None:
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    assert await resolve(office) == []

    await office.dispatch.tick()

    assert (await office.service.queries.find(notice.id)).state is NoticeState.SENT


async def test_the_preview_shows_what_is_delivered(office: Office) -> None:
    await office.follow(3)
    notice = await office.approved()
    preview = await office.service.queries.preview(notice.id)
    await office.service.send(notice.id, by=office.author)
    ids = await resolve_all(office)

    async with office.store.write() as connection:
        jobs = await delivery_store.claim(connection, ids, "w", office.clock())

    assert preview.audience == 3
    # Each push carries besides how to ask why and how to stop it, which belong to the delivery and not to the notice.
    own = {
        job.language: job.message.model_copy(
            update={"buttons": [button for button in job.message.buttons if not str(button.payload).startswith("p:")]}
        )
        for job in jobs
    }
    assert own == preview.messages
    assert all(len(job.message.buttons) == len(own[job.language].buttons) + 2 for job in jobs)


async def test_those_who_may_approve_are_named_without_the_author(office: Office) -> None:
    notice = await office.submitted(author=office.admin)

    assert await office.service.queries.approvers_for(notice) == ["李审批"]


@pytest.mark.parametrize("act", ["submit", "send_back", "approve", "send", "recall"])
async def test_a_notice_that_is_not_there(sqlite_office: Office, act: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await getattr(sqlite_office.service, act)("0" * 32, by=sqlite_office.admin)

    assert isinstance(caught.value, KouanError)
