"""Keeps files: checked, without a row that has no content or a content that has no row, and for those alone whose they are."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import FileRef
from bot.clock import Clock
from bot.errors import Fault, NotFoundError, UnavailableError
from bot.files import store as sql
from bot.files.blobs import Blobs
from bot.files.checks import check
from bot.files.model import Checked, FileRefusedError, StoredFile, clean_name
from bot.people.model import new_id
from bot.store.engine import Store
from bot.store.schema import stored_files

logger = logging.getLogger(__name__)

UNHELD_MOST = 20  # of one person
UNHELD_LIFE = timedelta(days=30)  # as long as a draft that may use it
_FREE_LEAST_BYTES = 300_000_000
_CHECKED_AT_ONCE = 2  # a large picture takes some 200 MB while it is written anew
_SWEEP_EVERY = timedelta(hours=1)
_ORPHAN_AFTER_S = 3600.0
_BATCH = 200


class FileStore:
    """The files that people sent. root: the folder of the contents, which nothing serves; max_bytes: of one file."""

    def __init__(self, store: Store, clock: Clock, root: Path, *, max_bytes: int) -> None:
        self._store = store
        self._clock = clock
        self._blobs = Blobs(root)
        self.max_bytes = max_bytes
        self._checking = asyncio.Semaphore(_CHECKED_AT_ONCE)
        self._next_sweep_at: datetime | None = None

    async def put(self, content: bytes, name: str, owner: str, *, once: str | None = None) -> FileRef:
        """Check a file and keep it for a person until a case takes it, or for UNHELD_LIFE.

        name: as it came, never trusted. owner: the person's id. once: what brought it; the same again keeps
        nothing a second time. Raises FileRefusedError with all faults, UnavailableError when the disk is nearly full.
        """
        once = hashlib.sha256(f"{owner}:{once}".encode()).hexdigest() if once else None
        async with self._store.read() as connection:
            before = await sql.by_once(connection, once, owner) if once else None
            waiting = await sql.unheld(connection, owner)
        if before is not None:
            return before
        if waiting >= UNHELD_MOST:
            raise FileRefusedError([Fault("file", "too-many", f"{UNHELD_MOST} files wait already.")], count=UNHELD_MOST)
        shown, checked = await self.checked(content, name)
        kept = FileRef(new_id(), shown, checked.kind, len(checked.content), self._clock())
        # The content first: a process that dies now leaves one without a row, which the sweep takes away.
        await asyncio.to_thread(self._blobs.write, kept.id, checked.content)
        added = False
        try:
            async with self._store.write() as connection:
                added = await sql.add(connection, kept, _sha256(checked.content), owner, once)
                earlier = None if added or once is None else await sql.by_once(connection, once, owner)
        finally:
            if not added:
                await asyncio.to_thread(self._blobs.remove, kept.id)
        return earlier or kept

    async def checked(self, content: bytes, name: str) -> tuple[str, Checked]:
        """A file checked and its name cleaned, for `keep_held`. Raises FileRefusedError, UnavailableError."""
        if await asyncio.to_thread(self._blobs.free_bytes) < _FREE_LEAST_BYTES:
            raise UnavailableError("files")
        async with self._checking:
            checked = await asyncio.to_thread(check, content, name, self.max_bytes)
        return clean_name(name, checked.kind), checked

    async def keep_held(self, connection: AsyncConnection, name: str, checked: Checked, holder: str) -> FileRef:
        """Keep nobody's file for a case, in the caller's transaction: what somebody sends who is not known."""
        kept = FileRef(new_id(), name, checked.kind, len(checked.content), self._clock())
        # When the transaction fails the content has no row, and the sweep takes it away.
        await asyncio.to_thread(self._blobs.write, kept.id, checked.content)
        await sql.add(connection, kept, _sha256(checked.content), None, None)
        await sql.hold_nobodys(connection, kept.id, holder)
        return kept

    async def owned(self, owner: str, ids: Collection[str]) -> tuple[FileRef, ...]:
        """A person's files of these ids, in their order. Raises NotFoundError when one is not theirs, or not there."""
        async with self._store.read() as connection:
            found = {ref.id: ref for ref in await sql.of_person(connection, owner, ids)}
        if found.keys() != set(ids):
            raise NotFoundError("file")
        return tuple(found[one] for one in ids)

    async def get(self, file_id: str, owner: str) -> StoredFile:
        """A person's own file. Raises NotFoundError."""
        return await self._with_content((await self.owned(owner, [file_id]))[0])

    async def get_held(self, file_id: str, holder: str) -> StoredFile:
        """A file of a case. Who may see the case is for the caller to know. Raises NotFoundError."""
        async with self._store.read() as connection:
            found = [ref for ref in await sql.of_holder(connection, holder) if ref.id == file_id]
        if not found:
            raise NotFoundError("file")
        return await self._with_content(found[0])

    async def hold(
        self, connection: AsyncConnection, ids: Collection[str], owner: str, holder: str, *, anonymous: bool = False
    ) -> None:
        """Give a person's files to a case, in the caller's transaction; they then stay as long as the case keeps them.

        holder: as kind:id. anonymous: nothing that leads to the person stays on them. Raises NotFoundError when one is not
        theirs, or another case's.
        """
        if ids and set(await sql.hold(connection, ids, owner, holder, anonymous=anonymous)) != set(ids):
            raise NotFoundError("file")

    async def held(self, connection: AsyncConnection, holder: str) -> tuple[FileRef, ...]:
        """The files of a case, oldest first."""
        return tuple(await sql.of_holder(connection, holder))

    async def erase(self, connection: AsyncConnection, ids: Collection[str], owner: str) -> int:
        """Erase files of a person's that no case has taken, in the caller's transaction; returns how many there were."""
        t = stored_files
        return await sql.mark_erased(
            connection, self._clock(), t.c.id.in_(ids), t.c.person_id == owner, t.c.holder.is_(None)
        )

    async def erase_own(self, file_id: str, owner: str) -> bool:
        """Erase one file of a person's that no case has taken; False when there is no such file."""
        async with self._store.write() as connection:
            return await self.erase(connection, [file_id], owner) > 0

    async def erase_held(self, connection: AsyncConnection, holder: str) -> int:
        """Erase the files of a case, in the caller's transaction; returns how many there were."""
        return await sql.mark_erased(connection, self._clock(), stored_files.c.holder == holder)

    async def tick(self) -> None:
        """Take contents of erased files away; once an hour also what nobody took in time, and contents without a row."""
        async with self._store.read() as connection:
            going = await sql.erased(connection, _BATCH)
        if going:
            for file_id in going:
                await asyncio.to_thread(self._blobs.remove, file_id)
            async with self._store.write() as connection:
                await sql.forget(connection, going)
        now = self._clock()
        if self._next_sweep_at is None or now >= self._next_sweep_at:
            self._next_sweep_at = now + _SWEEP_EVERY
            await self.sweep()

    async def sweep(self, orphan_after_s: float = _ORPHAN_AFTER_S) -> int:
        """Erase what no case took in UNHELD_LIFE, and contents without a row; returns how many of the latter."""
        t = stored_files
        async with self._store.write() as connection:
            await sql.mark_erased(
                connection, self._clock(), t.c.holder.is_(None), t.c.created_at < self._clock() - UNHELD_LIFE
            )
        names = await asyncio.to_thread(lambda: list(self._blobs.older_than(orphan_after_s)))
        half, whole = [n for n in names if n.startswith(".")], [n for n in names if not n.startswith(".")]
        for name in half:
            await asyncio.to_thread(self._blobs.remove_half, name)
        orphans: list[str] = []
        for start in range(0, len(whole), _BATCH):
            batch = whole[start : start + _BATCH]
            async with self._store.read() as connection:
                known = await sql.known(connection, batch)
            orphans += [name for name in batch if name not in known]
        for name in orphans:
            await asyncio.to_thread(self._blobs.remove, name)
        if orphans or half:
            logger.warning("contents without a row taken away", extra={"count": len(orphans) + len(half)})
        return len(orphans) + len(half)

    async def _with_content(self, ref: FileRef) -> StoredFile:
        async with self._store.read() as connection:
            expected = await sql.checksum(connection, ref.id)
        content = await asyncio.to_thread(self._blobs.read, ref.id)
        if content is None or _sha256(content) != expected:
            logger.error("a file's content is missing or was changed", extra={"file": ref.id})
            raise UnavailableError("files")
        return StoredFile(ref, content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
