"""A form from its first question to the case: answers, corrections, steps back, buttons old and new, sending once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.forms.form import Trouble, words
from bot.forms.model import KEPT
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.history import history
from bot.store.schema import addresses, asked_questions, form_drafts
from tests.integration.forms.conftest import FormTalk


async def cases(store: Store) -> list[str]:
    """The origins of the cases that were opened."""
    async with store.read() as connection:
        return list(await connection.scalars(select(asked_questions.c.text)))


async def test_it_asks_reviews_and_sends_once(talk: FormTalk, store: Store) -> None:
    begun = await talk.begin()
    assert "At which port?" in begun.replies[0].text
    assert "Book a parcel." in begun.replies[0].text

    await talk.fills()
    assert "frozen fish" in talk.last.text
    assert "2026-11-23" in talk.last.text
    send = talk.button("Send")
    first = await talk.presses(send)
    second = await talk.presses(send)

    assert first.replies[0].text.startswith("case of")
    assert first.form is None
    assert second.replies[1:] == first.replies
    assert len(await cases(store)) == len(talk.desk.sent) == 1
    assert talk.desk.sent[0].values == {
        "port": "luohu",
        "day": "2026-11-23",
        "slot": "0900",
        "goods": "frozen fish",
        "boxes": "12",
        "sealed": False,
    }


async def test_two_at_the_same_moment_send_one_case(talk: FormTalk, store: Store) -> None:
    await talk.fills()
    send = talk.button("Send")

    await asyncio.gather(*(talk.presses(send) for _ in range(5)))

    assert len(await cases(store)) == 1
    async with store.read() as connection:
        steps = await history(connection, "form_draft", talk.desk.sent[0].draft_id)
    assert [step["to_state"] for step in steps] == ["open", "sent"]


async def test_all_that_is_wrong_is_told_and_nothing_is_lost(talk: FormTalk, store: Store) -> None:
    await talk.fills()
    talk.desk.refuses = [
        Trouble(words("时段已满。", "That slot is full."), "slot"),
        Trouble(words("货物要许可证。", "The goods need a permit.")),
    ]

    refused = await talk.presses("Send")

    assert "That slot is full." in refused.replies[0].text
    assert "The goods need a permit." in refused.replies[0].text
    assert "Which slot?" in refused.replies[0].text
    assert await cases(store) == []  # what the service wrote before it refused is undone
    talk.desk.refuses = []
    await talk.says("10:00")
    await talk.presses("Send")
    assert talk.desk.sent[-1].values["slot"] == "1000"
    assert talk.desk.sent[-1].values["goods"] == "frozen fish"


async def test_what_was_free_may_be_taken_when_it_is_sent(talk: FormTalk) -> None:
    await talk.fills()
    talk.desk.free["luohu"] = ["10:00"]

    turn = await talk.presses("Send")

    assert "not available any more" in turn.replies[0].text
    assert talk.desk.sent == []


async def test_one_steps_back_and_keeps_or_changes(talk: FormTalk) -> None:
    await talk.begin()
    await talk.says("Luohu")
    await talk.says("tomorrow")

    back = await talk.presses("Back")
    assert "On which day?" in back.replies[0].text
    assert "2026-11-23" in back.replies[0].text
    kept = await talk.presses("Keep it")
    assert "Which slot?" in kept.replies[0].text
    await talk.presses("Back")
    await talk.presses("Back")
    first = await talk.says("back", command="back")

    assert "first question" in first.replies[0].text


async def test_a_changed_answer_asks_only_what_depends_on_it(talk: FormTalk) -> None:
    await talk.fills()

    await talk.presses("Change: port")
    changed = await talk.says("Shenzhen Bay")
    assert "Which slot?" in changed.replies[0].text
    assert "Changed: port Shenzhen Bay" in changed.replies[0].text
    reviewed = await talk.says("14:00")

    assert "frozen fish" in reviewed.replies[0].text
    assert "**14:00**" in reviewed.replies[0].text


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ("no, change the port to Shenzhen", "Shenzhen Bay"),
        ("把口岸改成深圳", "Shenzhen Bay"),
        ("改一下口岸：深圳灣", "Shenzhen Bay"),
        ("port should be Shenzhen Bay", "Shenzhen Bay"),
    ],
)
async def test_an_earlier_answer_is_corrected_by_words(talk: FormTalk, said: str, port: str) -> None:
    await talk.begin()
    await talk.says("Luohu")

    turn = await talk.says(said, corrects=True)

    assert f"port {port}" in turn.replies[0].text
    assert "On which day?" in turn.replies[0].text


@pytest.mark.parametrize("said", ["no, Shenzhen", "不对，深圳湾", "sorry, I meant Shenzhen Bay"])
async def test_no_means_the_last_answer(talk: FormTalk, said: str) -> None:
    await talk.begin()
    await talk.says("Luohu")

    turn = await talk.says(said, corrects=True)

    assert "Changed: port Shenzhen Bay" in turn.replies[0].text


async def test_another_choice_of_an_old_question_changes_it_and_the_same_one_twice_does_nothing(talk: FormTalk) -> None:
    await talk.begin()
    luohu, bay = talk.button("Luohu"), talk.button("Shenzhen Bay")

    await talk.presses(luohu)
    again = await talk.presses(luohu)
    other = await talk.presses(bay)

    assert "On which day?" in again.replies[0].text
    assert "Changed" not in again.replies[0].text
    assert "Changed: port Shenzhen Bay" in other.replies[0].text


async def test_two_taps_on_back_are_one_step(talk: FormTalk) -> None:
    await talk.begin()
    await talk.says("Luohu")
    await talk.says("tomorrow")
    back = talk.button("Back")

    await talk.presses(back)
    turn = await talk.presses(back)

    assert "On which day?" in turn.replies[0].text


async def test_a_question_is_a_digression_and_the_form_stands(talk: FormTalk) -> None:
    await talk.begin()
    await talk.says("Luohu")

    turn = await talk.says("how much is the late declaration fee?", intent="kb", asks="open")
    again = await talk.service.question(talk.key, "parcel", "en")

    assert not turn.taken
    assert turn.form == "parcel"
    assert 'Back to "parcel booking"' in again.replies[0].text
    assert "On which day?" in again.replies[0].text


@pytest.mark.parametrize(
    ("said", "tells"),
    [("yesterday", "That day is past."), ("2026-02-30", "no 2026-02-30"), ("soon", "could not find a day")],
)
async def test_a_wrong_answer_is_told_and_asked_again(talk: FormTalk, said: str, tells: str) -> None:
    await talk.begin()
    await talk.says("罗湖")

    turn = await talk.says(said, intent="kb")

    assert tells in turn.replies[0].text
    assert "On which day?" in turn.replies[0].text
    assert [b.payload for b in turn.replies[0].buttons][-1] == "t:human_handoff"


async def test_what_is_known_at_the_beginning_is_not_asked(talk: FormTalk) -> None:
    turn = await talk.begin("帮我预约明天深圳湾的包裹")

    assert "Which slot?" in turn.replies[0].text
    assert "Noted: port Shenzhen Bay · day 2026-11-23" in turn.replies[0].text


async def test_a_button_may_carry_answers(talk: FormTalk) -> None:
    turn = await talk.service.press(talk.key, "parcel?port=luohu&day=2026-11-30&slot=nonsense", "en")

    assert "Which slot?" in turn.replies[0].text


async def test_leaving_keeps_or_forgets(talk: FormTalk, store: Store) -> None:
    await talk.begin()
    await talk.says("Luohu")

    leaving = await talk.says("cancel", command="leave")
    assert {"Save for later", "Cancel it", "Go on"} <= {button.title for button in leaving.replies[0].buttons}
    saved = await talk.presses("Save for later")
    assert saved.form is None
    assert "2026-12-22" in saved.replies[0].text
    again = await talk.begin()
    assert "On which day?" in again.replies[0].text
    await talk.presses("Leave")
    gone = await talk.says("cancel", command="leave")

    assert "deleted" in gone.replies[0].text
    async with store.read() as connection:
        row = (await connection.execute(select(form_drafts))).mappings().one()
    assert (row["state"], row["values"]) == ("cancelled", {})


async def test_a_draft_is_the_persons_in_every_chat(talk: FormTalk, store: Store) -> None:
    await talk.begin()
    await talk.says("Luohu")
    await talk.says("明天")
    async with store.write() as connection:
        person = (await PeopleService(store, talk.clock).find(talk.key)) or pytest.fail("nobody")
        columns = {"id": "f" * 32, "person_id": person.id, "channel": "web", "address": "f" * 32, "private": True}
        await connection.execute(addresses.insert().values(**columns, state="active", created_at=talk.clock()))
    other = FormTalk(talk.service, talk.desk, talk.clock, "f" * 32, "zh-Hans")

    turn = await other.begin()

    assert "哪个时段" in turn.replies[0].text
    assert "没有填完" in turn.replies[0].text


async def test_nobody_elses_draft_is_touched(talk: FormTalk, store: Store) -> None:
    await talk.begin()
    luohu = talk.button("Luohu")
    stranger = await PeopleService(store, talk.clock).meet("telegram", "43", private=True, language="en")
    other = FormTalk(talk.service, talk.desk, talk.clock, stranger.address_id)

    turn = await other.presses(luohu)

    assert "closed" in turn.replies[0].text
    assert "At which port?" in (await talk.service.question(talk.key, "parcel", "en")).replies[0].text


async def test_an_old_draft_ends(talk: FormTalk, store: Store) -> None:
    await talk.begin()
    await talk.says("Luohu")
    talk.clock.turn(KEPT + timedelta(minutes=1))

    await talk.service.tick()

    turn = await talk.begin()
    assert "At which port?" in turn.replies[0].text
    async with store.read() as connection:
        states = list(await connection.scalars(select(form_drafts.c.state).order_by(form_drafts.c.started_at)))
    assert states == ["expired", "open"]
