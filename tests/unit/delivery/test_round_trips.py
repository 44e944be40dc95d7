"""What answers' times tell: safe from the first message on, and close once enough of them were seen."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.round_trips import RoundTrips


def seen(trips: RoundTrips, count: int, jitter_s: float, rng: random.Random) -> None:
    for _ in range(count):
        trips.note(0.05 + rng.uniform(0, jitter_s) + rng.uniform(0, jitter_s))


def test_before_the_first_answers_nothing_is_certain() -> None:
    trips = RoundTrips(lambda: 0.0)

    seen(trips, 9, 0.0, random.Random(1))

    assert trips.certain_s == 0.0


@given(count=st.integers(1, 2000), jitter_ms=st.sampled_from([0, 5, 20, 50]), seed=st.integers(0, 10**6))
def test_what_is_certain_hardly_ever_exceeds_the_quickest_way_there_is(count: int, jitter_ms: int, seed: int) -> None:
    trips = RoundTrips(lambda: 0.0)

    seen(trips, count, jitter_ms / 1000, random.Random(seed))

    # A place given away so much too early is refused only if the next message is quicker by that and the last one slower.
    allowed_s = jitter_ms / 1000 * (0.6 if count < 50 else 0.3)
    assert trips.certain_s <= 0.05 + allowed_s


def test_after_a_thousand_answers_little_is_given_away() -> None:
    trips = RoundTrips(lambda: 0.0)

    seen(trips, 1000, 0.05, random.Random(1))

    assert 0.045 < trips.certain_s < 0.053


def test_a_way_that_became_longer_is_believed_after_two_minutes() -> None:
    now = [0.0]
    trips = RoundTrips(lambda: now[0])
    seen(trips, 10, 0.0, random.Random(1))
    for second in range(130):
        now[0] = float(second)
        trips.note(0.2)

    assert trips.certain_s > 0.15
