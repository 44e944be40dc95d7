"""Events of a port's system: what is accepted, once, and what is refused, whole."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.clearance.model import Stage
from bot.people.model import Scope
from bot.store.schema import clearance_events, declarations, enterprises, outbox
from tests.events import (
    CREDIT_CODE,
    DECLARATION_NO,
    OTHER_CREDIT_CODE,
    OTHER_DECLARATION_NO,
    cloud_event,
    encoded,
    signed,
)
from tests.integration.clearance.conftest import BODY_MAX_BYTES, Port


async def status(port: Port, declaration_no: str = DECLARATION_NO) -> Any:
    async with port.store.read() as connection:
        return await connection.scalar(
            select(declarations.c.stage).where(declarations.c.declaration_no == declaration_no)
        )


async def assert_nothing_stored(port: Port) -> None:
    tables = (clearance_events, declarations, enterprises, outbox)
    assert [await port.count(table) for table in tables] == [0, 0, 0, 0]


def places(answer: httpx.Response) -> set[str]:
    return {fault["where"] for fault in answer.json()["faults"]}


async def test_an_event_is_accepted_and_gives_the_status(port: Port) -> None:
    answer = await port.report(cloud_event(stage=Stage.RELEASED))

    assert answer.status_code == 202
    assert answer.json() == [{"id": "e1", "result": "accepted", "faults": []}]
    assert await status(port) == "released"


async def test_the_same_event_again_changes_nothing(port: Port) -> None:
    await port.follower()
    await port.report(cloud_event())

    answer = await port.report(cloud_event())

    assert (answer.status_code, answer.json()[0]["result"]) == (202, "duplicate")
    assert await port.count(clearance_events) == 1
    assert await port.count(outbox) == 1


async def test_an_id_twice_in_a_batch_counts_once(port: Port) -> None:
    answer = await port.report([cloud_event(), cloud_event(), cloud_event("e2", Stage.STORED, minute=1)])

    assert [result["result"] for result in answer.json()] == ["accepted", "duplicate", "accepted"]


async def test_the_same_event_twice_at_the_same_moment_counts_once(port: Port) -> None:
    await port.follower()
    answers = await asyncio.gather(*(port.report(cloud_event()) for _ in range(6)))

    results = sorted(answer.json()[0]["result"] for answer in answers)
    assert results == ["accepted", *["duplicate"] * 5]
    assert await port.count(outbox) == 1


async def test_a_repeated_id_with_other_contents_leaves_no_trace(port: Port) -> None:
    await port.report(cloud_event())

    answer = await port.report(cloud_event(declaration_no=OTHER_DECLARATION_NO, credit_code=CREDIT_CODE))

    assert answer.json()[0]["result"] == "duplicate"
    assert await port.count(declarations) == 1
    assert await port.count(enterprises) == 0


async def test_two_batches_in_opposite_order_do_not_block_each_other(port: Port) -> None:
    numbers = [f"53162026100000{number:04d}" for number in range(40)]
    codes = itertools.cycle([CREDIT_CODE, OTHER_CREDIT_CODE])
    first = [
        cloud_event(f"a{no}", declaration_no=no, credit_code=code) for no, code in zip(numbers, codes, strict=False)
    ]
    second = [event | {"id": f"b{event['id']}"} for event in reversed(first)]

    answers = await asyncio.gather(port.report(first), port.report(second))

    assert [answer.status_code for answer in answers] == [202, 202]
    assert await port.count(clearance_events) == 80


async def test_events_of_another_source_may_carry_the_same_id(sqlite_port: Port) -> None:
    answer = await sqlite_port.report([cloud_event(), cloud_event(source="urn:test:other")])

    assert [result["result"] for result in answer.json()] == ["accepted", "accepted"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_any_order_of_arrival_gives_one_status(sqlite_port: Port, order: tuple[int, ...]) -> None:
    events = [
        cloud_event("e1", Stage.REVIEWED, minute=1),
        cloud_event("e2", Stage.CLOSED, minute=2),
        cloud_event("e3", Stage.RELEASED, minute=2),
    ]

    await sqlite_port.report([events[place] for place in order])

    assert await status(sqlite_port) == "closed"


async def test_returned_and_submitted_again_is_submitted(sqlite_port: Port) -> None:
    await sqlite_port.report(
        [
            cloud_event("e3", Stage.SUBMITTED, minute=3),
            cloud_event("e1", Stage.REVIEWED, minute=1),
            cloud_event("e2", Stage.RETURNED, minute=2),
        ]
    )

    assert await status(sqlite_port) == "submitted"


async def test_what_nobody_follows_is_kept_and_told_to_nobody(sqlite_port: Port) -> None:
    await sqlite_port.report(cloud_event())

    assert await sqlite_port.count(clearance_events) == 1
    assert await sqlite_port.count(outbox) == 0


async def test_a_batch_tells_each_status_that_came_to_hold_within_it(sqlite_port: Port) -> None:
    await sqlite_port.follower()

    await sqlite_port.report([cloud_event("e1", Stage.SUBMITTED), cloud_event("e2", Stage.RELEASED, minute=9)])

    assert await sqlite_port.count(outbox) == 2


async def test_many_at_once_are_each_answered_for_themselves(port: Port) -> None:
    events = [cloud_event(f"e{number}", declaration_no=f"53162026100000{number:04d}") for number in range(60)]

    answers = await asyncio.gather(*(port.report(event) for event in events))

    assert [answer.json()[0]["id"] for answer in answers] == [event["id"] for event in events]
    assert {answer.json()[0]["result"] for answer in answers} == {"accepted"}
    assert await port.count(clearance_events) == 60


async def test_followers_are_told_once_of_each_status_that_comes_to_hold(port: Port) -> None:
    await port.follower()
    await port.report(cloud_event("e1", Stage.SUBMITTED, minute=0))
    await port.report(cloud_event("e2", Stage.RELEASED, minute=9))
    await port.report(cloud_event("e3", Stage.STORED, minute=5))
    await port.report(cloud_event("e4", Stage.RELEASED, minute=9))

    async with port.store.read() as connection:
        payloads = list(await connection.scalars(select(outbox.c.payload).order_by(outbox.c.id)))
    assert len(payloads) == 2
    assert "released" in payloads[1]["en"]["text"]


async def test_a_batch_is_judged_event_by_event(port: Port) -> None:
    answer = await port.report([cloud_event("good"), cloud_event("bad", "teleported")])

    assert answer.status_code == 202
    assert [result["result"] for result in answer.json()] == ["accepted", "rejected"]
    assert answer.json()[1]["faults"][0]["where"] == "body[1].data.stage"
    assert await port.count(clearance_events) == 1


async def test_a_batch_that_fails_half_way_leaves_nothing(sqlite_port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    await sqlite_port.follower()
    texts = sqlite_port.service.texts
    whole = texts.change

    def breaks_at_release(no: str, change: Any, language: Any) -> Any:
        assert change.stage is not Stage.RELEASED
        return whole(no, change, language)

    monkeypatch.setattr(texts, "change", breaks_at_release)
    answer = await sqlite_port.report([cloud_event("e1"), cloud_event("e2", Stage.RELEASED, minute=1)])

    assert answer.status_code == 500
    await assert_nothing_stored(sqlite_port)


BAD_EVENTS = {
    "unknown stage": (cloud_event(stage="teleported"), "body.data.stage"),
    "unknown type": (cloud_event(type="org.kouan.other.v1"), "body.type"),
    "unknown field": (cloud_event() | {"data": cloud_event()["data"] | {"colour": "red"}}, "body.data.colour"),
    "short number": (cloud_event(declaration_no="1" * 17), "body.data.declaration_no"),
    "long number": (cloud_event(declaration_no="1" * 19), "body.data.declaration_no"),
    "letters in the number": (cloud_event(declaration_no="1" * 17 + "A"), "body.data.declaration_no"),
    "full-width number": (cloud_event(declaration_no="１" * 18), "body.data.declaration_no"),
    "wrong credit code": (cloud_event(credit_code="91350100M000100Y44"), "body.data.enterprise.credit_code"),
    "wrong version": (cloud_event(specversion="0.3"), "body.specversion"),
    "no zone": (cloud_event(time="2026-11-20T01:00:00"), "body.time"),
    "number as time": (cloud_event(time=1_700_000_000), "body.time"),
    "time ahead": (cloud_event(time="2099-01-01T00:00:00Z"), "body.time"),
    "time before time": (cloud_event(time="0001-01-01T00:00:00+14:00"), "body.time"),
    "empty id": (cloud_event(""), "body.id"),
    "NUL in the id": (cloud_event("a\x00b"), "body.id"),
    "NUL in the source": (cloud_event(source="a\x00b"), "body.source"),
    "NUL in the note": (cloud_event(note="a\x00b"), "body.data.note"),
    "long note": (cloud_event(note="x" * 501), "body.data.note"),
    "no object": ("text", "body"),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
async def test_a_bad_event_is_named_and_not_stored(sqlite_port: Port, name: str) -> None:
    document, where = BAD_EVENTS[name]

    answer = await sqlite_port.report(document)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:kouan:problem:invalid-input")
    assert where in places(answer)
    await assert_nothing_stored(sqlite_port)


async def test_every_fault_is_named_at_once(sqlite_port: Port) -> None:
    answer = await sqlite_port.report(cloud_event("", "teleported", declaration_no="7", type="x"))

    assert places(answer) == {"body.id", "body.data.stage", "body.data.declaration_no", "body.type"}


async def test_a_refusal_does_not_repeat_what_was_sent(sqlite_port: Port) -> None:
    answer = await sqlite_port.report(cloud_event(declaration_no="4242424242", stage="teleported"))

    assert "4242424242" not in answer.text
    assert "teleported" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"7", b"[]", b'{"id": "\\ud800"}', b"[" * 5000])
async def test_a_body_that_is_no_event_is_refused(sqlite_port: Port, body: bytes) -> None:
    answer = await sqlite_port.report(body)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:kouan:problem:invalid-input")


async def test_a_batch_of_more_than_a_thousand_is_refused(sqlite_port: Port) -> None:
    answer = await sqlite_port.report([cloud_event(f"e{number}") for number in range(1001)])

    assert answer.status_code == 422
    await assert_nothing_stored(sqlite_port)


async def test_a_body_of_ten_megabytes_is_refused(sqlite_port: Port) -> None:
    answer = await sqlite_port.report(b"[" + b" " * 10_000_000 + b"]")

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:kouan:problem:payload-too-large")
    assert answer.json()["limit_bytes"] == BODY_MAX_BYTES


async def test_ten_megabytes_without_a_length_are_refused_before_they_are_all_read(sqlite_port: Port) -> None:
    sent: list[int] = []

    async def chunks() -> Any:
        for number in range(100):
            sent.append(number)
            yield b" " * 100_000

    answer = await sqlite_port.http.post("/v1/clearance/events", content=chunks(), headers={"webhook-id": "m"})

    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, BODY_MAX_BYTES)
    assert len(sent) <= 12


REFUSED = {
    "wrong signature": {"webhook_signature": "v1,AAAA"},
    "other scheme": {"webhook_signature": "v2,AAAA"},
    "empty signature": {"webhook_signature": ""},
    "other id": {"webhook_id": "m2"},
    "no id": {"webhook_id": ""},
    "no timestamp": {"webhook_timestamp": ""},
    "words as timestamp": {"webhook_timestamp": "yesterday"},
    "endless timestamp": {"webhook_timestamp": "9" * 400},
    "very endless timestamp": {"webhook_timestamp": "9" * 5000},
    "negative timestamp": {"webhook_timestamp": "-1"},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_wrong_signature_header_is_refused(sqlite_port: Port, name: str) -> None:
    answer = await sqlite_port.report(cloud_event(), **REFUSED[name])

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:kouan:problem:not-authenticated")
    assert answer.headers["www-authenticate"]
    await assert_nothing_stored(sqlite_port)


async def test_missing_headers_are_all_named(sqlite_port: Port) -> None:
    answer = await sqlite_port.http.post("/v1/clearance/events", content=b"{}")

    assert answer.status_code == 401
    assert "webhook-id, webhook-timestamp, webhook-signature" in answer.json()["detail"]


@pytest.mark.parametrize("age_s", [301, -301])
async def test_an_old_or_future_timestamp_is_refused(sqlite_port: Port, age_s: int) -> None:
    body = encoded(cloud_event())
    sent_at = sqlite_port.clock.now - timedelta(seconds=age_s)
    answer = await sqlite_port.http.post(
        "/v1/clearance/events", content=body, headers=signed(body, sqlite_port.secret, sent_at)
    )

    assert answer.status_code == 401
    assert "300 s" in answer.json()["detail"]


async def test_a_changed_body_is_refused(sqlite_port: Port) -> None:
    headers = signed(encoded(cloud_event()), sqlite_port.secret, sqlite_port.clock.now)

    answer = await sqlite_port.http.post(
        "/v1/clearance/events", content=encoded(cloud_event(stage=Stage.RELEASED)), headers=headers
    )

    assert answer.status_code == 401


async def test_one_right_signature_among_several_is_enough(sqlite_port: Port) -> None:
    body = encoded(cloud_event())
    right = signed(body, sqlite_port.secret, sqlite_port.clock.now)["webhook-signature"]

    answer = await sqlite_port.report(body, webhook_signature=f"v1,AAAA {right}")

    assert answer.status_code == 202


async def test_a_revoked_key_signs_no_more(sqlite_port: Port) -> None:
    await sqlite_port.keys.revoke("port-1", actor="system:test")

    assert (await sqlite_port.report(cloud_event())).status_code == 401


async def test_another_key_signs_as_well(sqlite_port: Port) -> None:
    await sqlite_port.keys.add("port-2", Scope.EVENTS, actor="system:test")
    sqlite_port.clock.turn(timedelta(seconds=6))

    assert (await sqlite_port.report(cloud_event())).status_code == 202
