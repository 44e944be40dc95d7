"""Joining, rights, leaving: who may act for a firm, and who no more."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import (
    ConflictError,
    InvalidInputError,
    InvitationRefusedError,
    NotPermittedError,
    TooManyAttemptsError,
)
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of, require
from tests.integration.people.firms.house import ALL_WORK, DECLARATION, House, credit_code


async def may(house: House, person_id: str, firm_id: str, right: Right, declaration_no: str | None = None) -> bool:
    async with house.store.read() as connection:
        try:
            await require(connection, person_id, firm_id, right, house.clock(), declaration_no)
        except NotPermittedError:
            return False
    return True


async def test_the_first_admin_joins_with_a_code_of_staffs_and_has_every_right(house: House) -> None:
    lin = await house.person("1")
    firm = await house.firm(1, lin)

    assert all([await may(house, lin.id, firm.id, right) for right in Right])
    assert (await house.own(lin, firm)).admin


async def test_a_code_opens_the_firm_once(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    code = await house.claims.first_admin_code(credit_code(1), "Firm", "lin", by=house.approver)
    await house.firms.join(lin, (code.code or "").lower().replace("-", " "))

    with pytest.raises(InvitationRefusedError):
        await house.firms.join(he, code.code or "")
    assert await house.firms.memberships(he) == []


async def test_a_code_ends(house: House) -> None:
    lin = await house.person("1")
    code = await house.claims.first_admin_code(credit_code(1), "Firm", "lin", by=house.approver)
    house.clock.now += timedelta(days=4)

    with pytest.raises(InvitationRefusedError):
        await house.firms.join(lin, code.code or "")


async def test_five_wrong_codes_in_an_hour_are_enough_also_for_a_right_one(house: House) -> None:
    lin = await house.person("1")
    code = await house.claims.first_admin_code(credit_code(1), "Firm", "lin", by=house.approver)
    for wrong in "23456":
        with pytest.raises(InvitationRefusedError):
            await house.firms.join(lin, wrong * 10)

    with pytest.raises(TooManyAttemptsError):
        await house.firms.join(lin, code.code or "")
    house.clock.now += timedelta(hours=1, seconds=1)
    await house.firms.join(lin, code.code or "")


async def test_a_firm_with_an_admin_gets_no_other_first_admin(house: House) -> None:
    await house.firm(1, await house.person("1"))

    with pytest.raises(ConflictError):
        await house.claims.first_admin_code(credit_code(1), "Firm", "he", by=house.approver)


async def test_all_that_is_wrong_with_a_claim_is_said_at_once(house: House) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await house.claims.first_admin_code("91440300MA5000001X", "", "", by=house.approver)

    assert [fault.where for fault in refused.value.faults] == ["credit_code", "label", "name"]


async def test_a_delegate_has_the_rights_of_the_invitation_and_no_other(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    await house.member(lin, firm, he, {Right.BOOKING: None, Right.SHIPMENTS: frozenset({DECLARATION})})

    assert await may(house, he.id, firm.id, Right.BOOKING)
    assert not await may(house, he.id, firm.id, Right.LABELS)
    assert await may(house, he.id, firm.id, Right.SHIPMENTS, DECLARATION)
    assert not await may(house, he.id, firm.id, Right.SHIPMENTS, "531620260000000002")
    assert not await may(house, he.id, firm.id, Right.SHIPMENTS)


async def test_nobody_gives_what_they_do_not_have(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    await house.member(lin, firm, he, {Right.BOOKING: None, Right.MEMBERS: None})

    with pytest.raises(NotPermittedError):
        await house.firms.invite(he, firm.id, "x", {Right.LABELS: None})
    with pytest.raises(NotPermittedError):
        await house.firms.invite(he, firm.id, "x", {}, admin=True)
    await house.firms.invite(he, firm.id, "x", {Right.BOOKING: None})


async def test_who_does_not_manage_members_sees_none(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    await house.member(lin, firm, he, ALL_WORK)

    with pytest.raises(NotPermittedError):
        await house.firms.members(he, firm.id)


async def test_the_last_admin_cannot_go(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    await house.member(lin, firm, he, ALL_WORK)
    own = await house.own(lin, firm)

    with pytest.raises(ConflictError, match="last admin"):
        await house.firms.leave(lin, firm.id)
    with pytest.raises(ConflictError, match="last admin"):
        await house.firms.take_out(lin, firm.id, own.id)
    with pytest.raises(ConflictError, match="last admin"):
        await house.firms.change_rights(lin, firm.id, own.id, ALL_WORK)


async def test_an_admin_goes_once_another_one_stands(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    delegate = await house.member(lin, firm, he, ALL_WORK)
    await house.firms.change_rights(lin, firm.id, delegate.member.id, {}, admin=True)

    await house.firms.leave(lin, firm.id)

    assert not await may(house, lin.id, firm.id, Right.SHIPMENTS)
    assert (await house.own(he, firm)).admin


async def test_of_two_admins_who_leave_at_once_one_stays(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    invited = await house.firms.invite(lin, firm.id, "he", {}, admin=True)
    await house.firms.join(he, invited.code or "")

    results = await asyncio.gather(
        house.firms.leave(lin, firm.id), house.firms.leave(he, firm.id), return_exceptions=True
    )

    assert [type(result) for result in results if result is not None] == [ConflictError]


async def test_of_two_who_take_the_same_code_at_once_one_joins(house: House) -> None:
    lin = await house.person("1")
    firm = await house.firm(1, lin)
    invited = await house.firms.invite(lin, firm.id, "he", ALL_WORK)
    others = [await house.person(str(number)) for number in range(2, 6)]

    results = await asyncio.gather(
        *(house.firms.join(other, invited.code or "") for other in others), return_exceptions=True
    )

    assert len([result for result in results if not isinstance(result, BaseException)]) == 1
    assert {type(result) for result in results if isinstance(result, BaseException)} == {InvitationRefusedError}


async def test_who_is_taken_out_may_nothing_and_is_told(house: House) -> None:
    lin, he = await house.person("1"), await house.person("2")
    firm = await house.firm(1, lin)
    delegate = await house.member(lin, firm, he, ALL_WORK)

    await house.firms.take_out(lin, firm.id, delegate.member.id, "left the company")

    async with house.store.read() as connection:
        assert await firms_of(connection, he.id, Right.SHIPMENTS, house.clock()) == ()
    assert [news.what for news in house.news.told if he.id in news.to] == ["removed"]
