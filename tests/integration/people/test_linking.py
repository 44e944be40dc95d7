"""A person's second chat: the code, what becomes one, and parting again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.errors import BindingRefusedError, TooManyAttemptsError
from bot.forms import store as drafts
from bot.forms.model import DraftState
from bot.people.linking import CODE_LIFE, LinkService
from bot.people.merging import personal_tables
from bot.people.model import FollowKind, Person, new_id
from bot.people.preference_store import set_zone
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import enterprises, firm_members, form_drafts, metadata, persons
from tests.fakes import FakeClock

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def links(store: Store, secrets: Secrets, clock: FakeClock) -> LinkService:
    return LinkService(store, clock, secrets, AuditTrail(secrets), before=(drafts.before_merge,))


async def meet(store: Store, channel: str, address: str) -> Person:
    return await PeopleService(store, FakeClock(NOW)).meet(channel, address, private=True, language="en")


async def test_both_chats_are_one_person(store: Store, links: LinkService) -> None:
    first, second = await meet(store, "telegram", "1"), await meet(store, "web", "s_1")
    people = PeopleService(store, FakeClock(NOW))
    await people.follow_topic(first.address_id, "taxes_fees")
    await people.follow_topic(second.address_id, "taxes_fees")
    await people.follow_topic(second.address_id, "exhibition_goods")

    chats = await links.link(second, await links.code_for(first))

    assert [chat.channel for chat in chats] == ["telegram", "web"]
    found = await people.find(second.address_id)
    assert found is not None
    assert found.id == first.id
    followed = {(follow.kind, follow.target) for follow in await people.follows(second.address_id)}
    assert followed == {(FollowKind.TOPIC, "taxes_fees"), (FollowKind.TOPIC, "exhibition_goods")}
    async with store.read() as connection:
        assert list(await connection.scalars(select(persons.c.id))) == [first.id]


async def test_no_row_of_the_other_person_is_left_anywhere(store: Store, links: LinkService) -> None:
    first, second = await meet(store, "telegram", "1"), await meet(store, "web", "s_1")
    async with store.write() as connection:
        for person in (first, second):
            await set_zone(connection, person.id, "Asia/Hong_Kong", NOW)
            await drafts.begin(connection, person.id, "parcel", {}, person.address_id, NOW)
        await drafts.begin(connection, second.id, "label", {}, second.address_id, NOW)

    await links.link(second, await links.code_for(first))

    assert len(personal_tables()) > 10
    async with store.read() as connection:
        for table in personal_tables():
            left = await connection.scalar(select(table.c.person_id).where(table.c.person_id == second.id).limit(1))
            assert left is None, table.name


async def test_of_two_drafts_of_one_form_the_later_stays(store: Store, links: LinkService) -> None:
    first, second = await meet(store, "telegram", "1"), await meet(store, "web", "s_1")
    async with store.write() as connection:
        await drafts.begin(connection, first.id, "parcel", {"port": "old"}, first.address_id, NOW)
        await drafts.begin(
            connection, second.id, "parcel", {"port": "new"}, second.address_id, NOW + timedelta(minutes=1)
        )

    await links.link(second, await links.code_for(first))

    async with store.read() as connection:
        (draft,) = await drafts.open_drafts(connection, first.id)
        states = list(await connection.scalars(select(form_drafts.c.state).order_by(form_drafts.c.started_at)))
    assert draft.values == {"port": "new"}
    assert states == [DraftState.CANCELLED, DraftState.OPEN]


@pytest.mark.parametrize("admin_comes", [True, False])
async def test_of_two_memberships_the_admins_stays(store: Store, links: LinkService, admin_comes: bool) -> None:
    first, second = await meet(store, "telegram", "1"), await meet(store, "web", "s_1")
    firm = new_id()
    async with store.write() as connection:
        await connection.execute(
            enterprises.insert().values(id=firm, name="F", credit_code="91440300MA5DA1234X", created_at=NOW)
        )
        for person, admin in ((first, not admin_comes), (second, admin_comes)):
            row = {"id": new_id(), "enterprise_id": firm, "person_id": person.id, "label": "L", "joined_at": NOW}
            await connection.execute(firm_members.insert().values(**row, admin=admin, state="active"))

    await links.link(second, await links.code_for(first))

    active = select(firm_members.c.person_id, firm_members.c.admin).where(firm_members.c.state == "active")
    async with store.read() as connection:
        assert [tuple(row) for row in await connection.execute(active)] == [(first.id, True)]


async def test_a_code_works_once_and_ten_minutes(store: Store, links: LinkService, clock: FakeClock) -> None:
    first, second, third = [await meet(store, "telegram", str(number)) for number in range(3)]
    code = await links.code_for(first)
    await links.link(second, code)

    with pytest.raises(BindingRefusedError):
        await links.link(third, code)
    late = await links.code_for(first)
    clock.turn(CODE_LIFE)
    with pytest.raises(BindingRefusedError):
        await links.link(third, late)


async def test_guessing_ends_after_five_tries(store: Store, links: LinkService) -> None:
    person = await meet(store, "telegram", "1")
    for _ in range(5):
        with pytest.raises(BindingRefusedError):
            await links.link(person, "AAAAA-AAAAA")

    with pytest.raises(TooManyAttemptsError):
        await links.link(person, "AAAAA-AAAAA")


async def test_a_chat_can_be_parted_again_and_takes_nothing_along(store: Store, links: LinkService) -> None:
    first, second = await meet(store, "telegram", "1"), await meet(store, "web", "s_1")
    people = PeopleService(store, FakeClock(NOW))
    await people.follow_topic(first.address_id, "taxes_fees")
    await links.link(second, await links.code_for(first))
    linked = await people.find(second.address_id)
    assert linked is not None

    assert await links.unlink(linked)
    assert await people.follows(second.address_id) == []
    assert len(await people.follows(first.address_id)) == 1
    assert not await links.unlink(first)


def test_whoever_stands_in_a_table_stands_there_as_person_id() -> None:
    pointing = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        for key in column.foreign_keys
        if key.target_fullname == "persons.id"
    }

    assert len(pointing) > 10
    assert {column for _, column in pointing} == {"person_id"}
