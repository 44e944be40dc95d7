"""Use cases of banners: propose, approve, stop; the worker's part; the board that every chat looks at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Language, Reply
from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification, Urgency
from bot.delivery.outbox import Outbox
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError, SelfApprovalError
from bot.notices.banners import store as banner_store
from bot.notices.banners.model import Banner, BannerState, banner_faults
from bot.notices.markup import plain
from bot.notices.readers.model import ConsentKind
from bot.notices.texts import NoticeTexts
from bot.people.model import Role, StaffMember, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "kouan:banners"
_LISTED = 50
_LOOKS_EVERY_S = 5.0


class BannerService:
    """Emergency banners. One person proposes, another approves; either stops."""

    def __init__(
        self, store: Store, clock: Clock, audit: AuditTrail, outbox: Outbox, redis: Redis, texts: NoticeTexts
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._outbox = outbox
        self._redis = redis
        self._texts = texts

    async def propose(
        self,
        texts: Mapping[str, str],
        starts_at: datetime,
        ends_at: datetime,
        audience: tuple[str, str] | None,
        *,
        by: StaffMember,
        topics: Collection[str] = (),
    ) -> Banner:
        """Keep a banner to be. audience: (topic, its id), (agreed, emergency), or None for no push. Raises InvalidInputError."""
        kept = {language: text.strip() for language, text in texts.items() if text.strip()}
        faults = banner_faults(kept, starts_at, ends_at, self._clock())
        is_known = audience is None or audience == (AudienceKind.AGREED, ConsentKind.EMERGENCY)
        if not is_known and (audience is None or audience[0] != AudienceKind.TOPIC or audience[1] not in topics):
            faults.append(
                Fault("audience", "unknown", "A banner is pushed to nobody, a topic's followers, or who agreed.")
            )
        if faults:
            raise InvalidInputError(faults)
        banner_id = new_id()
        async with self._store.write() as connection:
            await banner_store.add(connection, banner_id, kept, starts_at, ends_at, audience, by.id, self._clock())
            await self._record(connection, by.name, "propose", banner_id)
            return await self._found(connection, banner_id)

    async def approve(self, banner_id: str, *, by: StaffMember) -> Banner:
        """Approve what another person proposed; it shows at once, or from its start on.

        Raises NotFoundError, NotPermittedError (role), SelfApprovalError, ConflictError.
        """
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError(f"The role {Role.APPROVER} is needed.")
        async with self._store.write() as connection:
            banner = await self._found(connection, banner_id)
            if banner.author_id == by.id:
                raise SelfApprovalError("A banner is approved by another person than its author.")
            now = self._clock()
            if banner.ends_at <= now:
                raise ConflictError("Its end has passed already.", state=banner.state)
            await self._move(connection, banner, BannerState.APPROVED, approver_id=by.id, approved_at=now)
            await self._record(connection, by.name, "approve", banner_id)
            banner = await self._found(connection, banner_id)
        await self.tick()
        await self._wake()
        return banner

    async def drop(self, banner_id: str, *, by: StaffMember) -> Banner:
        """Give a proposal up: its author, or an approver. Raises NotFoundError, NotPermittedError, ConflictError."""
        return await self._end(banner_id, BannerState.DROPPED, "drop", by)

    async def stop(self, banner_id: str, *, by: StaffMember) -> Banner:
        """Stop it before its end; what is unsent of its push is not sent. Its author, or an approver."""
        return await self._end(banner_id, BannerState.STOPPED, "stop", by)

    async def newest(self) -> Sequence[Banner]:
        """The newest 50, the one made last first."""
        async with self._store.read() as connection:
            return await banner_store.newest(connection, _LISTED)

    async def find(self, banner_id: str) -> Banner:
        """A banner. Raises NotFoundError."""
        async with self._store.read() as connection:
            return await self._found(connection, banner_id)

    async def to_show(self) -> Sequence[Banner]:
        """Approved banners whose end has not come."""
        async with self._store.read() as connection:
            return await banner_store.to_show(connection, self._clock())

    async def unseen(self, banners: Sequence[Banner], address_id: str) -> Sequence[Banner]:
        """Those that an address has not seen; from now on it has."""
        ids = [banner.id for banner in banners]
        async with self._store.write() as connection:
            seen = await banner_store.seen(connection, ids, address_id)
            await banner_store.note_seen(connection, set(ids) - seen, address_id, self._clock())
        return [banner for banner in banners if banner.id not in seen]

    def reply(self, banner: Banner, language: Language) -> Reply:
        """A banner as a message."""
        until = self._texts.moment(banner.ends_at)
        text = f"{self._texts.say('banner', language, until=until)}\n\n{plain(banner.text_in(language))}"
        return Reply(text=text, kind="push")

    async def tick(self) -> None:
        """What a worker does about once a second: banners that began are pushed, those that ended are over."""
        now = self._clock()
        async with self._store.read() as connection:
            due = await banner_store.due(connection, now)
        for banner in due:
            async with self._store.write() as connection:
                await self._go_on(connection, banner, now)
        if due:
            await self._outbox.wake()
            await self._wake()

    async def _go_on(self, connection: AsyncConnection, banner: Banner, now: datetime) -> None:
        if banner.ends_at <= now:
            if await banner_store.move(connection, banner.id, BannerState.OVER):
                await delivery_store.cancel_cause(connection, CauseKind.BANNER, banner.id, now)
            return
        if not await banner_store.move(connection, banner.id, BannerState.LIVE) or banner.audience is None:
            return
        kind, target = banner.audience
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.BANNER,
                banner.id,
                Lane.EMERGENCY,
                Audience(AudienceKind(kind), target),
                {language: self.reply(banner, language) for language in LANGUAGES},
                urgency=Urgency(f"emergency banner {banner.id}", banner.approver) if banner.approver else None,
            ),
            now,
        )

    async def _end(self, banner_id: str, target: BannerState, act: str, by: StaffMember) -> Banner:
        now = self._clock()
        async with self._store.write() as connection:
            banner = await self._found(connection, banner_id)
            if banner.author_id != by.id and not by.role.may_act_as(Role.APPROVER):
                raise NotPermittedError(f"The role {Role.APPROVER} is needed.")
            await self._move(connection, banner, target, stopped_at=now, stopped_by=by.name)
            await delivery_store.cancel_cause(connection, CauseKind.BANNER, banner_id, now)
            await self._record(connection, by.name, act, banner_id)
            banner = await self._found(connection, banner_id)
        await self._wake()
        return banner

    async def _move(self, connection: AsyncConnection, banner: Banner, target: BannerState, **values: object) -> None:
        if not await banner_store.move(connection, banner.id, target, **values):
            raise ConflictError(f"The banner is {banner.state}; this is not possible now.", state=banner.state)

    async def _found(self, connection: AsyncConnection, banner_id: str) -> Banner:
        banner = await banner_store.find(connection, banner_id)
        if banner is None:
            raise NotFoundError("banner")
        return banner

    async def _record(self, connection: AsyncConnection, name: str, act: str, banner_id: str) -> None:
        await self._audit.record(connection, self._clock(), f"staff:{name}", f"banner.{act}", f"banner:{banner_id}")

    async def _wake(self) -> None:
        try:
            await self._redis.publish(WAKE_CHANNEL, b"1")
        except RedisError as error:
            logger.warning("boards not woken, they look by themselves: %s", type(error).__name__)


class BannerBoard:
    """The banners of this process: one reader for all its pages.

    It looks every five seconds, at the next start or end, and when Redis says so; pages wait for `next_change`.
    """

    def __init__(self, service: BannerService, clock: Clock, redis: Redis) -> None:
        self._service = service
        self._clock = clock
        self._redis = redis
        self._known: Sequence[Banner] = ()
        self._shown: list[Banner] = []
        self._changed = asyncio.Event()
        self._look = asyncio.Event()

    def current(self) -> list[Banner]:
        """The banners that show now."""
        now = self._clock()
        return [banner for banner in self._known if banner.shows(now)]

    def next_change(self) -> asyncio.Event:
        """Set as soon as other banners show than now. Taken before `current`, no change is missed."""
        return self._changed

    async def run(self) -> None:
        """Look until cancelled; survives database and Redis being away."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self.refresh()
                await self._pause()
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def refresh(self) -> None:
        """Look now."""
        try:
            self._known = await self._service.to_show()
        except SQLAlchemyError as error:
            logger.warning("banners not read: %s", type(error).__name__)
        shown = self.current()
        if shown != self._shown:
            self._shown = shown
            event, self._changed = self._changed, asyncio.Event()
            event.set()

    async def _pause(self) -> None:
        now = self._clock()
        edges = [edge for banner in self._known for edge in (banner.starts_at, banner.ends_at) if edge > now]
        wait_s = min([_LOOKS_EVERY_S, *((edge - now).total_seconds() + 0.01 for edge in edges)])
        try:
            await asyncio.wait_for(self._look.wait(), wait_s)
        except TimeoutError:
            return
        self._look.clear()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(WAKE_CHANNEL)
                    while True:
                        if await subscription.get_message(ignore_subscribe_messages=True, timeout=10.0):
                            self._look.set()
            except (RedisError, OSError) as error:
                logger.warning("no word of banners from Redis: %s", type(error).__name__)
            await asyncio.sleep(_LOOKS_EVERY_S)
