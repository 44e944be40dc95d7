"""Firms in the talk, in each language."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.channels.model import Incoming, Reply
from bot.desks.firms.chat import FirmsInChat
from bot.desks.firms.words import load_firm_words
from bot.people.model import Person
from tests.integration.people.firms.house import ALL_WORK, House


@pytest.fixture
def chat(house: House) -> FirmsInChat:
    return FirmsInChat(house.firms, house.mandates, load_firm_words(ZoneInfo("Asia/Shanghai")))


async def say(
    chat: FirmsInChat, person: Person, text: str | None = None, *, press: str | None = None, language: Any = "en"
) -> Reply:
    incoming = Incoming("telegram", "x", text=text, payload=press, private=True)
    return (await chat.take(incoming, person, language) or [])[0]


@pytest.mark.parametrize(
    ("before", "language", "wish", "said"),
    [
        ("加入企业 ", "zh-Hans", "我的企业", "预约"),
        ("加入企業：", "zh-Hant", "我的企業", "預約"),
        ("Join firm ", "en", "My firm", "booking"),
    ],
)
async def test_join_look_and_leave(
    house: House, chat: FirmsInChat, before: str, language: Any, wish: str, said: str
) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    invited = await house.firms.invite(lin, firm.id, "He", ALL_WORK)

    joined = await say(chat, he, f"{before}{invited.code}", language=language)
    mine = await say(chat, he, wish, language=language)
    asked = await say(chat, he, press=mine.buttons[-1].payload, language=language)
    await say(chat, he, press=asked.buttons[0].payload, language=language)

    assert "Firm 1" in joined.text
    assert said in mine.text
    assert await house.firms.memberships(he) == []


async def test_a_wrong_code_and_the_last_admin_are_told_the_way_forward(house: House, chat: FirmsInChat) -> None:
    lin = await house.person("1")
    firm = await house.firm(1, lin)

    wrong = await say(chat, lin, press="firm:join:22222-22222")
    last = await say(chat, lin, press=f"firm:leave_now:{firm.id}")

    assert wrong.kind == last.kind == "error"
    assert "Ask whoever gave it" in wrong.text
    assert "make another member an admin" in last.text


async def test_a_member_is_taken_out_by_buttons(house: House, chat: FirmsInChat) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    await house.member(lin, firm, he, ALL_WORK)

    listed = await say(chat, lin, press=f"firm:members:{firm.id}")
    asked = await say(chat, lin, press=listed.buttons[0].payload)
    await say(chat, lin, press=asked.buttons[0].payload)

    assert "delegate" in listed.text
    assert await house.firms.memberships(he) == []


async def test_a_mandate_is_taken_and_ended_by_buttons(house: House, chat: FirmsInChat) -> None:
    lin, broker = await house.person("1"), await house.person("2")
    client_firm, broker_firm = await house.firm(1, lin), await house.firm(2, broker)
    now = house.clock()
    await house.mandates.offer(lin, client_firm.id, broker_firm.credit_code, ALL_WORK, now, now.replace(year=2027))

    listed = await say(chat, broker, "mandates")
    taken = await say(chat, broker, press=listed.buttons[0].payload)
    ended = await say(chat, broker, press=listed.buttons[1].payload)

    assert "(to be taken)" in listed.text
    assert "(holds)" in taken.text
    assert "(ended at once)" in ended.text


async def test_other_words_are_left_to_the_dialogue(house: House, chat: FirmsInChat) -> None:
    lin = await house.person("1")

    assert await chat.take(Incoming("telegram", "1", text="企业怎么加入RCEP", private=True), lin, "zh-Hans") is None
