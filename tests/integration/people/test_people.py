"""Persons, their language and what they follow, on real databases."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from bot.errors import SessionNotPrivateError
from bot.people.model import FollowKind
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import persons
from tests.fakes import FakeClock


@pytest.fixture
def people(store: Store) -> PeopleService:
    return PeopleService(store, FakeClock())


async def key_of(people: PeopleService, *, private: bool = True) -> str:
    return (await people.meet("telegram", "42", private=private, language="en")).address_id


async def test_somebody_met_at_the_same_moment_is_one_person(people: PeopleService, store: Store) -> None:
    met = await asyncio.gather(*(people.meet("telegram", "42", private=True, language="en") for _ in range(6)))

    assert len({person.id for person in met}) == 1
    async with store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(persons)) == 1


async def test_a_topic_is_followed_once_and_left_once(people: PeopleService) -> None:
    key = await key_of(people)

    assert [await people.follow_topic(key, "taxes_fees") for _ in range(2)] == [True, False]
    assert [(f.kind, f.target) for f in await people.follows(key)] == [(FollowKind.TOPIC, "taxes_fees")]
    assert [await people.unfollow(key, FollowKind.TOPIC, "taxes_fees") for _ in range(2)] == [True, False]


async def test_stop_ends_everything_and_says_how_much(people: PeopleService) -> None:
    key = await key_of(people)
    await people.follow_topic(key, "taxes_fees")
    await people.follow_topic(key, "expo_goods")

    assert await people.stop_all(key) == 2
    assert await people.follows(key) == []


async def test_a_chosen_language_is_not_replaced_by_a_guess(people: PeopleService) -> None:
    key = await key_of(people)
    await people.choose_language(key, "zh-Hant")

    await people.note_language(await people.private_person(key), "en")

    assert (await people.private_person(key)).language == "zh-Hant"


@pytest.mark.parametrize("act", ["follow_topic", "unfollow", "stop_all", "follows"])
async def test_a_conversation_that_others_can_enter_follows_nothing(people: PeopleService, act: str) -> None:
    key = await key_of(people, private=False)
    arguments = {"follow_topic": ("taxes_fees",), "unfollow": (FollowKind.TOPIC, "taxes_fees")}.get(act, ())

    with pytest.raises(SessionNotPrivateError):
        await getattr(people, act)(key, *arguments)
