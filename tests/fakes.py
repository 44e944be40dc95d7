"""Fakes that fulfil the ports of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.channels.model import Language, Reply


@dataclass(frozen=True)
class Asked:
    """One call of the dialogue."""

    key: str
    message: str
    language: Language
    today: date
    timeout_s: float
    form: str | None = None


class FakeDialogue:
    """Fulfils Dialogue. answers: called with each message; what it returns is the reply, what it raises is raised.

    asked: every call, in order; running_most: the most calls of one conversation that ran at the same moment.
    """

    def __init__(
        self,
        answers: Callable[[str], Reply] = lambda message: Reply(text="from the dialogue", topic="taxes_fees"),
        *,
        latency_s: float = 0.0,
        is_ready: bool = True,
    ) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        self.running_most = 0
        self._running: dict[str, int] = {}
        self._latency_s = latency_s
        self._is_ready = is_ready

    async def answer(
        self, key: str, message: str, language: Language, *, today: date, timeout_s: float, form: str | None = None
    ) -> list[Reply]:
        """Keep the call, take as long as was arranged, and answer."""
        self.asked.append(Asked(key, message, language, today, timeout_s, form))
        self._running[key] = self._running.get(key, 0) + 1
        self.running_most = max(self.running_most, self._running[key])
        try:
            await asyncio.sleep(self._latency_s)
            return [self.answers(message)]
        finally:
            self._running[key] -= 1

    async def ready(self) -> bool:
        """As arranged."""
        return self._is_ready


class FakeClock:
    """Fulfils Clock: the time stands still until it is turned."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time as it was set."""
        return self.now

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


async def own_counters() -> bytes:
    """No counters of a service."""
    return b""
