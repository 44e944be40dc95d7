"""How notices are read: with their live delivery, as they will arrive, by the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.errors import NotFoundError
from bot.notices import store as notice_store
from bot.notices.model import Notice, Progress, Version, versions_of
from bot.notices.texts import NoticeTexts
from bot.people.model import Role
from bot.people.staff import StaffService
from bot.store.engine import Store

_LISTED = 200


@dataclass(frozen=True)
class Preview:
    """A notice as it will arrive. versions, messages: by language; audience: addresses that would be written to now."""

    versions: Mapping[Language, Version]
    messages: Mapping[Language, Reply]
    audience: int


@dataclass(frozen=True)
class NoticeStatus:
    """A notice with its live delivery. audience: addresses that would be written to now, or those that were."""

    notice: Notice
    progress: Progress
    audience: int


class NoticeQueries:
    """Reads; changes nothing."""

    def __init__(self, store: Store, staff: StaffService, texts: NoticeTexts) -> None:
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
            progress = (await notice_store.progress_of(connection, [notice_id])).get(notice_id, Progress())
            audience = await _audience(connection, notice, progress)
        return NoticeStatus(notice, progress, audience)

    async def newest(self) -> Sequence[NoticeStatus]:
        """The newest 200 notices, the one made last first."""
        async with self._store.read() as connection:
            listed = await notice_store.newest(connection, _LISTED)
            progress = await notice_store.progress_of(connection, [notice.id for notice in listed])
            sizes: dict[str, int] = {}
            for topic in {notice.content.topic for notice in listed}:
                sizes[topic] = await notice_store.audience_size(connection, topic)
        return [
            NoticeStatus(
                notice,
                progress.get(notice.id, Progress()),
                progress[notice.id].total if notice.id in progress else sizes[notice.content.topic],
            )
            for notice in listed
        ]

    async def published(self, limit: int) -> Sequence[Notice]:
        """Notices that went out and were not called back, the one sent last first."""
        async with self._store.read() as connection:
            return await notice_store.published(connection, limit)

    async def preview(self, notice_id: str) -> Preview:
        """The three languages as they will arrive, or as they were fixed on approval. Raises NotFoundError."""
        async with self._store.read() as connection:
            notice = await found(connection, notice_id)
            audience = await notice_store.audience_size(connection, notice.content.topic)
        messages = notice.messages or self._texts.messages(notice.content)
        return Preview(versions_of(notice.content), messages, audience)

    async def approvers_for(self, notice: Notice) -> list[str]:
        """Names of those who may approve it: every approver but its author."""
        return [member.name for member in await self._staff.members(Role.APPROVER) if member.id != notice.author_id]


async def found(connection: AsyncConnection, notice_id: str) -> Notice:
    """A notice, in the caller's transaction. Raises NotFoundError."""
    notice = await notice_store.find(connection, notice_id)
    if notice is None:
        raise NotFoundError("notice")
    return notice


async def _audience(connection: AsyncConnection, notice: Notice, progress: Progress) -> int:
    if progress.resolved:
        return progress.total
    return max(progress.total, await notice_store.audience_size(connection, notice.content.topic))
