from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.client import PublishedNotice

from .conftest import DECLARATION, TOPIC, Act, FakeService


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("订阅税费的通知", {}),
        ("subscribe to Taxes and fees", {}),
        ("訂閱稅費通知", {}),
        ("x", {"argument": "taxes_fees"}),
    ],
)
async def test_the_topic_named_is_followed(act: Act, service: FakeService, text: str, entities: dict[str, str]) -> None:
    [reply] = await act("action_subscribe_topic", text, intent="subscribe_topic", entities=entities)

    assert service.calls == [("subscribe", "key-1", "taxes_fees")]
    assert reply["topic"] == "taxes_fees"


async def test_a_topic_that_is_not_named_is_asked_for_likeliest_first(act: Act, service: FakeService) -> None:
    kb = {"topics": [{"topic": "traveller_pets", "confidence": 0.2}]}

    [reply] = await act("action_subscribe_topic", "有变化告诉我", kb=kb)

    assert reply["buttons"][0]["payload"] == "t:subscribe_topic:traveller_pets"
    assert "t:subscribe_topic:out_of_scope" not in {b["payload"] for b in reply["buttons"]}
    assert service.calls == []


async def test_following_twice_is_said(act: Act, service: FakeService) -> None:
    service.changed = False

    [reply] = await act("action_subscribe_topic", entities={"argument": "taxes_fees"}, language="en")

    assert "already" in reply["text"]


async def test_unsubscribing_without_a_topic_offers_the_followed_ones(act: Act, service: FakeService) -> None:
    service.follow_list = [DECLARATION, TOPIC]

    [reply] = await act("action_unsubscribe_topic", "取消订阅")

    assert [b["payload"] for b in reply["buttons"]] == ["t:unsubscribe_topic:taxes_fees"]


async def test_unsubscribing_with_nothing_followed_says_so(act: Act) -> None:
    [reply] = await act("action_unsubscribe_topic", "unsubscribe", language="en")

    assert "nothing" in reply["text"]


@pytest.mark.parametrize("action", ["action_my_follows", "action_why_told"])
async def test_what_is_followed_is_listed_with_a_way_to_stop(act: Act, service: FakeService, action: str) -> None:
    service.follow_list = [DECLARATION, TOPIC]

    [reply] = await act(action, language="en")

    assert "223320231000000762" in reply["text"]
    assert "Taxes and fees" in reply["text"]
    assert "20 November 2026" in reply["text"]
    assert [b["payload"] for b in reply["buttons"]] == ["t:stop_all"]


@pytest.mark.parametrize("action", ["action_my_follows", "action_why_told"])
async def test_nothing_followed_is_said(act: Act, action: str) -> None:
    [reply] = await act(action, language="en")

    assert "nothing" in reply["text"]


async def test_stopping_everything_tells_how_much(act: Act, service: FakeService) -> None:
    service.follow_list = [DECLARATION, TOPIC]

    [reply] = await act("action_stop_all", language="en")

    assert "2 in all" in reply["text"]


async def test_notices_are_shortened_and_link_to_their_source(act: Act, service: FakeService) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    service.notices = [PublishedNotice("1", "taxes_fees", "New rate", "x" * 900, "https://example.org/", at)]

    [reply] = await act("action_latest_notices", language="en")

    assert "**New rate** (21 November 2026)" in reply["text"]
    assert len(reply["text"]) < 500
    assert reply["buttons"] == [{"title": "New rate", "url": "https://example.org/"}]


async def test_no_notice_is_said(act: Act) -> None:
    [reply] = await act("action_latest_notices", language="en")

    assert "No notice" in reply["text"]
