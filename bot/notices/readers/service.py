"""Use cases of readers: confirm a notice, agree to be told, ask; and what staff see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.model import Button, Language, Reply
from bot.clock import Clock
from bot.errors import NotFoundError
from bot.notices import store as notice_store
from bot.notices.model import PUBLISHED, Notice
from bot.notices.queries import found
from bot.notices.readers import store as reader_store
from bot.notices.readers.model import Answer, ConsentKind, Reader
from bot.notices.texts import NoticeTexts
from bot.people.model import Person
from bot.store.engine import Store

_READERS_AT_ONCE = 1000
FORGETS_EVERY = timedelta(hours=6)


@dataclass(frozen=True)
class Acknowledgements:
    """Persons who got a notice, and those of them who confirmed it."""

    told: int
    confirmed: int


class ReaderService:
    """What readers do with notices."""

    def __init__(self, store: Store, clock: Clock, texts: NoticeTexts) -> None:
        self._store = store
        self._clock = clock
        self._texts = texts
        self._forgets_at: datetime | None = None

    async def acknowledge(self, notice_id: str, person: Person, language: Language) -> Reply:
        """Keep that a person confirmed a notice; the second time is the same as the first. Answers what to tell them.

        Who did not get the notice is answered as if it were not there.
        """
        now = self._clock()
        async with self._store.write() as connection:
            notice = await notice_store.find(connection, notice_id)
            if notice is None or not await reader_store.was_told(connection, notice_id, person.id):
                return self._texts.said("gone", language).model_copy(update={"kind": "task"})
            title = self._texts.filled(notice.content, language).title
            if notice.state not in PUBLISHED or not notice.content.extras.needs_ack:
                return self._texts.said("confirm_ended", language, title=title).model_copy(update={"kind": "task"})
            at = await reader_store.acknowledge(connection, notice_id, person.id, person.channel, now)
        reply = self._texts.said("confirmed", language, title=title, at=self._texts.moment(at))
        return reply.model_copy(update={"kind": "task"})

    async def read(self, notice_id: str, language: Language) -> Reply:
        """A notice that went out, as it stands now."""
        async with self._store.read() as connection:
            notice = await notice_store.find(connection, notice_id)
        if notice is None or notice.state not in PUBLISHED:
            return self._texts.said("gone", language).model_copy(update={"kind": "task"})
        reply = (notice.messages or {}).get(language) or self._texts.message(notice.content, language)
        return reply.model_copy(update={"kind": "task"})

    async def changes_of(self, entry: str, language: Language) -> list[tuple[Notice, Reply]]:
        """The notices that changed an entry and hold now, each with the line that says so and its button."""
        async with self._store.read() as connection:
            ids = await reader_store.changed_by(connection, entry, self._clock())
            notices = [await found(connection, notice_id) for notice_id in ids]
        return [
            (
                notice,
                self._texts.said(
                    "changed_by",
                    language,
                    Button(title=self._texts.say("read", language), payload=f"n:read:{notice.id}"),
                    day=self._texts.day(notice.sent_at) if notice.sent_at else "",
                    title=self._texts.filled(notice.content, language).title,
                ),
            )
            for notice in notices
        ]

    async def consent(self, person_id: str, kind: ConsentKind) -> Answer | None:
        """What a person said; None when they were never asked."""
        async with self._store.read() as connection:
            return await reader_store.answer_of(connection, person_id, kind)

    async def keep_consent(self, person_id: str, kind: ConsentKind, answer: Answer) -> None:
        """Keep what a person said. Whoever refuses is forgotten as an asker at once."""
        async with self._store.write() as connection:
            await reader_store.keep_answer(connection, person_id, kind, answer, self._clock())

    async def note_asked(self, person_id: str, entry: str) -> None:
        """A person who agreed was answered with an entry. Of others nothing is kept."""
        async with self._store.write() as connection:
            if await reader_store.answer_of(connection, person_id, ConsentKind.ENTRY_CHANGES) is Answer.GIVEN:
                await reader_store.note_asked(connection, person_id, entry, self._clock().date())

    async def acknowledgements(self, notice_id: str) -> Acknowledgements:
        """How many confirmed."""
        async with self._store.read() as connection:
            return Acknowledgements(*await reader_store.ack_counts(connection, notice_id))

    async def readers(self, notice_id: str, after: int = 0) -> tuple[Sequence[Reader], int | None]:
        """Who got a notice, at most 1,000 from a number on; the number to go on with, None at the end."""
        async with self._store.read() as connection:
            rows = await reader_store.readers_of(connection, notice_id, after, _READERS_AT_ONCE)
        return [reader for _, reader in rows], rows[-1][0] if len(rows) == _READERS_AT_ONCE else None

    async def all_readers(self, notice_id: str) -> AsyncIterator[Reader]:
        """Everybody who got a notice, page by page. Raises NotFoundError at the first step for one that is not there."""
        async with self._store.read() as connection:
            if await notice_store.find(connection, notice_id) is None:
                raise NotFoundError("notice")
        after: int | None = 0
        while after is not None:
            page, after = await self.readers(notice_id, after)
            for reader in page:
                yield reader

    async def tick(self) -> None:
        """Forget what was asked more than 30 days ago, some times a day; called about once a second."""
        now = self._clock()
        if self._forgets_at is not None and now < self._forgets_at:
            return
        async with self._store.write() as connection:
            await reader_store.forget_asked(connection, now.date())
        self._forgets_at = now + FORGETS_EVERY
