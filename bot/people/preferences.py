"""When and how often a person wants to be told: zone, quiet hours, instant or collected. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EVERY = "*"
"""In the place of a topic or a channel: all of them."""
DIGEST_HOUR = 9
_MONDAY = 0
_DAY_MINUTES = 24 * 60


class Cadence(StrEnum):
    """How often."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None where there is none."""
    try:
        return ZoneInfo(name) if name and name.isascii() else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@dataclass(frozen=True)
class QuietHours:
    """From a minute of the local day until another (not included); over midnight where `until` is the smaller one."""

    start: int
    until: int

    def covers(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether a moment lies in them, by the clock on the wall in the zone."""
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start <= self.until:
            return self.start <= minute < self.until
        return minute >= self.start or minute < self.until

    def end_after(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first end after a moment. An hour that the clock shows twice ends twice; one it leaves out, after the gap."""
        today = at.astimezone(zone).date()
        ends = (
            _moment(datetime.combine(today + timedelta(days=day), _time(self.until)), zone, fold)
            for day in range(3)
            for fold in (0, 1)
        )
        return min(end for end in ends if end > at and not self.covers(end, zone))


@dataclass(frozen=True)
class Preference:
    """A wish for a topic on a channel; EVERY for all of them."""

    topic: str
    channel: str
    cadence: Cadence


@dataclass(frozen=True)
class Wishes:
    """What a person asked for. zone: IANA name."""

    zone: str
    quiet: QuietHours | None = None
    preferences: tuple[Preference, ...] = ()

    def cadence(self, topic: str | None, channel: str, *, named_only: bool = False) -> Cadence:
        """How often for a topic on a channel: the closest wish, that for the topic before that for the channel.

        named_only: a wish for all topics does not count; a change of a shipment's status is not held by it.
        """
        chosen = {(wish.topic, wish.channel): wish.cadence for wish in self.preferences}
        keys: Iterable[tuple[str | None, str]] = [(topic, channel), (topic, EVERY)]
        if not named_only:
            keys = [*keys, (EVERY, channel), (EVERY, EVERY)]
        return next((chosen[key] for key in keys if key in chosen), Cadence.INSTANT)

    def quiet_until(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold at a moment end; None where none hold."""
        zone = zone_named(self.zone)
        if self.quiet is None or zone is None or not self.quiet.covers(at, zone):
            return None
        return self.quiet.end_after(at, zone)

    def digest_after(self, at: datetime, cadence: Cadence) -> datetime:
        """The next digest after a moment: 09:00 in the person's zone, each day or on Mondays."""
        zone = zone_named(self.zone) or ZoneInfo("UTC")
        today = at.astimezone(zone).date()
        days = (today + timedelta(days=number) for number in range(15))
        moments = (
            _moment(datetime.combine(day, time(DIGEST_HOUR)), zone, 0)
            for day in days
            if cadence is not Cadence.WEEKLY or day.weekday() == _MONDAY
        )
        return next(moment for moment in moments if moment > at)


def clock_text(minute: int) -> str:
    """A minute of the day as people read it: 22:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def is_minute(minute: int) -> bool:
    """Whether it is a minute of the day."""
    return 0 <= minute < _DAY_MINUTES


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _moment(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
