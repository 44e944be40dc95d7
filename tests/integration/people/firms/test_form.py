"""Inviting by the form: what is sent, and what must not pass for a right without limit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.desks.firms.form import invite_form
from bot.desks.firms.words import load_firm_words
from bot.forms.form import Asking, Filled, FormRefusedError
from bot.people.firms.links import JoinLinks
from bot.people.firms.model import Right
from bot.people.model import Person
from tests.integration.people.firms.house import DECLARATION, House

ZONE = ZoneInfo("Asia/Shanghai")


async def send(house: House, person: Person, **values: str | None) -> str:
    form = invite_form(house.firms, JoinLinks("kouan_bot", None), load_firm_words(ZONE))
    async with house.store.write() as connection:
        replies = await form.submit(Filled(connection, person, values, "en", house.clock(), ZONE, "d" * 32))
    return replies[0].text


async def test_the_form_s_code_gives_the_rights_that_were_chosen(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)

    text = await send(house, lin, firm=firm.id, label="He", role="shipments", declarations=DECLARATION)
    joined = await house.firms.join(he, text.partition("start=join_")[2][:11])

    assert joined.member.grants == {Right.SHIPMENTS: frozenset({DECLARATION})}


async def test_who_may_not_invite_is_refused_by_the_form(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)

    with pytest.raises(FormRefusedError):
        await send(house, he, firm=firm.id, label="x", role="all", declarations=None)


@pytest.mark.parametrize(("given", "faults"), [("abc", 1), (DECLARATION, 0), (f"{DECLARATION}， {DECLARATION}", 0)])
async def test_what_is_no_number_is_no_limit_left_out(house: House, given: str, faults: int) -> None:
    lin = await house.person("1")
    form = invite_form(house.firms, JoinLinks(None, None), load_firm_words(ZONE))
    check = next(field.check for field in form.fields if field.name == "declarations")
    async with house.store.read() as connection:
        assert check is not None
        assert len(await check(given, Asking(connection, lin, {}, "en", house.clock(), ZONE))) == faults
