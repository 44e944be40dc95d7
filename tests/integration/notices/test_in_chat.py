"""Notices in the talk: acknowledgement, consents, changed answers, banners, staff codes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.model import Incoming, Reply
from bot.delivery import audience
from bot.delivery import store as delivery_store
from bot.delivery.model import DeliveryState, Lane
from bot.delivery.store import Job, Receipt
from bot.errors import ConflictError, InvalidInputError, SelfApprovalError
from bot.notices.banners.model import BANNER_MEANING, BANNER_TRANSITIONS, Banner, BannerState
from bot.notices.extras import AudiencePart, NoticeExtras
from bot.notices.model import Notice, NoticeText
from bot.notices.readers.model import Answer, ConsentKind
from bot.people.model import Person
from bot.store.schema import asked_entries
from tests.office import TEXT, TOPIC, Office

ANSWER = Reply(text="Answer.\n\nSource: law", kind="answer", entry="pet-chip")


async def someone(office: Office, address: str = "0") -> Person:
    return await office.people.meet("telegram", address, private=True, language="en")


async def send_all(office: Office) -> list[Job]:
    """What a worker would do with all that waits."""
    async with office.store.write() as connection:
        pages = await audience.resolve_pages(connection, office.clock(), 500)
        ids = [number for page in pages for number in page.ids]
        jobs = await delivery_store.claim(connection, ids, "w", office.clock())
        receipts = [Receipt(job.id, DeliveryState.SENT, 1, office.clock(), "1", outcome="sent") for job in jobs]
        if receipts:
            await delivery_store.write_receipts(connection, receipts, "w")
    return jobs


async def sent(office: Office, extras: NoticeExtras) -> tuple[Notice, list[Job]]:
    texts = {"zh-Hans": TEXT, "en": NoticeText("Pets", "A chip.")}
    made = await office.service.create(TOPIC, "zh-Hans", texts, None, extras, author=office.author)
    await office.service.submit(made.id, by=office.author)
    await office.service.approve(made.id, by=office.approver)
    notice = await office.service.send(made.id, by=office.author)
    return notice, await send_all(office)


async def press(office: Office, person: Person, payload: str) -> Reply:
    incoming = Incoming(person.channel, person.address, payload=payload, kind="button", private=True)
    replies = await office.chat.take(incoming, person, "en")
    assert replies is not None
    return replies[0]


async def answered(office: Office, person: Person) -> list[Reply]:
    return await office.chat.add(Incoming("telegram", person.address, text="?", private=True), person, "en", [ANSWER])


async def test_a_confirmation_counts_once(office: Office) -> None:
    await office.follow(3)
    notice, jobs = await sent(office, NoticeExtras(needs_ack=True))
    person = await someone(office)

    payload = jobs[0].message.buttons[0].payload
    first = await press(office, person, str(payload))
    office.clock.turn(timedelta(hours=1))
    second = await press(office, person, str(payload))

    numbers = await office.readers.acknowledgements(notice.id)
    assert payload == f"n:ack:{notice.id}"
    assert "Noted" in first.text
    assert first.text == second.text
    assert (numbers.told, numbers.confirmed) == (3, 1)


async def test_who_did_not_get_it_confirms_nothing(office: Office) -> None:
    await office.follow(1)
    notice, _ = await sent(office, NoticeExtras(needs_ack=True))
    stranger = await someone(office, "99")

    reply = await press(office, stranger, f"n:ack:{notice.id}")

    assert "not there" in reply.text
    assert (await office.readers.acknowledgements(notice.id)).confirmed == 0


async def test_those_who_did_not_confirm_are_reminded_once(office: Office) -> None:
    await office.follow(3)
    notice, _ = await sent(office, NoticeExtras(needs_ack=True, chase_after_h=24))
    await press(office, await someone(office), f"n:ack:{notice.id}")

    await office.dispatch.tick()
    early = await send_all(office)
    office.clock.turn(timedelta(hours=25))
    await office.dispatch.tick()
    chased = await send_all(office)
    await office.dispatch.tick()

    assert early == []
    assert sorted(job.address for job in chased) == ["1", "2"]
    assert await send_all(office) == []


async def test_parts_of_the_audience_get_their_own_values_and_exclusions_nothing(office: Office) -> None:
    await office.follow(3)
    told, _ = await sent(office, NoticeExtras())
    late = await someone(office, "7")
    await office.people.follow_topic(late.address_id, TOPIC)
    other = await someone(office, "8")
    await office.people.follow_topic(other.address_id, "taxes_fees")
    made = await office.service.create(
        TOPIC,
        "zh-Hans",
        {"zh-Hans": NoticeText("在((port))", "见((port))。")},
        None,
        NoticeExtras(
            audience=(
                AudiencePart("topic", TOPIC, given={"port": "蛇口"}),
                AudiencePart("topic", "taxes_fees", given={"port": "盐田"}),
                AudiencePart("told", told.id, excluded=True),
            )
        ),
        author=office.author,
    )
    await office.service.submit(made.id, by=office.author)
    preview = await office.service.queries.preview(made.id)
    await office.service.approve(made.id, by=office.approver)
    await office.service.send(made.id, by=office.author)

    jobs = await send_all(office)

    assert {job.address: "盐田" in job.message.text for job in jobs} == {"7": False, "8": True}
    assert (preview.audience, dict(preview.recipients.left_out)) == (2, {"excluded": 3})
    assert {one.address for one in preview.recipients.sample} == {"•••"}


async def test_a_missing_value_stops_the_submission_and_all_are_named(office: Office) -> None:
    texts = {"zh-Hans": NoticeText("((a))", "((b))")}
    made = await office.service.create(TOPIC, "zh-Hans", texts, None, author=office.author)

    with pytest.raises(InvalidInputError) as caught:
        await office.service.submit(made.id, by=office.author)

    assert [fault.where for fault in caught.value.faults] == ["placeholders.a", "placeholders.b"]


async def test_an_unknown_kind_of_part_is_refused(office: Office) -> None:
    wrong = NoticeExtras(audience=(AudiencePart("cancel", "x"), AudiencePart("declaration", "1")))

    with pytest.raises(InvalidInputError) as caught:
        await office.service.create(TOPIC, "zh-Hans", {"zh-Hans": TEXT}, None, wrong, author=office.author)

    assert [fault.where for fault in caught.value.faults] == ["audience.0.kind", "audience.1.kind"]


async def test_the_answer_of_a_changed_entry_says_so_first(office: Office) -> None:
    await office.follow(1)
    person = await someone(office, "50")
    before = (await answered(office, person))[0]
    notice, _ = await sent(office, NoticeExtras(entries=("pet-chip",)))

    reply = (await answered(office, person))[0]
    read = await press(office, person, f"n:read:{notice.id}")
    await office.changes.withdraw(notice.id, by=office.author, reason="x")
    after = (await answered(office, person))[0]

    assert before.text == after.text == ANSWER.text
    assert "changed by the notice “Pets”" in reply.text
    assert reply.text.endswith("Source: law")
    assert reply.buttons[0].payload == f"n:read:{notice.id}"
    assert "A chip." in read.text


async def test_who_agreed_and_asked_is_told_of_the_change(office: Office) -> None:
    asker, refuser = await someone(office, "50"), await someone(office, "51")

    question = (await answered(office, asker))[1]
    again = await answered(office, asker)
    await press(office, asker, str(question.buttons[0].payload))
    await answered(office, asker)
    await press(office, refuser, str(question.buttons[1].payload))
    await answered(office, refuser)
    _, jobs = await sent(office, NoticeExtras(entries=("pet-chip",)))

    assert "30 days" in question.text
    assert len(again) == 1
    assert [job.address for job in jobs] == ["50"]


async def test_what_was_asked_is_kept_30_days_and_forgotten_at_once_on_refusal(office: Office) -> None:
    person = await someone(office, "50")
    await office.readers.keep_consent(person.id, ConsentKind.ENTRY_CHANGES, Answer.GIVEN)
    await answered(office, person)
    kept = await asked(office)
    office.clock.turn(timedelta(days=32))
    await office.readers.tick()
    swept = await asked(office)
    await answered(office, person)
    await press(office, person, f"n:refuse:{ConsentKind.ENTRY_CHANGES}")

    assert (kept, swept, await asked(office)) == (1, 0, 0)


async def asked(office: Office) -> int:
    async with office.store.read() as connection:
        return await connection.scalar(select(func.count()).select_from(asked_entries)) or 0


@pytest.mark.parametrize("text", ["alerts", "/alerts", "提醒设置"])
async def test_the_settings_open_by_a_word(office: Office, text: str) -> None:
    person = await someone(office, "50")

    replies = await office.chat.take(Incoming("telegram", "50", text=text, private=True), person, "en")

    assert replies is not None
    assert [button.payload for button in replies[0].buttons] == ["n:agree:entry_changes", "n:agree:emergency"]


async def test_other_words_and_buttons_go_to_the_dialogue(office: Office) -> None:
    person = await someone(office, "50")

    assert await office.chat.take(Incoming("telegram", "50", text="alerts for pets"), person, "en") is None
    assert await office.chat.take(Incoming("telegram", "50", payload="n:cancel:x"), person, "en") is None


# banners


async def banner(office: Office, audience: tuple[str, str] | None = None, hours: float = 0) -> Banner:
    starts = office.clock() + timedelta(hours=hours)
    texts = {"zh-Hans": "口岸今日关闭", "en": "The port is closed today"}
    return await office.banners.propose(texts, starts, starts + timedelta(hours=2), audience, by=office.author)


def test_every_state_of_a_banner_has_its_transitions_and_meaning() -> None:
    assert set(BANNER_TRANSITIONS) == set(BANNER_MEANING) == set(BannerState)


async def test_a_banner_shows_after_two_persons_and_ends_by_itself(office: Office) -> None:
    made = await banner(office)
    await office.board.refresh()
    before = office.board.current()
    change = office.board.next_change()
    await office.banners.approve(made.id, by=office.approver)
    await office.board.refresh()
    during = [one.id for one in office.board.current()]
    office.clock.turn(timedelta(hours=3))
    after = office.board.current()
    await office.banners.tick()

    assert (before, during, after) == ([], [made.id], [])
    assert change.is_set()
    assert (await office.banners.find(made.id)).state is BannerState.OVER


async def test_its_author_never_approves_a_banner(office: Office) -> None:
    starts = office.clock()
    made = await office.banners.propose({"en": "x"}, starts, starts + timedelta(hours=1), None, by=office.admin)

    with pytest.raises(SelfApprovalError):
        await office.banners.approve(made.id, by=office.admin)


async def test_a_banner_comes_with_the_next_reply_once_and_not_on_the_web(office: Office) -> None:
    made = await banner(office)
    await office.banners.approve(made.id, by=office.approver)
    await office.board.refresh()
    person, page = await someone(office), await office.people.meet("web", "s_x", private=True, language="en")
    plain = [Reply(text="Hello", kind="chitchat")]

    first = await office.chat.add(Incoming("telegram", "0", text="?", private=True), person, "en", plain)
    second = await office.chat.add(Incoming("telegram", "0", text="?", private=True), person, "en", plain)
    web = await office.chat.add(Incoming("web", "s_x", text="?", private=True), page, "en", plain)

    assert [len(first), len(second), len(web)] == [2, 1, 1]
    assert "The port is closed today" in first[0].text


async def test_a_banner_is_pushed_in_the_emergency_lane_to_who_agreed(office: Office) -> None:
    yes, _ = await someone(office, "1"), await someone(office, "2")
    await office.readers.keep_consent(yes.id, ConsentKind.EMERGENCY, Answer.GIVEN)
    made = await banner(office, ("agreed", "emergency"), hours=1)
    await office.banners.approve(made.id, by=office.approver)
    early = await send_all(office)
    office.clock.turn(timedelta(hours=1))
    await office.banners.tick()

    jobs = await send_all(office)
    await office.board.refresh()
    replies = await office.chat.add(Incoming("telegram", "1", text="?", private=True), yes, "en", [])

    assert early == []
    assert [(job.address, job.lane) for job in jobs] == [("1", Lane.EMERGENCY)]
    assert replies == []


async def test_a_stopped_banner_is_gone(office: Office) -> None:
    made = await banner(office)
    await office.banners.approve(made.id, by=office.approver)
    await office.banners.stop(made.id, by=office.author)
    await office.board.refresh()

    with pytest.raises(ConflictError):
        await office.banners.approve(made.id, by=office.approver)

    assert office.board.current() == []


async def test_a_wrong_banner_is_refused_and_all_is_named(office: Office) -> None:
    now = office.clock()

    with pytest.raises(InvalidInputError) as caught:
        await office.banners.propose(
            {"en": "x" * 501}, now, now - timedelta(hours=1), ("topic", "no"), by=office.author
        )

    assert {fault.where for fault in caught.value.faults} == {"texts.en", "ends_at", "audience"}


# test sends


async def test_a_test_send_goes_to_ones_own_address_alone(office: Office) -> None:
    await office.follow(2)
    notice = await office.draft()
    own = await someone(office, "4711")
    replies = await office.chat.take(Incoming("telegram", "4711", text="/staffcode", private=True), own, "en")
    assert replies is not None
    code = replies[0].text.split("**")[1]

    linked = await office.test_sends.link(code.lower(), by=office.author)
    with pytest.raises(InvalidInputError):
        await office.test_sends.link(code, by=office.admin)
    count = await office.test_sends.send(notice.id, by=office.author)
    jobs = await send_all(office)

    assert (linked.address, count) == ("•••711", 1)
    assert [job.address for job in jobs] == ["4711"]
    assert "Test send" in jobs[0].message.text


async def test_a_code_lives_ten_minutes(office: Office) -> None:
    code = await office.test_sends.code_for(await someone(office))
    office.clock.turn(timedelta(minutes=11))

    with pytest.raises(InvalidInputError):
        await office.test_sends.link(code, by=office.author)


async def test_without_an_address_there_is_no_test_send(office: Office) -> None:
    notice = await office.draft()

    with pytest.raises(ConflictError):
        await office.test_sends.send(notice.id, by=office.author)
