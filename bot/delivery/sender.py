"""Sends jobs: a permit, the channel, the receipt."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot import metrics
from bot.channels.ports import Channel
from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.changing import Changed, Outcome, changed, said_instead
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.model import LANES_WITH_FALLBACK, Action, DeliveryState
from bot.delivery.pace import Pace
from bot.delivery.permits import Later, PatientPermits, Permit, PermitDesk
from bot.delivery.retry import Again, after_failure
from bot.delivery.store import Job, Receipt
from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    RateLimitedError,
    RecipientGoneError,
)
from bot.people import store as people_store
from bot.store.engine import Store

logger = logging.getLogger(__name__)

# A job whose turn is further away than this is put back, so that a hot chat never holds a place among those in hand.
_PATIENCE_S = 1.5
_REDIS_AWAY_AGAIN_S = 2.0


class Sender:
    """Sends one job and says what became of it. channels: by name; a job of a channel that is off fails."""

    def __init__(
        self, store: Store, redis: Redis, channels: Mapping[str, Channel], clock: Clock, health: ChannelHealth
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._health = health
        self._desks = {
            name: PermitDesk(Pace(redis, name, channel.abilities), monotonic=time.monotonic)
            for name, channel in channels.items()
        }
        self._patient = {name: PatientPermits(desk) for name, desk in self._desks.items()}

    @property
    def waiting(self) -> dict[str, int]:
        """Messages of this process that wait for a permit, by channel."""
        return {name: desk.waiting for name, desk in self._desks.items()}

    async def send(self, job: Job) -> Receipt:
        """Wait for the permit, send, and return the receipt; never raises for what a channel or Redis does."""
        channel = self._channels.get(job.channel)
        if channel is None:
            return await self._given_up(job, "channel is off", counted=False)
        if self._health.is_failing(job.channel) and job.attempts > 0:
            moved = await self._move_on(job)
            if moved is not None:
                return moved
        try:
            done = await self._done(job, channel)
        except ChannelError as error:
            return await self._failed(job, error)
        if isinstance(done, Receipt):
            return done
        self._count(job, done.outcome or "sent")
        return self._receipt(
            job,
            DeliveryState.SENT,
            counted=True,
            provider_ref=done.provider_ref,
            failure=done.reason,
            outcome=done.outcome,
        )

    async def _done(self, job: Job, channel: Channel) -> Changed | Receipt:
        """Do what the job says, each call with a permit of its own; or the receipt that puts it back. Raises ChannelError."""
        done = Changed()
        if job.action is not Action.SEND:
            permit = await self._permit(job, 1)
            if isinstance(permit, Receipt):
                return permit
            with self._timed(job, permit, 1):
                done = await changed(channel, job)
            if done.is_told:
                return done
            wait_s = (job.quiet_until - self._clock()).total_seconds() if job.quiet_until else 0.0
            if wait_s > 0:
                return self._receipt(job, DeliveryState.RETRYING, counted=False, delay_s=wait_s)
        message = said_instead(job)
        cost = channel.parts(message, job.language)
        permit = await self._permit(job, cost)
        if isinstance(permit, Receipt):
            return permit
        with self._timed(job, permit, cost):
            receipt = await channel.send(job.address, message, language=job.language, ref=f"delivery:{job.id}")
        return replace(done, outcome=done.outcome or Outcome.SENT, provider_ref=receipt.provider_ref)

    @contextmanager
    def _timed(self, job: Job, permit: Permit, cost: int) -> Iterator[None]:
        """Report how a call went: to the desk when it was answered, to the channel's health whether it was."""
        began = time.monotonic()
        answered = True
        try:
            yield
        except ChannelUnavailableError:
            answered = False
            raise
        finally:
            self._desks[job.channel].answered(permit, began, cost=cost)
            self._health.note(job.channel, time.monotonic() - began, answered=answered)

    async def _permit(self, job: Job, cost: int) -> Permit | Receipt:
        """The permit when its slot has come; else the receipt that puts the job back."""
        waited_s = 0.0
        while True:
            verdict = await self._patient[job.channel].permit(
                job.lane, job.address_id, cost=cost, is_group=job.address.startswith("-")
            )
            if isinstance(verdict, Permit):
                metrics.permits.labels(job.channel, job.lane).inc()
                return verdict
            wait_s = verdict.wait_s if isinstance(verdict, Later) else _REDIS_AWAY_AGAIN_S
            if verdict is None or waited_s + wait_s > _PATIENCE_S:
                return self._receipt(job, DeliveryState.RETRYING, counted=False, delay_s=wait_s)
            waited_s += wait_s
            await asyncio.sleep(wait_s)

    async def _failed(self, job: Job, error: ChannelError) -> Receipt:
        what = after_failure(error, job.attempts + 1)
        await self._note(job, error)
        self._count(job, error.code)
        logger.warning(
            "delivery %d not sent: %s", job.id, error.code, extra={"delivery": job.id, "channel": job.channel}
        )
        if not isinstance(what, Again):
            return await self._given_up(job, what.reason, counted=True)
        if isinstance(error, ChannelUnavailableError) and self._health.is_failing(job.channel):
            moved = await self._move_on(job)
            if moved is not None:
                return moved
        metrics.retries.labels(job.channel).inc()
        return self._receipt(
            job,
            DeliveryState.RETRYING,
            counted=what.counted,
            failure=error.code,
            delay_s=what.delay_s,
            maybe_sent=isinstance(error, ChannelUnavailableError) and error.maybe_sent,
        )

    async def _note(self, job: Job, error: ChannelError) -> None:
        """Keep what the error says about the channel or the address."""
        match error:
            case RateLimitedError():
                try:
                    await self._desks[job.channel].refused(job.address_id, error)
                except RedisError as failure:
                    logger.warning("pause not shared: %s", type(failure).__name__)
            case RecipientGoneError():
                state = "blocked" if error.reason == "blocked" else "gone"
                async with self._store.write() as connection:
                    await delivery_store.recipient_gone(connection, job, state, error.reason)
            case ChatMigratedError():
                async with self._store.write() as connection:
                    await people_store.move_address(connection, job.channel, job.address, error.new_address)

    async def _given_up(self, job: Job, reason: str, *, counted: bool) -> Receipt:
        """A final failure; where it is worth it, the person's next channel takes over."""
        moved = await self._move_on(job, reason)
        return moved or self._receipt(job, DeliveryState.FAILED, counted=counted, failure=reason)

    async def _move_on(self, job: Job, reason: str = "channel failing") -> Receipt | None:
        """Put the message onto the person's next channel; None when this lane does not, or there is no other."""
        if job.lane not in LANES_WITH_FALLBACK or job.action is not Action.SEND:
            return None
        async with self._store.write() as connection:
            number = await delivery_store.fall_back(connection, job, self._clock())
        if number is None:
            return None
        logger.warning("delivery %d goes on as %d on another channel", job.id, number, extra={"delivery": job.id})
        self._count(job, "fell-back")
        return self._receipt(job, DeliveryState.FAILED, counted=True, failure=f"{reason}; next channel took over"[:64])

    def _receipt(
        self,
        job: Job,
        state: DeliveryState,
        *,
        counted: bool,
        provider_ref: str | None = None,
        failure: str | None = None,
        delay_s: float | None = None,
        outcome: str | None = None,
        maybe_sent: bool = False,
    ) -> Receipt:
        now = self._clock()
        due_at = None if delay_s is None else now + timedelta(seconds=delay_s)
        return Receipt(job.id, state, job.attempts + counted, now, provider_ref, failure, due_at, outcome, maybe_sent)

    def _count(self, job: Job, result: str) -> None:
        metrics.deliveries.labels(job.channel, job.lane, result).inc()
