"""How notices are read: with their live delivery, as they will arrive, by the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.clock import Clock, utc_now
from bot.delivery.pace import PACE_SHARE
from bot.errors import NotFoundError
from bot.notices import audiences
from bot.notices import store as notice_store
from bot.notices.audiences import AudiencePreview
from bot.notices.model import ENDED, Notice, Progress, Version, versions_of
from bot.notices.placeholders import Finding
from bot.notices.progress import progress_of
from bot.notices.texts import NoticeTexts
from bot.people.model import Role
from bot.people.staff import StaffService
from bot.store.engine import Store

_LISTED = 200


@dataclass(frozen=True)
class Preview:
    """A notice as it will arrive. versions, messages: by language; audience: addresses that would be written to now.

    variants: messages for parts of the audience with values of their own; findings: placeholders that lack a value, values
    that belong to none; takes_s: seconds that the slowest channel needs at its pace, by channel.
    """

    versions: Mapping[Language, Version]
    messages: Mapping[Language, Reply]
    recipients: AudiencePreview
    variants: Mapping[int, Mapping[Language, Reply]]
    findings: Sequence[Finding]
    takes_s: Mapping[str, float]

    @property
    def audience(self) -> int:
        """Addresses that would be written to now."""
        return self.recipients.size


@dataclass(frozen=True)
class NoticeStatus:
    """A notice with its live delivery. audience: addresses that would be written to now, or those that were."""

    notice: Notice
    progress: Progress
    audience: int


class NoticeQueries:
    """Reads; changes nothing. rates: messages a second that channels take; those without a limit are left out."""

    def __init__(
        self,
        store: Store,
        staff: StaffService,
        texts: NoticeTexts,
        clock: Clock = utc_now,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self._clock = clock
        self._rates = rates or {}
        self._store = store
        self._staff = staff
        self._texts = texts

    async def find(self, notice_id: str) -> Notice:
        """A notice. Raises NotFoundError."""
        async with self._store.read() as connection:
            return await found(connection, notice_id)

    async def status(self, notice_id: str) -> NoticeStatus:
        """A notice with its live counts. Raises NotFoundError."""
        async with self._store.read() as connection:
            notice = await found(connection, notice_id)
            progress = (await progress_of(connection, [notice_id])).get(notice_id, Progress())
            audience = progress.total
            if not progress.resolved and notice.state not in ENDED:
                audience = max(audience, await audiences.size(connection, notice.content, self._clock()))
        return NoticeStatus(notice, progress, audience)

    async def statuses(self, notice_ids: Sequence[str]) -> Sequence[NoticeStatus]:
        """Notices with their live counts, read at one moment; those that are not there are left out."""
        async with self._store.read() as connection:
            progress = await progress_of(connection, notice_ids)
            notices = [await notice_store.find(connection, notice_id) for notice_id in notice_ids]
        return [
            NoticeStatus(notice, progress.get(notice.id, Progress()), progress.get(notice.id, Progress()).total)
            for notice in notices
            if notice is not None
        ]

    async def newest(self) -> Sequence[NoticeStatus]:
        """The newest 200 notices, the one made last first."""
        async with self._store.read() as connection:
            listed = await notice_store.newest(connection, _LISTED)
            progress = await progress_of(connection, [notice.id for notice in listed])
            sizes: dict[str, int] = {}
            for notice in listed:
                if notice.id not in progress and notice.state not in ENDED:
                    sizes[notice.id] = await audiences.size(connection, notice.content, self._clock())
        return [
            NoticeStatus(
                notice,
                progress.get(notice.id, Progress()),
                progress[notice.id].total if notice.id in progress else sizes.get(notice.id, 0),
            )
            for notice in listed
        ]

    async def published(self, limit: int) -> Sequence[Notice]:
        """Notices that went out, hold now and were not called back, the one sent last first."""
        async with self._store.read() as connection:
            return await notice_store.published(connection, self._clock(), limit)

    async def preview(self, notice_id: str) -> Preview:
        """The three languages as they will arrive, or as they were fixed on approval. Raises NotFoundError."""
        async with self._store.read() as connection:
            notice = await found(connection, notice_id)
            recipients = await audiences.preview(connection, notice.content, self._clock())
        content = notice.content
        messages = notice.messages or self._texts.messages(content, notice_id)
        variants = notice.variants or self._texts.variants(content, notice_id)
        takes = {
            channel: round(count / (self._rates[channel] * PACE_SHARE), 1)
            for channel, count in recipients.channels.items()
            if self._rates.get(channel)
        }
        return Preview(versions_of(content), messages, recipients, variants, self._texts.report(content), takes)

    async def approvers_for(self, notice: Notice) -> list[str]:
        """Names of those who may approve it: every approver but its author."""
        return [member.name for member in await self._staff.members(Role.APPROVER) if member.id != notice.author_id]


async def found(connection: AsyncConnection, notice_id: str) -> Notice:
    """A notice, in the caller's transaction. Raises NotFoundError."""
    notice = await notice_store.find(connection, notice_id)
    if notice is None:
        raise NotFoundError("notice")
    return notice
