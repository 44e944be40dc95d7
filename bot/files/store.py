"""SQL of the kept files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import FileRef
from bot.people.store import insert_new
from bot.store.schema import stored_files as t


async def add(connection: AsyncConnection, ref: FileRef, sha256: str, owner: str | None, once: str | None) -> bool:
    """Keep a row; False when the same message brought it before."""
    added = await connection.scalar(
        insert_new(connection, t)
        .values(
            id=ref.id,
            person_id=owner,
            name=ref.name,
            kind=ref.kind,
            size_bytes=ref.size_bytes,
            sha256=sha256,
            once=once,
            created_at=ref.created_at,
        )
        .returning(t.c.id)
    )
    return added is not None


async def by_once(connection: AsyncConnection, once: str, owner: str | None) -> FileRef | None:
    """What a message brought before."""
    found = await _select(connection, t.c.once == once, t.c.person_id == owner)
    return found[0] if found else None


async def of_person(connection: AsyncConnection, owner: str, ids: Collection[str] | None = None) -> list[FileRef]:
    """A person's files, oldest first; of these ids, or all."""
    return await _select(connection, t.c.person_id == owner, *([t.c.id.in_(ids)] if ids is not None else []))


async def of_holder(connection: AsyncConnection, holder: str) -> list[FileRef]:
    """The files of a case, oldest first."""
    return await _select(connection, t.c.holder == holder)


async def checksum(connection: AsyncConnection, file_id: str) -> str | None:
    """The content's SHA-256; None when it is not kept."""
    found: str | None = await connection.scalar(select(t.c.sha256).where(t.c.id == file_id, t.c.erased_at.is_(None)))
    return found


async def unheld(connection: AsyncConnection, owner: str) -> int:
    """How many files of a person no case has taken yet."""
    return (
        await connection.scalar(
            select(func.count())
            .select_from(t)
            .where(t.c.person_id == owner, t.c.holder.is_(None), t.c.erased_at.is_(None))
        )
        or 0
    )


async def hold(
    connection: AsyncConnection, ids: Collection[str], owner: str, holder: str, *, anonymous: bool
) -> Sequence[str]:
    """Give a person's files to a case; returns the ids of those that were free, or that case's already."""
    taken = await connection.execute(
        update(t)
        .where(
            t.c.id.in_(ids),
            t.c.person_id == owner,
            t.c.erased_at.is_(None),
            (t.c.holder.is_(None)) | (t.c.holder == holder),
        )
        # `once` is made from the address of who sent it: an anonymous file must not lead back to it.
        .values(holder=holder, **({"person_id": None, "once": None} if anonymous else {}))
        .returning(t.c.id)
    )
    return [row.id for row in taken]


async def hold_nobodys(connection: AsyncConnection, file_id: str, holder: str) -> None:
    """Give a file without an owner to a case."""
    await connection.execute(update(t).where(t.c.id == file_id, t.c.person_id.is_(None)).values(holder=holder))


async def mark_erased(connection: AsyncConnection, at: datetime, *which: ColumnElement[bool]) -> int:
    """Erase rows: nothing of the person stays, and the content goes at the next tick."""
    changed = await connection.execute(
        update(t).where(t.c.erased_at.is_(None), *which).values(erased_at=at, person_id=None, name="", once=None)
    )
    return changed.rowcount


async def let_go(connection: AsyncConnection, owner: str) -> int:
    """Take the person off the files that cases hold; returns how many."""
    changed = await connection.execute(
        update(t).where(t.c.person_id == owner, t.c.holder.is_not(None)).values(person_id=None, once=None)
    )
    return changed.rowcount


async def erased(connection: AsyncConnection, limit: int) -> list[str]:
    """Ids whose content is to go."""
    return list(await connection.scalars(select(t.c.id).where(t.c.erased_at.is_not(None)).limit(limit)))


async def forget(connection: AsyncConnection, ids: Collection[str]) -> None:
    """Delete rows whose content is gone."""
    await connection.execute(delete(t).where(t.c.id.in_(ids), t.c.erased_at.is_not(None)))


async def known(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Which of these ids have a row."""
    return set(await connection.scalars(select(t.c.id).where(t.c.id.in_(ids))))


async def _select(connection: AsyncConnection, *which: ColumnElement[bool]) -> list[FileRef]:
    rows = await connection.execute(select(t).where(t.c.erased_at.is_(None), *which).order_by(t.c.created_at, t.c.id))
    return [_ref(row) for row in rows.mappings()]


def _ref(row: Any) -> FileRef:
    return FileRef(row["id"], row["name"], row["kind"], row["size_bytes"], row["created_at"])
