"""A person's shipments: who sees which, lists, search, numbers that bring declarations, pictures, lateness."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.model import Incoming, Language, Reply
from bot.clearance.details import NumberKind
from bot.clearance.lateness import Promise
from bot.clearance.list_store import ShipmentFilter
from bot.clearance.list_texts import ListTexts
from bot.clearance.model import Stage
from bot.clearance.picture import draw_png, draw_svg
from bot.clearance.shipments import ShipmentService
from bot.clearance.steps import steps_of
from bot.clearance.watching import LateWatch
from bot.conversation.shipments import ShipmentsInChat
from bot.delivery.outbox import Outbox
from bot.errors import BindingRefusedError, InvalidInputError, NotEntitledError, NotFoundError
from bot.people import store as people_store
from bot.people.firms import store as firm_store
from bot.people.firms.model import Right
from bot.people.model import FollowKind, Person
from bot.store.schema import enterprises, follows, outbox, shipment_lates, stage_usual
from tests.events import BEGAN_AT, CREDIT_CODE, DECLARATION_NO, OTHER_CREDIT_CODE, cloud_event, with_data
from tests.integration.clearance.conftest import Port

OTHER = "531620261000999999"
BOX = "CSQU3054383"


def shipments(port: Port) -> ShipmentService:
    return ShipmentService(port.store, port.clock, port.people, port.service)


async def person(port: Port, address: str = "77") -> Person:
    return await port.people.meet("telegram", address, private=True, language="en")


async def employ(port: Port, who: Person, code: str = CREDIT_CODE, *, only: frozenset[str] | None = None) -> str:
    """The person may see the firm's shipments. Returns the membership's id."""
    async with port.store.write() as connection:
        firm = await connection.scalar(select(enterprises.c.id).where(enterprises.c.credit_code == code))
        assert firm is not None
        return await firm_store.add_member(
            connection, firm, who.id, "Li", {Right.SHIPMENTS: only}, port.clock(), admin=False
        )


async def report(
    port: Port, number: str, stage: Stage, minute: int = 0, code: str | None = CREDIT_CODE, **data: object
) -> None:
    event = cloud_event(f"{number}-{stage}-{minute}", stage, minute=minute, declaration_no=number, credit_code=code)
    answer = await port.report(with_data(event, **data))
    assert answer.json()[0]["result"] == "accepted", answer.text


async def followed(port: Port, who: Person) -> set[tuple[str, str]]:
    async with port.store.read() as connection:
        rows = await connection.execute(select(follows.c.kind, follows.c.target).where(follows.c.person_id == who.id))
        return {(row.kind, row.target) for row in rows}


async def test_a_firms_person_lists_the_firms_and_nobody_elses(port: Port) -> None:
    await report(port, DECLARATION_NO, Stage.STORED, 1, reference="PO-118")
    await report(port, OTHER, Stage.RELEASED, 5, code=OTHER_CREDIT_CODE)
    who = await person(port)
    await employ(port, who)

    page = await shipments(port).page(who.address_id, ShipmentFilter())

    assert [(one.declaration_no, one.stage, one.reference) for one in page.shipments] == [
        (DECLARATION_NO, Stage.STORED, "PO-118")
    ]
    assert (await shipments(port).page(who.address_id, ShipmentFilter(stage=Stage.RELEASED))).shipments == ()


async def test_a_right_limited_to_a_declaration_shows_that_one(port: Port) -> None:
    for number in (DECLARATION_NO, OTHER):
        await report(port, number, Stage.STORED)
    who = await person(port)
    await employ(port, who, only=frozenset({OTHER}))

    page = await shipments(port).page(who.address_id, ShipmentFilter())

    assert [one.declaration_no for one in page.shipments] == [OTHER]


async def test_pages_follow_each_other_the_latest_change_first(port: Port) -> None:
    numbers = [f"53162026100000{place:04d}" for place in range(13)]
    for place, number in enumerate(numbers):
        await report(port, number, Stage.STORED, place)
    who = await person(port)
    await employ(port, who)
    service = shipments(port)

    first, second = [await service.page(who.address_id, ShipmentFilter(), page) for page in (1, 2)]

    listed = [one.declaration_no for page in (first, second) for one in page.shipments]
    assert listed == numbers[::-1]
    assert (first.more, second.more, second.first) == (True, False, 11)


@pytest.mark.parametrize("query", ["123456", "po-1", "csqu 3054", "COSU612"])
async def test_a_part_of_any_number_finds_it_among_ones_own(port: Port, query: str) -> None:
    values: Any = {"reference": "PO-118", "containers": [BOX], "bills_of_lading": ["COSU6123456780"]}
    await report(port, DECLARATION_NO, Stage.STORED, **values)
    await report(port, OTHER, Stage.STORED, code=OTHER_CREDIT_CODE, **values)
    who = await person(port)
    await employ(port, who)

    found = await shipments(port).find(who.address_id, query)

    assert [one.declaration_no for one in found] == [DECLARATION_NO]


async def test_wildcards_are_looked_for_as_they_are(sqlite_port: Port) -> None:
    await report(sqlite_port, DECLARATION_NO, Stage.STORED, reference="PO-118")
    who = await person(sqlite_port)
    await employ(sqlite_port, who)

    assert await shipments(sqlite_port).find(who.address_id, "%%%%") == []
    with pytest.raises(InvalidInputError):
        await shipments(sqlite_port).find(who.address_id, "PO")


async def test_a_followed_container_brings_its_declarations_now_and_later(port: Port) -> None:
    await report(port, DECLARATION_NO, Stage.STORED, containers=[BOX])
    who = await person(port)
    await employ(port, who)

    found = await shipments(port).follow_number(who.address_id, NumberKind.CONTAINER, "csqu 305438-3")
    await report(port, OTHER, Stage.STORED, containers=[BOX])

    assert found.declarations == (DECLARATION_NO,)
    assert await followed(port, who) == {("container", BOX), ("declaration", DECLARATION_NO), ("declaration", OTHER)}
    async with port.store.read() as connection:
        told = await connection.scalars(select(outbox.c.audience_target))
        assert list(told) == [OTHER]  # the later one was told of as it came


async def test_a_followed_container_brings_nothing_of_another_firm(port: Port) -> None:
    await report(port, DECLARATION_NO, Stage.STORED)
    who = await person(port)
    await employ(port, who)
    await shipments(port).follow_number(who.address_id, NumberKind.CONTAINER, BOX)

    await report(port, OTHER, Stage.STORED, code=OTHER_CREDIT_CODE, containers=[BOX])

    assert await followed(port, who) == {("container", BOX)}


async def test_the_end_of_a_containers_follow_ends_what_it_brought_and_nothing_else(port: Port) -> None:
    bill = "COSU6123456780"
    await report(port, DECLARATION_NO, Stage.STORED, containers=[BOX])
    await report(port, OTHER, Stage.STORED, containers=[BOX], bills_of_lading=[bill])
    who = await person(port)
    await employ(port, who)
    service = shipments(port)
    await service.follow_number(who.address_id, NumberKind.CONTAINER, BOX)
    await service.follow_number(who.address_id, NumberKind.BILL, bill)

    async with port.store.write() as connection:
        await people_store.end_follow(connection, who.id, FollowKind.CONTAINER, BOX)

    assert await followed(port, who) == {("bill", bill), ("declaration", OTHER)}


async def test_without_a_right_a_container_takes_a_code_which_opens_one_declaration(port: Port) -> None:
    for number in (DECLARATION_NO, OTHER):
        await report(port, number, Stage.STORED, containers=[BOX])
    who, service = await person(port), shipments(port)
    code = await port.service.make_binding_code(OTHER, actor="staff:x")

    with pytest.raises(NotEntitledError):
        await service.follow_number(who.address_id, NumberKind.CONTAINER, BOX)
    with pytest.raises(BindingRefusedError):
        await service.follow_number(who.address_id, NumberKind.CONTAINER, BOX, "ABCDE-23456")
    found = await service.follow_number(who.address_id, NumberKind.CONTAINER, BOX, code)

    assert (found.declarations, found.by_code) == ((OTHER,), True)
    assert await followed(port, who) == {("declaration", OTHER)}


async def test_a_picture_is_for_who_may_see_it_and_for_an_hour(sqlite_port: Port) -> None:
    port, service = sqlite_port, shipments(sqlite_port)
    await report(port, DECLARATION_NO, Stage.EXAMINATION)
    who, stranger = await person(port), await person(port, "88")
    await employ(port, who)

    picture_id = await service.make_picture(who.address_id, DECLARATION_NO, "zh-Hant")
    clearance, language = await service.pictured(picture_id)

    steps = steps_of(clearance, language, port.service.texts.words)
    assert "查驗" in draw_svg(steps, language)
    png = draw_png(steps, language)
    assert png is None or png.startswith(b"\x89PNG")
    with pytest.raises(NotEntitledError):
        await service.make_picture(stranger.address_id, DECLARATION_NO, "en")
    port.clock.now += timedelta(hours=1)
    with pytest.raises(NotFoundError):
        await service.pictured(picture_id)


async def watch(port: Port, redis: Any, promises: tuple[Promise, ...] = ()) -> LateWatch:
    return LateWatch(port.store, port.clock, Outbox(redis), port.service.texts, promises)


async def late_messages(port: Port) -> list[Mapping[str, Mapping[str, str]]]:
    async with port.store.read() as connection:
        rows = await connection.scalars(select(outbox.c.payload).where(outbox.c.cause_id.like("late:%")))
        return list(rows)


async def test_what_takes_longer_than_usual_is_told_once(port: Port, redis: Any) -> None:
    for place in range(25):
        number = f"53162026100000{place:04d}"
        await report(port, number, Stage.EXAMINATION, place)
        await report(port, number, Stage.RELEASED, place + 60)  # an hour is usual
    await report(port, DECLARATION_NO, Stage.EXAMINATION, 0)
    await port.follower()
    watching = await watch(port, redis)
    await watching.learn()

    found = [await watching.look(), await watching.look()]

    assert found == [1, 0]
    (message,) = await late_messages(port)
    assert "25" in message["en"]["text"]
    assert "60 minutes" in message["en"]["text"]
    assert "we do not know why" in message["en"]["text"].lower()
    async with port.store.read() as connection:
        assert await connection.scalar(select(stage_usual.c.p90_s)) == 3600
    await report(port, DECLARATION_NO, Stage.RELEASED, 90)
    async with port.store.read() as connection:
        assert await connection.scalar(select(shipment_lates.c.ended_at)) is not None


async def test_a_promise_measures_where_nothing_is_usual_yet(sqlite_port: Port, redis: Any) -> None:
    source: Mapping[Language, str] = {"zh-Hans": "公告", "zh-Hant": "公告", "en": "Notice 1"}
    promise = Promise("5316", Stage.EXAMINATION, 3600, BEGAN_AT.date(), None, source)
    await report(sqlite_port, DECLARATION_NO, Stage.EXAMINATION)
    await sqlite_port.follower()

    await (await watch(sqlite_port, redis, (promise,))).look()

    (message,) = await late_messages(sqlite_port)
    assert "Notice 1" in message["en"]["text"]


async def say(port: Port, who: Person, text: str | None, payload: str | None = None) -> Reply | None:
    service = shipments(port)
    chat = ShipmentsInChat(service, ListTexts(service.texts.words), "https://kouan.example")
    replies = await chat.take(Incoming("telegram", "77", text=text, payload=payload, private=True), who, "en")
    return replies[0] if replies else None


@pytest.mark.parametrize(
    "text",
    [
        "我的货物",
        "我的報關單",
        "My shipments",
        "show my shipments.",
        "查找 123456",
        "find 123456",
        BOX,
        "csqu 305438 3",
    ],
)
async def test_lists_and_searches_are_asked_for_in_plain_words(sqlite_port: Port, text: str) -> None:
    await report(sqlite_port, DECLARATION_NO, Stage.STORED, containers=[BOX])
    who = await person(sqlite_port)
    await employ(sqlite_port, who)

    reply = await say(sqlite_port, who, text)

    assert reply is not None
    assert DECLARATION_NO in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "关注集装箱 CSQU3054383",
        "follow container CSQU 305438 3",
        "關注櫃號CSQU3054383",
        "track the container csqu3054383",
    ],
)
async def test_following_a_container_is_asked_for_in_plain_words(sqlite_port: Port, text: str) -> None:
    await report(sqlite_port, DECLARATION_NO, Stage.STORED, containers=[BOX])
    who = await person(sqlite_port)
    await employ(sqlite_port, who)

    reply = await say(sqlite_port, who, text)

    assert reply is not None
    assert ("container", BOX) in await followed(sqlite_port, who)


@pytest.mark.parametrize(
    "text", ["follow port 5316", "什么是集装箱", "what is a bill of lading", "how do I follow a shipment", ""]
)
async def test_other_texts_are_left_to_others(sqlite_port: Port, text: str) -> None:
    assert await say(sqlite_port, await person(sqlite_port), text) is None


async def test_a_refusal_names_the_ways_forward(sqlite_port: Port) -> None:
    reply = await say(sqlite_port, await person(sqlite_port), "follow container CSQU3054383")

    assert reply is not None
    assert "admin" in reply.text
    assert "binding code" in reply.text


async def test_the_picture_button_tells_the_stages_in_words_with_a_link(sqlite_port: Port) -> None:
    await report(sqlite_port, DECLARATION_NO, Stage.STORED)
    who = await person(sqlite_port)
    await employ(sqlite_port, who)

    reply = await say(sqlite_port, who, None, f"s:picture:{DECLARATION_NO}")

    assert reply is not None
    assert "stored by customs" in reply.text
    assert str(reply.buttons[0].url).startswith("https://kouan.example/v1/shipment-pictures/")
