"""Following, preferences, stopping and why, as people say and press it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.channels.model import Incoming, Language, Reply
from bot.conversation.following import FollowingInChat
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification, Urgency
from bot.following.answers import FollowingAnswers
from bot.following.catalogue import Catalogue, load_catalogue
from bot.following.service import FollowingService
from bot.following.words import load_following_words
from bot.people import store as people_store
from bot.people.model import FollowKind, Person, new_id
from bot.settings import REPOSITORY
from bot.store.engine import Store
from bot.store.schema import deliveries, follows
from knowledge.load import load_knowledge
from tests.integration.delivery.test_holding import TOPIC, Desk
from tests.office import ZONE

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The real one."""
    return load_catalogue(load_knowledge(REPOSITORY / "knowledge"), REPOSITORY / "knowledge")


@dataclass
class Talk:
    """One person's private chat."""

    desk: Desk
    chat: FollowingInChat
    person: Person

    async def say(self, text: str, language: Language = "en") -> Reply:
        replies = await self.chat.take(self._incoming(text=text), self.person, language)
        assert replies is not None
        return replies[0]

    async def press(self, payload: str | None, language: Language = "en") -> Reply:
        replies = await self.chat.take(self._incoming(payload=payload), self.person, language)
        assert replies is not None
        return replies[0]

    async def followed(self) -> set[tuple[str, str]]:
        async with self.desk.store.read() as connection:
            rows = await connection.execute(
                select(follows.c.kind, follows.c.target).where(follows.c.person_id == self.person.id)
            )
            return {(row.kind, row.target) for row in rows}

    def _incoming(self, text: str | None = None, payload: str | None = None) -> Incoming:
        return Incoming("telegram", self.person.address, text=text, payload=payload, private=True)


@pytest.fixture
async def talk(store: Store, redis: Redis, catalogue: Catalogue) -> Talk:
    desk = Desk(store, redis, NOON)
    service = FollowingService(store, desk.clock, catalogue, "Asia/Shanghai")
    answers = FollowingAnswers(load_following_words(), catalogue, ZONE)
    return Talk(desk, FollowingInChat(service, answers), await desk.person())


async def tell(talk: Talk, kind: AudienceKind, target: str, cause: str = "n1") -> int:
    """Push to followers; returns the outbox row."""
    message = OutgoingNotification(
        CauseKind.NOTICE, cause, Lane.BULK, Audience(kind, target), {"en": Reply(text="news", topic=TOPIC)}
    )
    async with talk.desk.store.write() as connection:
        await talk.desk.outbox.add(connection, message, talk.desk.clock())
    jobs = await talk.desk.work()
    return jobs[0].outbox_id


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("follow chapter 85", "hs_chapter", "85"),
        ("关注皇岗口岸", "port", "5301"),
        ("follow country Japan", "country", "JP"),
        ("关注RCEP协定", "agreement", "rcep"),
    ],
)
async def test_what_is_followed_is_told_and_can_be_stopped_from_the_push(
    talk: Talk, text: str, kind: str, target: str
) -> None:
    said = await talk.say(text)
    number = await tell(talk, AudienceKind(kind), target)
    why = await talk.press(f"p:why:{number}")
    listed = await talk.say("my follows")
    stopped = await talk.press(f"p:stop:{number}")

    assert "now follow" in said.text
    assert (kind, target) not in await talk.followed()
    assert "since 2026-11-22" in why.text
    assert f"p:unfollow:{kind}:{target}" in [button.payload for button in why.buttons]
    assert f"p:unfollow:{kind}:{target}" in [button.payload for button in listed.buttons]
    assert "no longer follow" in stopped.text
    assert "did not follow" in (await talk.press(f"p:stop:{number}")).text


async def test_an_entry_is_followed_by_the_button_under_its_answer(talk: Talk, catalogue: Catalogue) -> None:
    entry = next(iter(catalogue.names[FollowKind.ENTRY]))
    answer = Reply(text="Answer.", kind="answer", entry=entry)

    shown = (await talk.chat.add(Incoming("telegram", "1", text="?", private=True), talk.person, "en", [answer]))[0]
    await talk.press(shown.buttons[-1].payload)

    assert ("entry", entry) in await talk.followed()


@pytest.mark.parametrize("text", ["关注集装箱CSQU3054383", "follow booking A1234567"])
async def test_without_proof_nobody_follows_what_is_somebodys_own(talk: Talk, text: str) -> None:
    before = await talk.followed()
    said = await talk.say(text)
    pressed = await talk.press("p:follow:declaration:530120261234567890")

    assert "proof" in said.text
    assert "proof" in pressed.text
    assert await talk.followed() == before


async def test_an_unknown_target_is_said_and_nothing_followed(talk: Talk) -> None:
    before = await talk.followed()

    assert "nothing was followed" in (await talk.say("follow port Atlantis")).text
    assert "nothing was followed" in (await talk.press("p:follow:topic:nonsense")).text
    assert await talk.followed() == before


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_quiet_hours_are_confirmed_with_the_zone_beside_every_hour(talk: Talk, language: Language) -> None:
    own = await talk.say("晚上10点到早上8点别打扰", language)
    elsewhere = await talk.say("quiet from 10pm to 8am Hong Kong time", language)
    settings = await talk.say("通知设置", language)

    assert "22:00" in own.text
    assert own.text.count("Asia/Shanghai") == 2
    assert elsewhere.text.count("(Asia/Hong_Kong)") + elsewhere.text.count("（Asia/Hong_Kong）") == 2
    assert "Asia/Hong_Kong" in settings.text
    assert "p:quiet:off" in [button.payload for button in settings.buttons]


async def test_once_a_day_spares_shipments_until_they_are_named(talk: Talk) -> None:
    said = await talk.say("每天一次就好", "zh-Hans")
    wishes = await talk.chat._service.wishes(talk.person)
    await talk.press(said.buttons[0].payload)
    after = await talk.chat._service.wishes(talk.person)

    assert "09:00（Asia/Shanghai）" in said.text
    assert "货物状态变化不受影响" in said.text
    assert wishes.cadence("clearance_status", "telegram", named_only=True) == "instant"
    assert after.cadence("clearance_status", "telegram", named_only=True) == "daily"


async def test_one_word_stops_everything_also_what_waits(talk: Talk) -> None:
    await talk.say("每天一次就好")
    await talk.say("follow chapter 85")
    message = OutgoingNotification(
        CauseKind.NOTICE, "n1", Lane.BULK, Audience(AudienceKind.TOPIC, TOPIC), {"en": Reply(text="news")}
    )
    async with talk.desk.store.write() as connection:
        await talk.desk.outbox.add(connection, message, talk.desk.clock())
    assert await talk.desk.work() == []

    said = await talk.say("退订", "zh-Hans")

    assert "2" in said.text
    assert await talk.followed() == set()
    assert await talk.desk.states() == {"cancelled": 1}


async def test_a_digest_says_what_is_behind_each_of_its_items(talk: Talk) -> None:
    await talk.say("every day")
    await talk.say("follow chapter 85")
    for cause, kind, target in (("a", AudienceKind.TOPIC, TOPIC), ("b", AudienceKind.HS_CHAPTER, "85")):
        message = OutgoingNotification(
            CauseKind.NOTICE, cause, Lane.BULK, Audience(kind, target), {"en": Reply(text=cause, topic=TOPIC)}
        )
        async with talk.desk.store.write() as connection:
            await talk.desk.outbox.add(connection, message, talk.desk.clock())
    await talk.desk.work()
    talk.desk.clock.turn(timedelta(days=1))
    await talk.desk.digests.tick()
    job = (await talk.desk.work())[0]

    why = await talk.press(f"p:why:{job.outbox_id}")
    stop = await talk.press(f"p:stop:{job.outbox_id}")

    assert "digest" in why.text
    assert {"p:unfollow:hs_chapter:85", f"p:unfollow:topic:{TOPIC}"} <= {button.payload for button in stop.buttons}
    assert "once a day at 09:00 (Asia/Shanghai)" in why.text


async def test_an_emergency_says_who_approved_it(talk: Talk) -> None:
    message = OutgoingNotification(
        CauseKind.BANNER,
        "b1",
        Lane.EMERGENCY,
        Audience(AudienceKind.TOPIC, TOPIC),
        {"en": Reply(text="storm")},
        urgency=Urgency("typhoon", "Ms Li"),
    )
    async with talk.desk.store.write() as connection:
        await talk.desk.outbox.add(connection, message, talk.desk.clock())
    await talk.desk.work()

    assert "Ms Li" in (await talk.say("why did I get this")).text


async def test_nobody_learns_why_others_were_told(talk: Talk) -> None:
    number = await tell(talk, AudienceKind.TOPIC, TOPIC)
    stranger = await talk.desk.people.meet("telegram", "99", private=True, language="en")
    talk.person = stranger
    async with talk.desk.store.read() as connection:
        delivery = await connection.scalar(select(deliveries.c.id))

    assert "no such message" in (await talk.press(f"p:why:{number}")).text
    assert "no such message" in (await talk.press(f"p:item:{delivery}")).text


async def test_a_follow_with_proof_is_told_and_stopped_like_others(talk: Talk) -> None:
    async with talk.desk.store.write() as connection:
        await people_store.add_follow(
            connection, new_id(), talk.person.id, FollowKind.CONTAINER, "CSQU3054383", talk.desk.clock()
        )
    number = await tell(talk, AudienceKind.CONTAINER, "CSQU3054383")

    assert "CSQU3054383" in (await talk.press(f"p:why:{number}")).text
    await talk.press(f"p:stop:{number}")
    assert ("container", "CSQU3054383") not in await talk.followed()


async def test_a_conversation_that_is_not_private_sets_nothing(talk: Talk) -> None:
    incoming = Incoming("web", "x", text="退订")

    replies = await talk.chat.take(incoming, None, "zh-Hans")

    assert replies is not None
    assert replies[0].kind == "error"


async def test_other_words_are_left_to_the_dialogue(talk: Talk) -> None:
    assert await talk.chat.take(Incoming("telegram", "1", text="几天内要申报？"), talk.person, "zh-Hans") is None
    assert await talk.chat.take(Incoming("telegram", "1", payload="e:x"), talk.person, "zh-Hans") is None
