"""Use cases of uploads: a file's lines go into a list, all or none, with progress."""

from __future__ import annotations

import asyncio
import hashlib

from bot.channels.model import Language
from bot.clock import Clock
from bot.desks.labels import upload_store
from bot.desks.labels.applications import ApplicationService
from bot.desks.labels.columns import RowFault
from bot.desks.labels.model import Upload, line_of
from bot.desks.labels.upload import ROWS_MAX, read_list
from bot.desks.labels.words import LabelWords
from bot.errors import NotFoundError
from bot.files.service import FileStore
from bot.store.engine import Store

WRITTEN_AT_ONCE = 2_000
"""Rows of an upload in one transaction: progress shows after each, and a restart goes on behind the last."""


class UploadService:
    """Uploads are for whoever may fill the list."""

    def __init__(
        self, store: Store, clock: Clock, files: FileStore, lists: ApplicationService, words: LabelWords
    ) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._lists = lists
        self._words = words

    async def upload(self, person_id: str, application_id: str, content: bytes, language: Language) -> Upload:
        """Add a file's lines, all or none. The same file again is the same upload.

        Small ones are written at once, larger ones by the worker, with progress. Raises InvalidInputError with everything that
        is wrong, row by row, in the person's language.
        """
        digest = hashlib.sha256(content).hexdigest()
        async with self._store.read() as connection:
            await self._lists.own(connection, person_id, application_id, changing=True)
            known = await upload_store.upload_by_digest(connection, application_id, digest)
        if known is not None:
            return known
        read = await asyncio.to_thread(read_list, content, self._words)
        if read.faults:
            raise self._lists.invalid([*read.faults], language, more=read.more)
        async with self._store.write() as connection:
            # Again under the lock: two who send the same file at once add its lines once.
            application = await self._lists.own(connection, person_id, application_id, changing=True)
            known = await upload_store.upload_by_digest(connection, application_id, digest)
            if known is not None:
                return known
            if application.lines + application.loading + len(read.lines) > ROWS_MAX:
                raise self._lists.invalid([RowFault(0, "file", "full", {"most": str(ROWS_MAX)})], language)
            lines = [line for _, line in read.lines]
            upload_id = await upload_store.add_upload(connection, application_id, digest, lines, self._clock())
        if len(read.lines) <= WRITTEN_AT_ONCE:
            await self.write_some(upload_id)
        return await self._upload(upload_id)

    async def upload_file(self, person_id: str, application_id: str, file_id: str, language: Language) -> Upload:
        """The same with a file of the person's that is kept here. Raises NotFoundError besides."""
        stored = await self._files.get(file_id, person_id)
        return await self.upload(person_id, application_id, stored.content, language)

    async def progress(self, person_id: str, upload_id: str) -> Upload:
        """How far an upload is. Raises NotFoundError, NotPermittedError."""
        upload = await self._upload(upload_id)
        async with self._store.read() as connection:
            await self._lists.own(connection, person_id, upload.application_id)
        return upload

    async def write_some(self, upload_id: str) -> bool:
        """Write the next rows of an upload, in a transaction of their own; False when there are none."""
        async with self._store.write() as connection:
            taken = await upload_store.take_upload(connection, upload_id)
            if taken is None:
                return False
            upload, rows = taken
            application = await self._lists.application(connection, upload.application_id, lock=True)
            lines = [line_of(row) for row in rows[upload.done : upload.done + WRITTEN_AT_ONCE]]
            first = await upload_store.last_line_no(connection, application.id) + 1
            step = {"actor": f"person:{application.person_id}", "at": self._clock()}
            await upload_store.add_lines(connection, application, lines, first, step)
            done = upload.done + len(lines)
            await upload_store.progress(connection, upload_id, done, finished=done >= upload.total)
        return done < upload.total

    async def tick(self) -> None:
        """What a worker does now and then: writes what large uploads still hold. Safe for several workers at once."""
        async with self._store.read() as connection:
            waiting = await upload_store.unfinished_uploads(connection)
        for upload_id in waiting:
            while await self.write_some(upload_id):
                pass

    async def _upload(self, upload_id: str) -> Upload:
        async with self._store.read() as connection:
            upload = await upload_store.upload_of(connection, upload_id)
        if upload is None:
            raise NotFoundError("upload")
        return upload
