"""Sends jobs: a permit, the channel, the receipt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from redis.exceptions import RedisError

from bot import metrics
from bot.channels.ports import Channel
from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.changing import Outcome, changed, said_instead
from bot.delivery.model import DeliveryState
from bot.delivery.pace import Pace
from bot.delivery.retry import Again, after_failure
from bot.delivery.store import Job, Receipt
from bot.errors import ChannelError, ChatMigratedError, RateLimitedError, RecipientGoneError
from bot.store.engine import Store

logger = logging.getLogger(__name__)

# A job whose turn is further away than this is put back, so that a hot chat never holds a place among those in hand.
_PATIENCE_S = 1.5


class Sender:
    """Sends one job and says what became of it. channels: by name; a job of a channel that is off fails."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], pace: Pace, clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._pace = pace
        self._clock = clock

    async def send(self, job: Job) -> Receipt:
        """Wait for the permit, send, and return the receipt; never raises for what a channel or Redis does."""
        channel = self._channels.get(job.channel)
        if channel is None:
            return self._receipt(job, DeliveryState.FAILED, counted=False, failure="channel is off")
        put_back = await self._permit(job, channel)
        if put_back is not None:
            return put_back
        try:
            done = await changed(channel, job)
            if not done.is_told:
                put_back = await self._permit(job, channel) if done.tried else None
                if put_back is not None:
                    return put_back
                receipt = await channel.send(
                    job.address, said_instead(job), language=job.language, ref=f"delivery:{job.id}"
                )
                done = replace(done, outcome=done.outcome or Outcome.SENT, provider_ref=receipt.provider_ref)
        except ChannelError as error:
            return await self._failed(job, error)
        self._count(job, done.outcome or "sent")
        return self._receipt(
            job,
            DeliveryState.SENT,
            counted=True,
            provider_ref=done.provider_ref,
            failure=done.reason,
            outcome=done.outcome,
        )

    async def _permit(self, job: Job, channel: Channel) -> Receipt | None:
        """None when the slot has come; else the receipt that puts the job back."""
        abilities = channel.abilities
        waited_s = 0.0
        while True:
            try:
                granted, wait_s = await self._pace.take(
                    job.channel,
                    job.address_id,
                    job.lane,
                    rate_per_s=abilities.rate_per_s,
                    chat_interval_s=abilities.chat_interval_s,
                    cost=channel.parts(job.message, job.language),
                )
            except RedisError as error:
                # Without the shared limits nobody sends: other workers may be sending, and the channel would shut us all out.
                logger.warning("no permits: %s", type(error).__name__)
                return self._receipt(job, DeliveryState.RETRYING, counted=False, delay_s=1.0)
            if granted:
                await asyncio.sleep(wait_s)
                return None
            if waited_s + wait_s > _PATIENCE_S:
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
        if isinstance(what, Again):
            return self._receipt(
                job, DeliveryState.RETRYING, counted=what.counted, failure=error.code, delay_s=what.delay_s
            )
        return self._receipt(job, DeliveryState.FAILED, counted=True, failure=what.reason)

    async def _note(self, job: Job, error: ChannelError) -> None:
        """Keep what the error says about the channel or the address."""
        match error:
            case RateLimitedError():
                try:
                    chat = job.address_id if error.scope == "chat" else None
                    await self._pace.pause(job.channel, chat, error.retry_after_s)
                except RedisError as failure:
                    logger.warning("pause not shared: %s", type(failure).__name__)
            case RecipientGoneError():
                state = "blocked" if error.reason == "blocked" else "gone"
                async with self._store.write() as connection:
                    await delivery_store.set_address(connection, job.address_id, state=state, note=error.reason)
            case ChatMigratedError():
                async with self._store.write() as connection:
                    await delivery_store.set_address(connection, job.address_id, address=error.new_address)

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
    ) -> Receipt:
        now = self._clock()
        due_at = None if delay_s is None else now + timedelta(seconds=delay_s)
        return Receipt(job.id, state, job.attempts + counted, now, provider_ref, failure, due_at, outcome)

    def _count(self, job: Job, result: str) -> None:
        metrics.deliveries.labels(job.channel, job.lane, result).inc()


class ReceiptWriter:
    """Collects receipts for a moment and writes them in one transaction."""

    def __init__(self, write: Callable[[list[Receipt]], Awaitable[None]], *, collect_s: float = 0.02) -> None:
        self._write = write
        self._collect_s = collect_s
        self._waiting: list[tuple[Receipt, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, receipt: Receipt) -> None:
        """Returns when the receipt is stored. Raises what the database raised."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, stored))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())
        await stored

    async def _flush(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._collect_s)
            batch, self._waiting = self._waiting, []
            try:
                await self._write([receipt for receipt, _ in batch])
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
            else:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)
