"""Zones, quiet hours, digests: by the clock on the person's wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.preferences import EVERY, Cadence, Preference, QuietHours, Wishes, zone_named

ZONES = (
    "Asia/Hong_Kong",
    "Asia/Shanghai",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)
MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
NIGHT = QuietHours(22 * 60, 8 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Asia/Hong_Kong", "2026-11-22T14:00+00:00", "2026-11-23T00:00+00:00"),
        ("Asia/Hong_Kong", "2026-11-22T13:59+00:00", None),
        ("Asia/Hong_Kong", "2026-11-22T23:59+00:00", "2026-11-23T00:00+00:00"),
        ("Asia/Hong_Kong", "2026-11-23T00:00+00:00", None),
        # The same moment is day in one zone and night in the other: the server's clock says nothing.
        ("Europe/London", "2026-11-22T14:00+00:00", None),
        # The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
        ("Europe/London", "2026-03-28T23:00+00:00", "2026-03-29T07:00+00:00"),
        ("Europe/London", "2026-10-24T22:00+00:00", "2026-10-25T08:00+00:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_in_the_zone(zone: str, now: str, until: str | None) -> None:
    assert Wishes(zone, NIGHT).quiet_until(at(now)) == (at(until) if until else None)


def test_an_end_in_the_hour_that_is_left_out_lies_behind_the_gap() -> None:
    wishes = Wishes("Europe/London", QuietHours(22 * 60, 90))  # 01:30 does not exist on 29 March 2026

    until = wishes.quiet_until(at("2026-03-29T00:30+00:00"))

    assert until == at("2026-03-29T01:30+00:00")


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    wishes = Wishes("Europe/London", QuietHours(22 * 60, 90))  # 01:30 comes twice on 25 October 2026

    assert wishes.quiet_until(at("2026-10-25T00:29+00:00")) == at("2026-10-25T00:30+00:00")
    assert wishes.quiet_until(at("2026-10-25T01:10+00:00")) == at("2026-10-25T01:30+00:00")


@given(
    st.sampled_from(ZONES),
    st.integers(0, 1439),
    st.integers(0, 1439),
    MOMENTS,
)
def test_the_end_is_later_and_not_quiet(zone: str, start: int, until: int, moment: datetime) -> None:
    now = moment
    end = Wishes(zone, QuietHours(start, until)).quiet_until(now)

    if end is None:
        assert not QuietHours(start, until).covers(now, ZoneInfo(zone))
    else:
        assert now < end <= now + timedelta(hours=26)
        assert not QuietHours(start, until).covers(end, ZoneInfo(zone))


@given(
    st.sampled_from(ZONES),
    st.sampled_from([Cadence.DAILY, Cadence.WEEKLY]),
    MOMENTS,
)
def test_a_digest_is_at_nine_in_the_zone(zone: str, cadence: Cadence, moment: datetime) -> None:
    now = moment
    local = Wishes(zone).digest_after(now, cadence).astimezone(ZoneInfo(zone))

    assert local > now
    assert (local.hour, local.minute) == (9, 0)
    assert local - now <= (timedelta(days=1, hours=2) if cadence is Cadence.DAILY else timedelta(days=7, hours=2))
    assert cadence is Cadence.DAILY or local.weekday() == 0


def test_the_closest_wish_counts() -> None:
    wishes = Wishes(
        "Asia/Shanghai",
        None,
        (
            Preference(EVERY, EVERY, Cadence.WEEKLY),
            Preference(EVERY, "web", Cadence.DAILY),
            Preference("pets", EVERY, Cadence.INSTANT),
            Preference("pets", "web", Cadence.DAILY),
        ),
    )

    assert wishes.cadence("taxes", "telegram") is Cadence.WEEKLY
    assert wishes.cadence("taxes", "web") is Cadence.DAILY
    assert wishes.cadence("pets", "telegram") is Cadence.INSTANT
    assert wishes.cadence("pets", "web") is Cadence.DAILY
    assert wishes.cadence("taxes", "web", named_only=True) is Cadence.INSTANT


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "北京", "Asia/", "/etc/localtime"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone_named(name) is None
