"""Following a declaration needs a binding code; nobody else sees the status."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.channels.model import Reply
from bot.clearance.model import Stage
from bot.errors import (
    BindingRefusedError,
    NotEntitledError,
    NotFoundError,
    SessionNotPrivateError,
    TooManyAttemptsError,
)
from bot.people.model import Scope, conversation_key
from bot.store.schema import audit, binding_codes, follows, outbox
from tests.events import CREDIT_CODE, DECLARATION_NO, OTHER_CREDIT_CODE, OTHER_DECLARATION_NO, cloud_event
from tests.integration.clearance.conftest import Port


async def met(port: Port, address: str = "42") -> str:
    """The conversation key of somebody on a private chat."""
    return (await port.people.meet("telegram", address, private=True, language="en")).address_id


async def code_for(port: Port, declaration_no: str = DECLARATION_NO) -> str:
    return await port.service.make_binding_code(declaration_no, actor="staff:test")


async def wrong_code(port: Port, key: str, declaration_no: str = DECLARATION_NO) -> None:
    with pytest.raises(BindingRefusedError):
        await port.service.follow(key, declaration_no, "AAAAA-AAAAA")


async def test_a_code_opens_the_declaration_and_its_status(port: Port) -> None:
    await port.report(cloud_event(stage=Stage.RELEASED))
    key = await met(port)

    assert await port.service.follow(key, DECLARATION_NO, await code_for(port))

    assert (await port.service.status_for_person(key, DECLARATION_NO)).stage is Stage.RELEASED


async def test_a_code_is_read_as_people_write_it(sqlite_port: Port) -> None:
    code = await code_for(sqlite_port)

    assert await sqlite_port.service.follow(
        await met(sqlite_port), DECLARATION_NO, f" {code.lower().replace('-', ' ')} "
    )


async def test_to_follow_again_uses_nothing_up(port: Port) -> None:
    key, code = await met(port), await code_for(port)
    await port.service.follow(key, DECLARATION_NO, code)

    assert not await port.service.follow(key, DECLARATION_NO, code)

    async with port.store.read() as connection:
        assert await connection.scalar(select(binding_codes.c.uses_left)) == 4


async def test_a_wrong_code_is_refused(port: Port) -> None:
    await code_for(port)
    key = await met(port)

    await wrong_code(port, key)

    assert await port.count(follows) == 0


async def test_an_expired_code_is_refused(sqlite_port: Port) -> None:
    code = await code_for(sqlite_port)
    sqlite_port.clock.turn(timedelta(days=14))

    with pytest.raises(BindingRefusedError):
        await sqlite_port.service.follow(await met(sqlite_port), DECLARATION_NO, code)


async def test_a_code_serves_five_persons_and_no_sixth(port: Port) -> None:
    code = await code_for(port)
    keys = [await met(port, str(number)) for number in range(6)]

    answers = await asyncio.gather(
        *(port.service.follow(key, DECLARATION_NO, code) for key in keys), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["BindingRefusedError", *["bool"] * 5]
    assert await port.count(follows) == 5


async def test_a_code_opens_no_other_declaration(sqlite_port: Port) -> None:
    code = await code_for(sqlite_port)
    await code_for(sqlite_port, OTHER_DECLARATION_NO)

    with pytest.raises(BindingRefusedError):
        await sqlite_port.service.follow(await met(sqlite_port), OTHER_DECLARATION_NO, code)


async def test_an_unknown_declaration_is_refused_in_the_same_words(sqlite_port: Port) -> None:
    await code_for(sqlite_port)
    key = await met(sqlite_port)

    with pytest.raises(BindingRefusedError) as known:
        await sqlite_port.service.follow(key, DECLARATION_NO, "AAAAA-AAAAA")
    with pytest.raises(BindingRefusedError) as unknown:
        await sqlite_port.service.follow(key, OTHER_DECLARATION_NO, "AAAAA-AAAAA")

    assert str(known.value) == str(unknown.value)


async def test_the_sixth_wrong_code_of_a_person_is_not_looked_at(port: Port) -> None:
    key = await met(port)
    await asyncio.gather(*(wrong_code(port, key, f"53162026100000{number:04d}") for number in range(5)))

    with pytest.raises(TooManyAttemptsError) as refused:
        await port.service.follow(key, DECLARATION_NO, await code_for(port))

    assert refused.value.retry_after_s == 3600


async def test_the_sixth_wrong_code_for_a_declaration_is_not_looked_at(port: Port) -> None:
    await asyncio.gather(*[wrong_code(port, await met(port, str(number))) for number in range(5)])

    with pytest.raises(TooManyAttemptsError):
        await port.service.follow(await met(port, "99"), DECLARATION_NO, await code_for(port))


async def test_tries_at_the_same_moment_do_not_slip_past_the_limit(port: Port) -> None:
    key = await met(port)

    answers = await asyncio.gather(
        *(port.service.follow(key, DECLARATION_NO, f"AAAAA-{number:05d}") for number in range(12)),
        return_exceptions=True,
    )

    assert [type(answer).__name__ for answer in answers].count("BindingRefusedError") == 5


async def test_an_hour_later_codes_are_looked_at_again(sqlite_port: Port) -> None:
    key, code = await met(sqlite_port), await code_for(sqlite_port)
    await asyncio.gather(*(wrong_code(sqlite_port, key) for _ in range(5)))
    sqlite_port.clock.turn(timedelta(hours=1, seconds=1))

    assert await sqlite_port.service.follow(key, DECLARATION_NO, code)


async def test_a_conversation_that_others_can_enter_follows_nothing(sqlite_port: Port) -> None:
    await sqlite_port.people.meet("web", "my-phone-1", private=False, language="en")
    code = await code_for(sqlite_port)

    with pytest.raises(SessionNotPrivateError):
        await sqlite_port.service.follow(conversation_key("web", "my-phone-1"), DECLARATION_NO, code)


async def test_a_conversation_that_is_not_kept_follows_nothing(sqlite_port: Port) -> None:
    with pytest.raises(SessionNotPrivateError):
        await sqlite_port.service.follow("0" * 32, DECLARATION_NO, await code_for(sqlite_port))


async def test_somebody_else_does_not_see_the_status(sqlite_port: Port) -> None:
    await sqlite_port.report(cloud_event())
    await sqlite_port.service.follow(await met(sqlite_port, "1"), DECLARATION_NO, await code_for(sqlite_port))

    with pytest.raises(NotEntitledError):
        await sqlite_port.service.status_for_person(await met(sqlite_port, "2"), DECLARATION_NO)


async def test_an_unknown_declaration_is_refused_to_a_person_as_a_foreign_one(sqlite_port: Port) -> None:
    await sqlite_port.report(cloud_event())
    key = await met(sqlite_port)

    with pytest.raises(NotEntitledError) as foreign:
        await sqlite_port.service.status_for_person(key, DECLARATION_NO)
    with pytest.raises(NotEntitledError) as unknown:
        await sqlite_port.service.status_for_person(key, OTHER_DECLARATION_NO)

    assert str(foreign.value) == str(unknown.value)


async def test_who_stops_following_sees_the_status_no_more(sqlite_port: Port) -> None:
    key = await met(sqlite_port)
    await sqlite_port.service.follow(key, DECLARATION_NO, await code_for(sqlite_port))

    await sqlite_port.people.stop_all(key)

    with pytest.raises(NotEntitledError):
        await sqlite_port.service.status_for_person(key, DECLARATION_NO)


async def test_a_declaration_without_reports_says_so(sqlite_port: Port) -> None:
    key = await met(sqlite_port)
    await sqlite_port.service.follow(key, DECLARATION_NO, await code_for(sqlite_port))

    reply: Reply = sqlite_port.service.texts.status(
        await sqlite_port.service.status_for_person(key, DECLARATION_NO), "en"
    )

    assert "reported nothing yet" in reply.text


async def test_staff_who_look_leave_a_trace(sqlite_port: Port) -> None:
    await sqlite_port.report(cloud_event())
    before = await sqlite_port.count(audit)

    await sqlite_port.service.status_for_staff(DECLARATION_NO, actor="staff:test")

    assert await sqlite_port.count(audit) == before + 1


async def test_staff_learn_that_a_declaration_is_unknown(sqlite_port: Port) -> None:
    with pytest.raises(NotFoundError):
        await sqlite_port.service.status_for_staff(DECLARATION_NO, actor="staff:test")


async def test_no_declaration_number_or_code_stands_in_the_trail(sqlite_port: Port) -> None:
    code = await code_for(sqlite_port)
    await sqlite_port.service.follow(await met(sqlite_port), DECLARATION_NO, code)

    async with sqlite_port.store.read() as connection:
        trail = str((await connection.execute(select(audit))).all())

    assert "binding.use" in trail
    assert DECLARATION_NO not in trail
    assert code not in trail


async def enterprise_key(port: Port, credit_code: str) -> dict[str, str]:
    token = await port.keys.add(f"firm {credit_code}", Scope.CLEARANCE, actor="system:test", credit_code=credit_code)
    return {"authorization": f"Bearer {token}"}


async def two_firms(port: Port) -> None:
    await port.report(cloud_event("e1", credit_code=CREDIT_CODE))
    await port.report(cloud_event("e2", declaration_no=OTHER_DECLARATION_NO, credit_code=OTHER_CREDIT_CODE))


async def test_a_firm_reads_its_own_declaration_with_the_history(port: Port) -> None:
    await two_firms(port)
    await port.report(cloud_event("e3", Stage.STORED, minute=3, note="2 documents missing"))

    answer = await port.http.get(f"/v1/clearance/{DECLARATION_NO}", headers=await enterprise_key(port, CREDIT_CODE))

    assert (answer.status_code, answer.json()["stage"]) == (200, "stored")
    assert [change["stage"] for change in answer.json()["history"]] == ["submitted", "stored"]
    assert answer.json()["history"][1]["note"] == "2 documents missing"


async def test_another_firms_declaration_and_an_unknown_one_are_refused_alike(sqlite_port: Port) -> None:
    await two_firms(sqlite_port)
    headers = await enterprise_key(sqlite_port, CREDIT_CODE)

    foreign = await sqlite_port.http.get(f"/v1/clearance/{OTHER_DECLARATION_NO}", headers=headers)
    unknown = await sqlite_port.http.get(f"/v1/clearance/{'7' * 18}", headers=headers)

    assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:kouan:problem:not-entitled")
    assert foreign.json() == unknown.json()


async def test_a_firm_makes_codes_for_its_own_declarations_only(sqlite_port: Port) -> None:
    await two_firms(sqlite_port)
    headers = await enterprise_key(sqlite_port, CREDIT_CODE)

    own = await sqlite_port.http.post(f"/v1/clearance/{DECLARATION_NO}/binding-codes", headers=headers)
    foreign = await sqlite_port.http.post(f"/v1/clearance/{OTHER_DECLARATION_NO}/binding-codes", headers=headers)

    assert await sqlite_port.service.follow(await met(sqlite_port), DECLARATION_NO, own.json()["code"])
    assert (own.status_code, foreign.status_code) == (201, 403)


async def test_an_event_does_not_take_a_declaration_from_its_owner(sqlite_port: Port) -> None:
    await two_firms(sqlite_port)
    headers = await enterprise_key(sqlite_port, CREDIT_CODE)

    await sqlite_port.report(cloud_event("e9", Stage.STORED, minute=5, credit_code=OTHER_CREDIT_CODE))

    assert (await sqlite_port.http.get(f"/v1/clearance/{DECLARATION_NO}", headers=headers)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer kk_0_0", "Bearer whsec_AAAA"])
async def test_without_a_valid_key_nothing_is_read(sqlite_port: Port, header: str) -> None:
    answer: httpx.Response = await sqlite_port.http.get(
        f"/v1/clearance/{DECLARATION_NO}", headers={"authorization": header}
    )

    assert answer.status_code == 401


async def test_a_key_of_another_scope_reads_nothing(sqlite_port: Port) -> None:
    token = await sqlite_port.keys.add("notices", Scope.NOTICES, actor="system:test")

    answer = await sqlite_port.http.get(f"/v1/clearance/{DECLARATION_NO}", headers={"authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:kouan:problem:not-permitted")


@pytest.mark.parametrize("number", ["1" * 17, "1" * 19, "１" * 18, "events"])
async def test_a_malformed_number_is_named(sqlite_port: Port, number: str) -> None:
    await two_firms(sqlite_port)
    headers = await enterprise_key(sqlite_port, CREDIT_CODE)

    answer = await sqlite_port.http.get(f"/v1/clearance/{number}", headers=headers)

    assert (answer.status_code, answer.json()["faults"][0]["where"]) == (422, "path.declaration_no")


async def test_followers_alone_are_the_audience_of_a_change(sqlite_port: Port) -> None:
    await sqlite_port.follower()
    await sqlite_port.report(cloud_event())

    async with sqlite_port.store.read() as connection:
        row = (await connection.execute(select(outbox))).one()

    assert (row.audience_kind, row.audience_target, row.lane) == ("declaration", DECLARATION_NO, "transactional")
