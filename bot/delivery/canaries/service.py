"""The job that proves arrival: a message to each canary every so often, the whole way that all others go."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.model import Reply
from bot.clock import Clock
from bot.delivery.canaries import store as canary_store
from bot.delivery.canaries.model import (
    CRITICAL_TOPICS,
    MADE_WITHIN,
    PROVEN_WITHIN,
    Canary,
    ChannelProof,
    Incident,
    IncidentKind,
    Probe,
)
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.people.model import new_id
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_KEPT = timedelta(days=35)
_SHOWN = timedelta(days=7)
_LOOKED_BACK = timedelta(days=1)
_TEXT = "探针消息，请忽略。Probe: please ignore."


class Canaries:
    """Sends probes and judges them. Any number of workers may run `tick`: a probe of one moment is made once.

    canaries: at most one a channel. every: between two probes; zero: off.
    """

    def __init__(
        self, store: Store, clock: Clock, outbox: Outbox, canaries: Sequence[Canary], every: timedelta
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._canaries = {canary.channel: canary for canary in canaries}
        self._every_s = int(every.total_seconds())
        self._begun: int | None = None

    async def tick(self) -> None:
        """Judge what is under way, and begin what is due. Called about once a second."""
        if not self._every_s or not self._canaries:
            return
        now = self._clock()
        async with self._store.read() as connection:
            probes = await canary_store.open_probes(connection)
        for probe in probes:
            await self._judge(probe, now)
        if probes or self._begun is None:
            await self._count_incidents()
        slot = int(now.timestamp()) // self._every_s
        if slot != self._begun:
            await self._begin(slot, now)
            self._begun = slot

    async def _count_incidents(self) -> None:
        async with self._store.read() as connection:
            found = await canary_store.recent_incidents(connection, self._clock())
        for channel in self._canaries:
            metrics.open_incidents.labels(channel).set(
                sum(one.channel == channel and one.closed_at is None for one in found)
            )

    async def _begin(self, slot: int, now: datetime) -> None:
        async with self._store.write() as connection:
            await canary_store.forget_before(connection, now - _KEPT)
            for canary in self._canaries.values():
                await canary_store.settle_in(connection, canary, [new_id() for _ in CRITICAL_TOPICS], now)
                await self._look_for_misses(connection, canary, now)
                number = f"{canary.channel}-{slot}"
                if await canary_store.add_probe(connection, number, canary.channel, now):
                    await self._outbox.add(
                        connection,
                        OutgoingNotification(
                            CauseKind.CANARY,
                            number,
                            Lane.TRANSACTIONAL,
                            Audience(AudienceKind.PERSON, canary.person_id),
                            {"zh-Hans": Reply(text=_TEXT, kind="push")},
                        ),
                        now,
                    )
        await self._outbox.wake()

    async def _judge(self, probe: Probe, now: datetime) -> None:
        canary = self._canaries.get(probe.channel)
        if canary is None:
            return
        async with self._store.read() as connection:
            has_arrived = await self._has_arrived(connection, canary, probe)
        if has_arrived:
            metrics.probes.labels(probe.channel, "proven").inc()
            async with self._store.write() as connection:
                await canary_store.note_proven(connection, probe.id, probe.sent_at or now)
                if not probe.failed:
                    closed = await canary_store.close_incidents(
                        connection, IncidentKind.ARRIVAL, probe.channel, f"probe {probe.id} arrived", now
                    )
                    for number in closed:
                        logger.warning("incident closed", extra={"incident": number, "channel": probe.channel})
        elif not probe.failed and now - probe.created_at > PROVEN_WITHIN:
            metrics.probes.labels(probe.channel, "failed").inc()
            async with self._store.write() as connection:
                await canary_store.note_failed(connection, probe.id, now)
                await self._open(connection, IncidentKind.ARRIVAL, probe.channel, f"probe {probe.id} is missing", now)

    async def _has_arrived(self, connection: AsyncConnection, canary: Canary, probe: Probe) -> bool:
        """Web: read back from where a page would. Others: the channel's own number of the message is its receipt."""
        if probe.sent_ref is None or (probe.sent_at and probe.sent_at - probe.created_at > PROVEN_WITHIN):
            return False
        delivery, provider_ref = probe.sent_ref
        if probe.channel == "web":
            return await canary_store.is_in_web_inbox(connection, canary.address_id, delivery)
        return bool(provider_ref)

    async def _look_for_misses(self, connection: AsyncConnection, canary: Canary, now: datetime) -> None:
        missed = await canary_store.left_out(connection, canary, now - _LOOKED_BACK, now - MADE_WITHIN)
        if missed:
            why = f"no delivery to the canary: notice {', '.join(missed[:5])}"
            await self._open(connection, IncidentKind.MISSED, canary.channel, why, now)
        else:
            await canary_store.close_incidents(
                connection, IncidentKind.MISSED, canary.channel, "the last day's notices reached the canary", now
            )

    async def _open(
        self, connection: AsyncConnection, kind: IncidentKind, channel: str, why: str, now: datetime
    ) -> None:
        number = new_id()
        if await canary_store.open_incident(connection, number, kind, channel, why, now):
            logger.error("incident opened: %s of %s", kind, channel, extra={"incident": number, "channel": channel})


class Incidents:
    """What went wrong of late and what was proven last, for pages."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def recent(self) -> list[Incident]:
        """Open ones and those that ended in the last week, the newest first."""
        async with self._store.read() as connection:
            return await canary_store.recent_incidents(connection, self._clock() - _SHOWN)

    async def proofs(self) -> list[ChannelProof]:
        """By channel."""
        async with self._store.read() as connection:
            return await canary_store.proofs(connection)
