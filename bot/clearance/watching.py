"""Use case: learn what is usual at each port and stage, and tell followers of a lateness before they ask, once for each."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.channels.model import LANGUAGES
from bot.clearance import late_store
from bot.clearance import store as clearance_store
from bot.clearance.lateness import CASES_LEAST, WINDOW, Lateness, Promise, Usual, lateness, percentile_s
from bot.clearance.model import Stage
from bot.clearance.reports import settle
from bot.clearance.texts import StageTexts
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.people import store as people_store
from bot.people.model import FollowKind
from bot.store.engine import Store
from bot.store.serial import one_at_a_time

logger = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
LEARN_EVERY = timedelta(days=1)
_PAGE = 500
_SAMPLE = 4000  # spans kept for one port and stage: the 90th percentile of more is the same to a minute or two


class LateWatch:
    """promises: published times. Any number of workers may run `tick`: each lateness is noted under a unique key."""

    def __init__(
        self, store: Store, clock: Clock, outbox: Outbox, texts: StageTexts, promises: Sequence[Promise]
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._texts = texts
        self._promises = promises
        self._looked_at: datetime | None = None

    async def tick(self) -> None:
        """What a worker does about once a second; it looks once a minute and learns once a day."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        async with self._store.read() as connection:
            learned_at = await late_store.computed_at(connection)
        if learned_at is None or now - learned_at >= LEARN_EVERY:
            await self.learn()
        await self.look()

    async def learn(self) -> None:
        """Work out anew what is usual, from the stages that declarations left within the last 90 days."""
        now = self._clock()
        since, after = now - WINDOW, ""
        spans: dict[tuple[str, Stage], _Sample] = {}
        while True:
            async with self._store.read() as connection:
                page = await late_store.moved_since(connection, since, after, _PAGE)
                reports = await clearance_store.reports_of(connection, [number for number, _ in page])
            for number, port in page:
                changes = [one.change for one in settle(reports[number]).holding if one.change is not None]
                for change, following in pairwise(changes):
                    if following.stage is not change.stage and following.occurred_at >= since:
                        span_s = (following.occurred_at - change.occurred_at).total_seconds()
                        spans.setdefault((port, change.stage), _Sample()).add(span_s)
            if len(page) < _PAGE:
                break
            after = page[-1][0]
        found = [
            Usual(port, stage, sample.seen, percentile_s(sample.spans_s))
            for (port, stage), sample in sorted(spans.items())
            if sample.seen >= CASES_LEAST
        ]
        async with self._store.write() as connection:
            await one_at_a_time(connection, "clearance:usual")
            await late_store.set_usual(connection, found, now)
        logger.info("learned what is usual", extra={"pairs": len(found)})

    async def look(self) -> int:
        """Note what is late now and was not yet, and tell followers; returns how many were found."""
        now, after, found = self._clock(), "", 0
        async with self._store.read() as connection:
            usual = await late_store.usual(connection)
        allowed = [*(one.p90_s for one in usual.values()), *(promise.allowed_s for promise in self._promises)]
        if not allowed:
            return 0
        before = now - timedelta(seconds=min(allowed))
        while True:
            async with self._store.read() as connection:
                page = await late_store.standing(connection, after, (now - WINDOW, before), _PAGE)
            for one in page:
                late = lateness(one.port, one.stage, one.since, now, usual.get((one.port, one.stage)), self._promises)
                found += bool(late and await self._note(one, late, now))
            if len(page) < _PAGE:
                break
            after = page[-1].declaration_no
        if found:
            await self._outbox.wake()
        return found

    async def _note(self, standing: late_store.Standing, late: Lateness, now: datetime) -> bool:
        number = standing.declaration_no
        async with self._store.write() as connection:
            if not await late_store.add_late(connection, standing, late, now):
                return False
            if await people_store.followed_among(connection, FollowKind.DECLARATION, {number}):
                notification = OutgoingNotification(
                    CauseKind.CLEARANCE,
                    f"late:{number}:{standing.basis_seq}",
                    Lane.TRANSACTIONAL,
                    Audience(AudienceKind.DECLARATION, number),
                    {language: self._texts.late(number, late, now, language) for language in LANGUAGES},
                )
                await self._outbox.add(connection, notification, now)
        return True


class _Sample:
    """A fair sample of spans: each of those seen is as likely in it as any other."""

    def __init__(self) -> None:
        self.seen = 0
        self.spans_s: list[float] = []

    def add(self, span_s: float) -> None:
        """One more span, seconds."""
        self.seen += 1
        if len(self.spans_s) < _SAMPLE:
            self.spans_s.append(span_s)
        elif (place := random.randrange(self.seen)) < _SAMPLE:
            self.spans_s[place] = span_s
