"""See, take along, erase: afterwards nothing in the database leads to the person."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import select

from bot import problems
from bot.channels.model import Incoming, Language, Reply
from bot.conversation.own_data import OwnDataInChat, load_own_data_words
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.forms.personal import DraftData
from bot.people.erasure import CONVERSATION_PREFIX, PersonalService
from bot.people.firms.model import Right
from bot.people.firms.personal import PersonalFirms
from bot.people.model import FollowKind, Person, new_id
from bot.people.own_data_links import OwnDataLinks
from bot.people.own_data_routes import own_data_router
from bot.people.service import WebSessions
from bot.people.store import add_follow
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import (
    asked_entries,
    binding_attempts,
    consents,
    deliveries,
    form_drafts,
    metadata,
    outbox,
    person_settings,
    preferences,
    reminders,
    web_messages,
)
from tests.integration.people.firms.house import House, open_house

CHAT = "777000111"


@dataclass
class Desk:
    """Somebody of whom something stands in many tables, and the service that erases it."""

    house: House
    service: PersonalService
    links: OwnDataLinks
    chat: OwnDataInChat
    redis: Redis
    person: Person

    async def found(self, *needles: str) -> set[str]:
        """Tables in which one of these stands in any column of any row."""
        tables = set()
        async with self.house.store.read() as connection:
            for table in metadata.sorted_tables:
                for row in await connection.execute(select(table)):
                    text = json.dumps([str(value) for value in row], ensure_ascii=False)
                    if any(needle in text for needle in needles):
                        tables.add(table.name)
        return tables


async def fill(house: House, redis: Redis, person: Person) -> None:
    """Rows of the person's in the tables of the house."""
    now, one = house.clock(), {"person_id": person.id}
    told: dict[Language, Reply] = {
        "zh-Hans": Reply(text="您的货"),
        "zh-Hant": Reply(text="您的貨"),
        "en": Reply(text="yours"),
    }
    async with house.store.write() as connection:

        async def put(table: Any, **values: Any) -> None:
            await connection.execute(table.insert().values(**values))

        await add_follow(connection, new_id(), person.id, FollowKind.TOPIC, "taxes_fees", now)
        await put(person_settings, **one, zone="Asia/Shanghai", changed_at=now)
        await put(preferences, **one, topic="*", channel="*", cadence="daily", changed_at=now)
        await put(consents, **one, kind="emergency", answer="given", at=now)
        await put(asked_entries, **one, entry="x", day=now.date())
        await put(binding_attempts, subject=f"firm:{person.id}", at=now)
        draft = {"form": "booking", "state": "open", "values": {"a": 1}, "revision": 1, "outcome": []}
        await put(
            form_drafts, id=new_id(), **one, **draft, address_id=person.address_id, started_at=now, changed_at=now
        )
        await put(web_messages, address_id=person.address_id, kind="reply", payload={"text": "x"}, created_at=now)
        await put(
            reminders,
            id=new_id(),
            kind="custom",
            object_id="x",
            audience_kind="person",
            audience_target=person.id,
            offset_minutes=0,
            at=now,
            due_at=now,
            text_key="custom",
            text_values={"name": "x"},
            state="waiting",
            revision=1,
            created_at=now,
            changed_at=now,
        )
        for cause, audience in (
            ("own", Audience(AudienceKind.PERSON, person.id)),
            ("shared", Audience(AudienceKind.TOPIC, "taxes_fees")),
        ):
            notification = OutgoingNotification(CauseKind.TEST, cause, Lane.BULK, audience, dict(told))
            await Outbox(redis).add(connection, notification, now)
            number = await connection.scalar(select(outbox.c.id).where(outbox.c.cause_id == cause))
            sent = {"channel": "telegram", "lane": "bulk", "state": "created", "due_at": now}
            await put(deliveries, outbox_id=number, **one, address_id=person.address_id, **sent)


@pytest.fixture
async def desk(store: Store, redis: Redis, secrets: Secrets) -> Desk:
    house = await open_house(store, secrets)
    audit = AuditTrail(secrets)
    parts = (PersonalFirms(audit, house.news), DraftData())
    service = PersonalService(store, house.clock, audit, redis, parts)
    links = OwnDataLinks(secrets, "https://port.example.org")
    chat = OwnDataInChat(service, links, house.clock, load_own_data_words())
    person = await house.person(CHAT)
    firm = await house.firm(1, await house.person("1"))
    await house.member(await house.person("1"), firm, person, {Right.BOOKING: None})
    await fill(house, redis, person)
    return Desk(house, service, links, chat, redis, person)


async def test_nothing_leads_to_somebody_who_was_erased(desk: Desk) -> None:
    before = await desk.found(desk.person.id, CHAT)

    erased = await desk.service.erase(desk.person)

    assert len(before) >= 15
    assert await desk.found(desk.person.id) == {"audit"}
    assert await desk.found(CHAT) == {"addresses"}  # of the empty person that the chat now belongs to
    assert erased.stays == {}
    assert erased.gone["follows"] == erased.gone["firms"] == 1


async def test_what_others_are_told_is_left(desk: Desk) -> None:
    await desk.service.erase(desk.person)

    async with desk.house.store.read() as connection:
        assert list(await connection.scalars(select(outbox.c.cause_id))) == ["shared"]


async def test_the_chat_is_somebody_new(desk: Desk) -> None:
    await desk.service.erase(desk.person)

    again = await desk.house.person(CHAT)

    assert again.id != desk.person.id
    assert set(await desk.service.export(again)) == {"person"}


async def test_a_second_erasure_finds_nothing(desk: Desk) -> None:
    await desk.service.erase(desk.person)
    await desk.service.erase(desk.person)
    erased = await desk.service.erase(desk.person)

    assert erased.gone == {}
    assert (await desk.house.person(CHAT)).id != desk.person.id


async def test_two_erasures_at_once_are_one(desk: Desk) -> None:
    results = await asyncio.gather(desk.service.erase(desk.person), desk.service.erase(desk.person))

    assert sorted(bool(result.gone) for result in results) == [False, True]


async def test_a_look_changes_nothing(desk: Desk) -> None:
    before = await desk.service.export(desk.person)

    look = await desk.service.preview(desk.person)

    assert await desk.service.export(desk.person) == before
    assert look.gone == {name: len(rows) for name, rows in before.items()}


async def test_a_part_that_fails_leaves_everything(desk: Desk, secrets: Secrets) -> None:
    class Failing(DraftData):
        async def erase(self, *_: Any) -> Any:
            raise RuntimeError("the process died here")

    before = await desk.service.export(desk.person)
    audit = AuditTrail(secrets)
    broken = PersonalService(desk.house.store, desk.house.clock, audit, desk.redis, (Failing(),))

    with pytest.raises(RuntimeError):
        await broken.erase(desk.person)
    assert await desk.service.export(desk.person) == before


async def test_the_talk_in_redis_is_emptied_for_every_process(desk: Desk) -> None:
    key = CONVERSATION_PREFIX + desk.person.address_id
    await desk.redis.set(key, b"what was said")

    await desk.service.erase(desk.person)

    assert await desk.redis.get(key) == b""


async def test_the_last_admin_is_told_what_becomes_of_the_firm(desk: Desk) -> None:
    lin = await desk.house.person("1")

    look = await desk.service.preview(lin)
    erased = await desk.service.erase(lin)

    assert list(look.stays) == list(erased.stays) == ["firm_admin:Firm 1"]
    assert [news.to for news in desk.house.news.told if news.what == "without_admin"][-1] == (desk.person.id,)


async def test_the_chat_asks_once_and_says_what_goes_and_stays(desk: Desk) -> None:
    lin = await desk.house.person("1")
    asked = await desk.chat.take(Incoming("telegram", "1", text="删除我的数据", private=True), lin, "zh-Hans")
    button = (asked or [])[0].buttons[0].payload
    done = await desk.chat.take(Incoming("telegram", "1", payload=button, private=True), lin, "zh-Hans")

    assert "最后一位管理员" in (asked or [])[0].text
    assert "企业成员身份: 1" in (asked or [])[0].text
    assert "已删除" in (done or [])[0].text
    assert (await desk.house.person("1")).id != lin.id


async def test_an_old_button_asks_again(desk: Desk) -> None:
    asked = await desk.chat.take(Incoming("telegram", CHAT, text="Forget me!", private=True), desk.person, "en")
    button = (asked or [])[0].buttons[0].payload
    desk.house.clock.turn(timedelta(minutes=11))

    again = await desk.chat.take(Incoming("telegram", CHAT, payload=button, private=True), desk.person, "en")

    assert "Erase all that is stored of you?" in (again or [])[0].text
    assert (await desk.house.person(CHAT)).id == desk.person.id


@pytest.mark.parametrize(("text", "language"), [("我的数据", "zh-Hans"), ("我的數據", "zh-Hant"), ("My data", "en")])
async def test_own_data_is_shown_in_each_language(desk: Desk, text: str, language: Any) -> None:
    shown = await desk.chat.take(Incoming("telegram", CHAT, text=text, private=True), desk.person, language)

    reply = (shown or [])[0]
    assert len([button for button in reply.buttons if button.url]) == 2
    assert ": 1" in reply.text


async def test_not_where_others_read_along(desk: Desk) -> None:
    replies = await desk.chat.take(Incoming("telegram", "-1", text="my data"), None, "en")

    assert [reply.kind for reply in replies or []] == ["error"]


async def test_a_link_hands_out_the_data_for_ten_minutes(desk: Desk, secrets: Secrets) -> None:
    app = FastAPI()
    problems.install(app)
    sessions = WebSessions(secrets)
    app.include_router(own_data_router(desk.service, desk.links, desk.house.people, sessions, desk.house.clock))
    link = desk.links.link(desk.person.address_id, desk.house.clock(), kind="json") or ""
    me = {"Authorization": f"Bearer {sessions.issue()}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://port.example.org") as http:
        good = await http.get(link)
        text = await http.get(link.replace(".json", ".txt"))
        forged = await http.get(link.replace(desk.person.address_id, "0" * 32))
        own = await http.get("/v1/me/data", headers=me)
        desk.house.clock.turn(timedelta(minutes=10))
        over = await http.get(link)

    assert good.headers["cache-control"] == "no-store"
    assert good.json()["person"][0]["address"] == CHAT
    assert "taxes_fees" in text.text
    assert [forged.status_code, over.status_code] == [404, 404]
    assert set(own.json()) == {"person"}
