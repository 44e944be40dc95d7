"""A status follows from what was reported and when, never from the order of arrival."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clearance.model import INTERRUPTIONS, RANK, Stage, StageChange, current_stage, is_declaration_no
from tests.events import BEGAN_AT


def change(stage: Stage, minute: int = 0, note: str | None = None) -> StageChange:
    return StageChange(stage, BEGAN_AT + timedelta(minutes=minute), note)


def stage_of(*changes: StageChange) -> Stage | None:
    current = current_stage(changes)
    return current.stage if current else None


changes_st = st.builds(change, st.sampled_from(Stage), st.integers(0, 3), st.sampled_from([None, "a", "b"]))


@given(st.lists(changes_st, max_size=8).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_every_order_of_arrival_gives_the_same_status(orders: tuple[list[StageChange], list[StageChange]]) -> None:
    assert current_stage(orders[0]) == current_stage(orders[1])


@given(st.lists(changes_st, min_size=1, max_size=8))
def test_a_report_again_changes_nothing(history: list[StageChange]) -> None:
    assert current_stage([*history, history[0]]) == current_stage(history)


@given(st.lists(changes_st, min_size=1, max_size=8))
def test_the_status_is_one_of_those_reported(history: list[StageChange]) -> None:
    assert current_stage(history) in history


def test_without_reports_there_is_no_status() -> None:
    assert current_stage([]) is None


def test_release_and_closure_of_one_second_end_closed() -> None:
    assert stage_of(change(Stage.CLOSED), change(Stage.RELEASED)) is Stage.CLOSED


def test_two_interruptions_of_one_second_have_one_answer() -> None:
    rejected, suspended = change(Stage.REJECTED), change(Stage.SUSPENDED)

    assert stage_of(rejected, suspended) is stage_of(suspended, rejected)


def test_a_returned_declaration_starts_anew() -> None:
    returned = (change(Stage.REVIEWED, 1), change(Stage.RETURNED, 2))

    assert stage_of(*returned) is Stage.RETURNED
    assert stage_of(*returned, change(Stage.SUBMITTED, 3)) is Stage.SUBMITTED


def test_progress_never_goes_back() -> None:
    assert stage_of(change(Stage.RELEASED, 1), change(Stage.EXAMINATION, 2)) is Stage.RELEASED


def test_a_suspension_ends_with_the_next_step_and_not_with_an_earlier_one() -> None:
    suspended = (change(Stage.TAX_DUE, 1), change(Stage.SUSPENDED, 2))

    assert stage_of(*suspended, change(Stage.STORED, 3)) is Stage.SUSPENDED
    assert stage_of(*suspended, change(Stage.EXAMINATION, 3)) is Stage.EXAMINATION


def test_a_late_report_of_an_earlier_time_does_not_replace_what_holds() -> None:
    assert stage_of(change(Stage.RELEASED, 5), change(Stage.RETURNED, 1), change(Stage.SUBMITTED, 2)) is Stage.RELEASED


def test_every_stage_is_either_progress_or_an_interruption() -> None:
    assert set(RANK) | INTERRUPTIONS == set(Stage)
    assert not set(RANK) & INTERRUPTIONS


@pytest.mark.parametrize(
    "text", ["", "1" * 17, "1" * 19, "１" * 18, "5316202610001234 6", "531620261000123456\n", "a" * 18]
)
def test_what_is_no_declaration_number_is_refused(text: str) -> None:
    assert not is_declaration_no(text)


def test_eighteen_digits_are_a_declaration_number() -> None:
    assert is_declaration_no("531620261000123456")
