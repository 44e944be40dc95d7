"""When a send is tried again, and when never; the states that a delivery goes through."""

from __future__ import annotations

import itertools

import pytest

from bot.delivery.model import DELIVERY_FINAL, DELIVERY_MEANING, DELIVERY_TRANSITIONS, DeliveryState
from bot.delivery.retry import Again, Final, after_failure
from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    MessageRejectedError,
    RateLimitedError,
    RecipientGoneError,
)


@pytest.mark.parametrize("attempts", [1, 53, 1000])
def test_a_wait_that_the_channel_asks_for_is_no_attempt(attempts: int) -> None:
    assert after_failure(RateLimitedError(7.5, "chat"), attempts) == Again(7.5, counted=False)


@pytest.mark.parametrize("reason", ["blocked", "deleted", "not_found"])
def test_a_recipient_who_is_gone_is_never_tried_again(reason: str) -> None:
    assert after_failure(RecipientGoneError(reason), 1) == Final(reason)  # type: ignore[arg-type]  # one of the three


def test_a_message_that_was_refused_is_never_tried_again() -> None:
    assert after_failure(MessageRejectedError("too long"), 1) == Final("message-rejected")


def test_a_chat_that_moved_is_tried_at_its_new_address_at_once() -> None:
    assert after_failure(ChatMigratedError("-100"), 1) == Again(0.0, counted=True)


def test_a_chat_that_moves_for_ever_is_given_up() -> None:
    assert after_failure(ChatMigratedError("-100"), 53) == Final("chat-migrated")


def test_a_channel_that_is_away_is_tried_ever_later_for_four_hours() -> None:
    outcomes = [after_failure(ChannelUnavailableError("cut"), attempts) for attempts in range(1, 54)]
    waits = [outcome.delay_s for outcome in outcomes if isinstance(outcome, Again)]

    assert waits == sorted(waits)
    assert 3.5 * 3600 < sum(waits) < 4.5 * 3600
    assert outcomes[-1] == Final("channel unavailable for 4 hours")


def kinds(root: type[ChannelError]) -> set[type[ChannelError]]:
    return set(root.__subclasses__())


def test_every_kind_of_channel_error_is_decided_on() -> None:
    decided = {RateLimitedError, RecipientGoneError, ChatMigratedError, MessageRejectedError, ChannelUnavailableError}

    assert kinds(ChannelError) == decided


def test_an_error_of_no_kind_ends_the_attempt() -> None:
    assert after_failure(ChannelError("odd"), 1) == Final("channel")


def test_every_state_has_its_ways_out_and_its_meaning() -> None:
    assert set(DELIVERY_TRANSITIONS) == set(DELIVERY_MEANING) == set(DeliveryState)


def test_final_states_have_no_way_out_but_a_failed_one_by_hand() -> None:
    ways_out = {state: ways for state, ways in DELIVERY_TRANSITIONS.items() if state in DELIVERY_FINAL and ways}

    assert ways_out == {DeliveryState.FAILED: {DeliveryState.CREATED}}
    assert all(DELIVERY_TRANSITIONS[state] for state in set(DeliveryState) - DELIVERY_FINAL)


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = set(itertools.chain.from_iterable(DELIVERY_TRANSITIONS.values()))

    assert reached | {DeliveryState.CREATED} == set(DeliveryState)


def test_sent_is_reached_from_sending_alone() -> None:
    assert {state for state, ways in DELIVERY_TRANSITIONS.items() if DeliveryState.SENT in ways} == {
        DeliveryState.SENDING
    }
