"""Hearts are judged by what was seen, not by comparing clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.delivery.pulse import Hearts, SteadyClock

START = datetime(2026, 11, 22, tzinfo=UTC)


class Watch:
    """A clock that only goes on."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_heart_that_beats_is_alive_whatever_its_clock_says() -> None:
    watch = Watch()
    hearts = Hearts(timedelta(seconds=20), monotonic=watch)
    beats = [START, START + timedelta(hours=1), START - timedelta(days=1)]

    found = []
    for beat_at in beats:
        watch.now_s += 15
        found.append(hearts.stopped({"a": beat_at}))

    assert found == [[], [], []]


def test_a_heart_that_stands_still_is_dead_after_its_time() -> None:
    watch = Watch()
    hearts = Hearts(timedelta(seconds=20), monotonic=watch)
    hearts.stopped({"a": START, "b": START})

    watch.now_s = 20.5

    assert hearts.stopped({"a": START, "b": START + timedelta(seconds=2)}) == ["a"]


def test_who_left_is_forgotten() -> None:
    watch = Watch()
    hearts = Hearts(timedelta(seconds=20), monotonic=watch)
    hearts.stopped({"a": START})
    hearts.stopped({})
    watch.now_s = 30

    assert hearts.stopped({"a": START}) == []


def test_a_clock_that_was_set_is_in_doubt_for_a_while() -> None:
    watch = Watch()
    steady = SteadyClock(timedelta(minutes=3), monotonic=watch)
    before = steady.is_steady(START)

    watch.now_s = 1
    after_step = steady.is_steady(START + timedelta(hours=1))
    watch.now_s = 100
    meanwhile = steady.is_steady(START + timedelta(hours=1, seconds=99))
    watch.now_s = 182
    later = steady.is_steady(START + timedelta(hours=1, seconds=181))

    assert (before, after_step, meanwhile, later) == (True, False, False, True)
