from __future__ import annotations

import pytest

from bot.errors import (
    BindingRefusedError,
    KouanError,
    NotEntitledError,
    SessionNotPrivateError,
    TooManyAttemptsError,
    UnavailableError,
)

from .conftest import DECLARATION, Act, FakeService

NUMBER = "223320231000000762"
FORM = "follow_shipment_form"


async def test_the_status_of_a_declaration_is_asked_of_the_service(act: Act, service: FakeService) -> None:
    [reply] = await act("action_clearance_query", intent="clearance_query", entities={"declaration_no": NUMBER})

    assert service.calls == [("clearance", "key-1", NUMBER, "zh-Hans")]
    assert (reply["kind"], reply["topic"]) == ("task", "clearance_status")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotEntitledError("x"), "may not show"),
        (SessionNotPrivateError("x"), "not private"),
        (UnavailableError("service"), "try again later"),
        (TooManyAttemptsError(90), "2 minutes"),
        (BindingRefusedError("x"), "does not open"),
    ],
)
async def test_what_the_service_refuses_is_said_without_its_own_words(
    act: Act, service: FakeService, error: KouanError, words: str
) -> None:
    service.error = error
    slots = {"declaration_no": NUMBER, "binding_code": "K7F3Q-9ABX2"}

    [reply] = await act("action_follow_shipment", intent="follow_shipment", slots=slots, language="en")

    assert words in reply["text"]


@pytest.mark.parametrize(("language", "words"), [("zh-Hans", "18位数字"), ("zh-Hant", "18位數字"), ("en", "18 digits")])
async def test_a_number_of_the_wrong_length_is_told_its_length(act: Act, language: str, words: str) -> None:
    fault = {"number": "1" * 17, "length": 17, "expected_length": 18}
    [reply] = await act(
        "action_clearance_query",
        intent="clearance_query",
        entities={"declaration_no_malformed": fault},
        language=language,
    )

    assert words in reply["text"]
    assert "17" in reply["text"]


async def test_a_container_is_looked_for_among_ones_own_shipments(act: Act, service: FakeService) -> None:
    [reply] = await act("action_clearance_query", entities={"container_no": "CSQU3054383"}, language="en")

    assert reply["text"] == "found for CSQU3054383"
    assert service.calls[0][0] == "find"


async def test_without_a_number_what_is_followed_is_offered(act: Act, service: FakeService) -> None:
    service.follow_list = [DECLARATION]

    [reply] = await act("action_clearance_query", intent="clearance_query")

    assert [b["payload"] for b in reply["buttons"]] == [f"t:clearance_query:{NUMBER}"]


async def test_a_finished_form_follows_and_forgets_number_and_code(act: Act, service: FakeService) -> None:
    slots = {"declaration_no": NUMBER, "binding_code": "K7F3Q-9ABX2"}

    replies = await act("action_follow_shipment", intent="follow_shipment", slots=slots)

    assert service.calls == [("follow", "key-1", NUMBER, "K7F3Q-9ABX2", "zh-Hans")]
    assert [reply["topic"] for reply in replies] == ["clearance_status", "clearance_status"]
    assert {e["name"]: e["value"] for e in act.events} == {"declaration_no": None, "binding_code": None}  # type: ignore[attr-defined]


async def test_leaving_the_form_forgets_number_and_code(act: Act) -> None:
    [reply] = await act("action_leave_form", intent="deny", language="en")

    assert "cancelled" in reply["text"]
    assert len(act.events) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(("value", "kept"), [(NUMBER, True), ("12345", False), ("abc", False), (None, True)])
async def test_only_eighteen_digits_stay_in_the_form(act: Act, value: str | None, kept: bool) -> None:
    await act("validate_follow_shipment_form", slots={"declaration_no": value}, form=FORM)

    assert (act.events == []) is kept  # type: ignore[attr-defined]


async def test_what_is_no_code_is_told_what_a_code_looks_like(act: Act) -> None:
    hint, question = await act(
        "action_ask_binding_code",
        intent="out_of_scope",
        slots={"requested_slot": "binding_code"},
        form=FORM,
        language="en",
    )

    assert "10 letters" in hint["text"]
    assert "binding code" in question["text"]


async def test_after_a_digression_the_code_is_simply_asked_for_again(act: Act) -> None:
    replies = await act("action_ask_binding_code", intent="kb", slots={"requested_slot": "binding_code"}, form=FORM)

    assert len(replies) == 1


async def test_a_wrong_number_in_the_form_is_told_before_the_question(act: Act) -> None:
    fault = {"number": "12345", "length": 5, "expected_length": 18}
    replies = await act("action_ask_declaration_no", entities={"declaration_no_malformed": fault}, form=FORM)

    assert len(replies) == 2
    assert "5" in replies[0]["text"]


@pytest.mark.parametrize(("changed", "words"), [(True, "no longer"), (False, "did not follow")])
async def test_unfollowing_says_what_became_of_it(act: Act, service: FakeService, changed: bool, words: str) -> None:
    service.changed = changed

    [reply] = await act("action_unfollow_shipment", entities={"argument": NUMBER}, language="en")

    assert service.calls == [("unfollow", "key-1", NUMBER)]
    assert words in reply["text"]


async def test_unfollowing_without_a_number_offers_what_is_followed(act: Act, service: FakeService) -> None:
    service.follow_list = [DECLARATION]

    [reply] = await act("action_unfollow_shipment")

    assert [b["payload"] for b in reply["buttons"]] == [f"t:unfollow_shipment:{NUMBER}"]
