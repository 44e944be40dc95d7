"""The desk in the talk: asking, silence, emergencies, doubt, and staff who answer from their own chat."""

from __future__ import annotations

import pytest

from bot.channels.model import Incoming, Reply
from bot.conversation.extras import Extras
from bot.handoff.words import asks_for_a_person, wants_the_bot
from bot.people.model import Person
from tests.handoff_desk import TestDesk

EMERGENCY = Reply(text="119", kind="handoff")
ANSWER = Reply(text="14天", kind="answer", entry="import-declaration-deadline", topic="declaration_time_limits")
NO_HELP = Reply(text="帮不上", kind="out_of_scope", topic="out_of_scope")


def said(text: str | None = None, person: int = 7001, **more: str) -> Incoming:
    return Incoming("telegram", str(person), text=text, private=True, **more)  # type: ignore[arg-type]


async def take(desk: TestDesk, incoming: Incoming, person: Person) -> list[Reply] | None:
    return await Extras(first=[desk.staff_chat, desk.chat]).take(incoming, person, "zh-Hans")


@pytest.mark.parametrize("text", ["人工", "转人工！", "真人客服", "轉人工", "Speak to a human.", "  human ", "/human"])
def test_words_that_ask_for_a_person(text: str) -> None:
    assert asks_for_a_person(text)


@pytest.mark.parametrize("text", ["人工智能要报关吗", "human remains import", "人工关税", "机器人进口"])
def test_words_that_ask_about_goods_do_not(text: str) -> None:
    assert not asks_for_a_person(text)
    assert not wants_the_bot(text)


async def test_everything_typed_goes_to_the_officer_and_the_bot_keeps_quiet(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    case = await desk.case(person)
    waiting = await take(desk, said("还在吗", ref="r0"), person)
    await desk.desk.take(case.number, desk.officer)

    spoken = await take(desk, said("关税多少", ref="r1"), person)
    button = await take(desk, said(payload="e:import-declaration-deadline", kind="button"), person)
    language = await take(desk, said(payload="t:change_language:en", kind="button"), person)
    back = await take(desk, said("回到机器人"), person)
    after = await take(desk, said("关税多少", ref="r2"), person)
    again = await take(desk, said("关税多少", ref="r1"), person)

    assert waiting is not None
    assert "已记下" in waiting[0].text
    assert spoken == []
    assert button is not None
    assert "先回到机器人" in button[0].text
    assert language is None
    assert back is not None
    assert "我回来了" in back[0].text
    assert after is None
    assert again == []


async def test_an_emergency_is_answered_at_once_and_the_officer_sees_it_too(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    case = await desk.case(person)
    await desk.desk.take(case.number, desk.officer)

    replies = await desk.chat.add(said("着火了", ref="r9"), person, "zh-Hans", [EMERGENCY])

    assert replies[0].text == "119"
    assert replies[0].buttons[-1].payload == "t:human_handoff:emergency"
    assert [one.text for one in (await desk.desk.sight.view(1, desk.officer)).messages if one.side == "person"] == [
        "着火了"
    ]


async def test_an_emergency_goes_to_the_duty_director_on_every_channel_and_says_when_there_is_none(
    sqlite_desk: TestDesk,
) -> None:
    desk = sqlite_desk
    chat = await desk.link(desk.officer, 9001)

    replies = await take(desk, said(payload="t:human_handoff:emergency", kind="button"), await desk.person())

    assert replies is not None
    assert "值班表上现在没有值班主任" in replies[0].text
    assert "紧急：请马上接手" in (await desk.told(chat))[0]


async def test_a_person_is_offered_after_two_misses_and_never_forced(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()

    first = await desk.chat.add(said("天气"), person, "zh-Hans", [NO_HELP])
    second = await desk.chat.add(said("股票"), person, "zh-Hans", [NO_HELP])
    third = await desk.chat.add(said("足球"), person, "zh-Hans", [NO_HELP])
    helped = await desk.chat.add(said("几天申报"), person, "zh-Hans", [ANSWER])
    fourth = await desk.chat.add(said("足球"), person, "zh-Hans", [NO_HELP])

    assert [len(replies) for replies in (first, second, third, helped, fourth)] == [1, 2, 1, 1, 1]
    assert second[1].buttons[0].payload == "t:human_handoff:doubt"
    assert await desk.service.current(person) is None


async def test_a_person_is_offered_at_once_under_a_dispute(sqlite_desk: TestDesk) -> None:
    dispute = Reply(text="复议", kind="answer", entry="review-how", topic="complaint_contact")

    replies = await sqlite_desk.chat.add(said("怎么复议"), await sqlite_desk.person(), "zh-Hans", [dispute])

    assert replies[0].buttons[-1].payload == "t:human_handoff:topic"


async def test_an_officer_works_from_the_own_chat_by_button_reply_and_word(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    chat = await desk.link(desk.officer, 9001)
    await desk.case(person)
    await desk.service.hear(person, "查验要多久", "r1", "zh-Hans")

    card = await take(desk, said(payload="hs:take:1", kind="button", person=9001), chat)
    sent = await take(
        desk, said("请稍等", replied_to="#H1 来人（简体中文）：\n查验要多久", ref="s1", person=9001), chat
    )
    twice = await take(desk, said("请稍等", replied_to="#H1 来人", ref="s1", person=9001), chat)
    named = await take(desk, said("#H1 e:import-declaration-deadline", ref="s2", person=9001), chat)
    passed = await take(desk, said("#h1 转 边检（出入境） 请看证件", person=9001), chat)
    back = await take(desk, said("#H1 退回 先不转", person=9001), chat)
    own = await take(desk, said("工作台", person=9001), chat)
    question = await take(desk, said("滞报金怎么算", person=9001), chat)
    closed = await take(desk, said("结束", replied_to="✓ #H1 已记下", person=9001), chat)

    texts = [replies[0].text for replies in (card, sent, twice, named, passed, back, own, closed) if replies]
    assert "查验要多久" in texts[0]
    assert texts[1] == texts[2] == texts[3] == "✓ #H1 已记下并送出。"
    assert "提请边检（出入境）接收" in texts[4]
    assert "已退回" in texts[5]
    assert "#H1 (海关)" in texts[6]
    assert texts[7] == "#H1 已结束。"
    assert question is None
    assert await desk.state(1) == "closed"
    said_by_staff = [one for one in (await desk.desk.sight.view(1, desk.admin)).messages if one.side == "staff"]
    assert next((one.text[:3], one.entry) for one in said_by_staff) == ("请稍等", None)
    assert said_by_staff[1].entry == "import-declaration-deadline"
    assert len(said_by_staff) == 2


async def test_the_words_of_staff_are_nobodys_but_staffs(sqlite_desk: TestDesk) -> None:
    desk, person = sqlite_desk, await sqlite_desk.person()
    border = await desk.link(desk.border, 9002)
    await desk.case(await desk.person(2))

    stranger = await take(desk, said("#H1 我来答复"), person)
    other_team = await take(desk, said(payload="hs:take:1", kind="button", person=9002), border)

    assert stranger is None
    assert other_team is not None
    assert "不归您办" in other_team[0].text
