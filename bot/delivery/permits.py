"""The desk where a process's messages wait for their permits: one call to Redis serves all that wait."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis.exceptions import RedisError

from bot import metrics
from bot.channels.ports import Channel
from bot.delivery.model import Lane
from bot.delivery.pace import Demand, Finished, Pace, Verdict
from bot.delivery.round_trips import RoundTrips
from bot.errors import RateLimitedError
from bot.people.model import conversation_key

logger = logging.getLogger(__name__)

_ASKED_AT_ONCE = 64
_REPORTED_AT_ONCE = 200
_AGAIN_MIN_S = 0.002
_AGAIN_MAX_S = 0.5
_AWAY_FIRST_S, _AWAY_MOST_S = 0.25, 2.0


@dataclass(frozen=True)
class Permit:
    """Leave to send one message now. name: None when the channel has no limits."""

    name: str | None = None


@dataclass(frozen=True)
class Later:
    """The chat must wait `wait_s` seconds; nobody else does."""

    wait_s: float


class PermitDesk:
    """Permits of one channel for one process."""

    def __init__(self, pace: Pace, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._monotonic = monotonic
        self._trips = RoundTrips(monotonic)
        self._names = (f"{secrets.token_hex(4)}-{number}" for number in itertools.count())
        self._waiting: dict[str, tuple[Demand, asyncio.Future[Permit | Later]]] = {}
        self._finished: list[tuple[str, float]] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many messages of this process wait for a permit."""
        return len(self._waiting)

    async def permit(self, lane: Lane, address_id: str, *, cost: int = 1, is_group: bool = False) -> Permit | Later:
        """Wait for the slot; returns when it has come, or at once when the chat must step aside.

        Waits on while Redis answers; raises RedisError when it is away.
        """
        if not self._pace.limited:
            return Permit()
        name = next(self._names)
        answered: asyncio.Future[Permit | Later] = asyncio.get_running_loop().create_future()
        self._waiting[name] = (Demand(name, lane, address_id, cost, is_group), answered)
        self._more.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        try:
            return await answered
        finally:
            self._waiting.pop(name, None)

    def answered(self, permit: Permit, sent_at_s: float, *, cost: int = 1) -> None:
        """The channel answered (a refusal too). sent_at_s: when the message was sent, on the desk's clock.

        A message of several parts is not reported: its parts went at their own moments, which the slot already counts.
        """
        if permit.name is None or cost > 1:
            return
        now = self._monotonic()
        self._trips.note(now - sent_at_s)
        self._finished.append((permit.name, now))
        if len(self._finished) > _REPORTED_AT_ONCE:
            # Nobody waits, so nobody asks: what is old is forgotten by Redis of itself.
            del self._finished[:-_REPORTED_AT_ONCE]

    async def refused(self, address_id: str, error: RateLimitedError) -> bool:
        """See Pace.refused."""
        metrics.refusals.inc()
        return await self._pace.refused(address_id, error)

    async def _serve(self) -> None:
        while self._waiting:
            self._more.clear()
            try:
                wait_s = await self._ask()
            except RedisError as error:
                for _, answered in list(self._waiting.values()):
                    if not answered.done():
                        answered.set_exception(error)
                return
            if wait_s is None:
                continue
            try:
                # Somebody new may stand in a higher lane, or may be told at once that the chat must wait.
                await asyncio.wait_for(self._more.wait(), min(max(wait_s, _AGAIN_MIN_S), _AGAIN_MAX_S))
            except TimeoutError:
                continue

    async def _ask(self) -> float | None:
        """One call for those that wait; returns how long to wait until the next, None: ask again at once."""
        candidates = [pair for pair in self._waiting.values() if not pair[1].done()]
        # Their order of arrival holds within a lane; the script takes the lanes in order.
        candidates.sort(key=lambda pair: _ORDER[pair[0].lane])
        bulk = next((pair for pair in candidates[_ASKED_AT_ONCE:] if pair[0].lane is Lane.BULK), None)
        asked = candidates[:_ASKED_AT_ONCE] + ([bulk] if bulk else [])
        if not asked:
            await asyncio.sleep(0)  # whoever gave up leaves the desk in its own time
            return None
        now = self._monotonic()
        finished, self._finished = self._finished, []
        certain_s = self._trips.certain_s
        answers = await self._pace.take(
            [demand for demand, _ in asked],
            [Finished(name, now - at + certain_s) for name, at in finished],
            spread_s=self._trips.spread_s,
        )
        loop = asyncio.get_running_loop()
        waits = []
        for (demand, future), answer in zip(asked, answers, strict=True):
            if future.done():
                continue
            if answer.verdict is Verdict.GRANTED:
                # The place at the desk is given up before the slot comes: it must not be asked for twice.
                self._waiting.pop(demand.permit, None)
                loop.call_later(answer.wait_s, _settle, future, Permit(demand.permit))
            elif answer.verdict is Verdict.CHAT_WAITS:
                future.set_result(Later(answer.wait_s))
            else:
                waits.append(answer.wait_s)
        return min(waits) if waits else None


_ORDER = {lane: number for number, lane in enumerate((Lane.EMERGENCY, Lane.REPLY, Lane.TRANSACTIONAL, Lane.BULK))}


def _settle(future: asyncio.Future[Permit | Later], permit: Permit) -> None:
    if not future.done():
        future.set_result(permit)


class PatientPermits:
    """Permits for deliveries: while Redis is away they wait for it, without asking in a hurry."""

    def __init__(self, desk: PermitDesk, *, patience_s: float = 30.0) -> None:
        self._desk = desk
        self._patience_s = patience_s

    async def permit(self, lane: Lane, address_id: str, *, cost: int, is_group: bool) -> Permit | Later | None:
        """As PermitDesk.permit; None when Redis stayed away for longer than the patience."""
        waited_s, wait_s = 0.0, _AWAY_FIRST_S
        while True:
            try:
                return await self._desk.permit(lane, address_id, cost=cost, is_group=is_group)
            except RedisError as error:
                # Without the shared limits nobody sends: others may be sending, and the channel would shut us all out.
                if waited_s >= self._patience_s:
                    logger.warning("no permits: %s", type(error).__name__)
                    return None
            await asyncio.sleep(wait_s)
            waited_s += wait_s
            wait_s = min(wait_s * 2, _AWAY_MOST_S)


class SharedReplyPermits:
    """The limits for answers to people: from the same window as deliveries, ahead of bulk and of most else."""

    def __init__(self, desk: PermitDesk, channel: Channel) -> None:
        self._desk = desk
        self._channel = channel

    async def wait(self, channel: str, address: str, messages: int) -> None:
        """See ReplyPermits.wait."""
        while True:
            try:
                verdict = await self._desk.permit(
                    Lane.REPLY, conversation_key(channel, address), cost=messages, is_group=address.startswith("-")
                )
            except RedisError as error:
                # A few answers over the limit cost a 429 at worst; no answer costs the person their question.
                logger.warning("answer without a permit: %s", type(error).__name__)
                return
            if isinstance(verdict, Permit):
                return
            await asyncio.sleep(verdict.wait_s)

    async def refused(self, channel: str, address: str, error: RateLimitedError) -> None:
        """See ReplyPermits.refused."""
        try:
            await self._desk.refused(conversation_key(channel, address), error)
        except RedisError as away:
            logger.warning("pause not shared: %s", type(away).__name__)
