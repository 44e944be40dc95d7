"""SQL of the lines of goods lists, and of the files they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.labels.lives_model import LabelState
from bot.desks.labels.model import Application, GoodsLine, Upload
from bot.people.model import new_id
from bot.store.schema import (
    case_history,
    expo_labels,
    goods_uploads,
)

_CHUNK = 1000


async def add_lines(
    connection: AsyncConnection,
    application: Application,
    lines: Sequence[GoodsLine],
    first_no: int,
    step: Mapping[str, Any],
) -> list[str]:
    """Write lines with their histories, many at a time; returns their ids. step: actor and at."""
    ids = [new_id() for _ in lines]
    for start in range(0, len(lines), _CHUNK):
        rows = [
            {
                "id": ids[place],
                "application_id": application.id,
                "event_id": application.event_id,
                "enterprise_id": application.enterprise_id,
                "line_no": first_no + place,
                **lines[place].as_json(),
                "remaining": lines[place].quantity,
                "state": LabelState.APPLIED.value,
            }
            for place in range(start, min(start + _CHUNK, len(lines)))
        ]
        await connection.execute(expo_labels.insert(), rows)
        await connection.execute(
            case_history.insert(),
            [
                {
                    "machine": "expo_label",
                    "case_id": row["id"],
                    "from_state": None,
                    "to_state": LabelState.APPLIED.value,
                    "why": None,
                    "detail": {},
                    **step,
                }
                for row in rows
            ],
        )
    return ids


async def last_line_no(connection: AsyncConnection, application_id: str) -> int:
    """The highest number in a list; 0 where it is empty."""
    found = await connection.scalar(
        select(func.max(expo_labels.c.line_no)).where(expo_labels.c.application_id == application_id)
    )
    return int(found or 0)


async def drop_lines(connection: AsyncConnection, application_id: str, line_nos: Sequence[int] | None) -> int:
    """Take lines out of a list that was not decided on; None: all, and its uploads with them. Returns how many."""
    which = expo_labels.c.application_id == application_id
    if line_nos is not None:
        which &= expo_labels.c.line_no.in_(line_nos)
    ids = select(expo_labels.c.id).where(which)
    await connection.execute(
        case_history.delete().where(case_history.c.machine == "expo_label", case_history.c.case_id.in_(ids))
    )
    gone = await connection.execute(expo_labels.delete().where(which))
    if line_nos is None:
        await connection.execute(goods_uploads.delete().where(goods_uploads.c.application_id == application_id))
    return gone.rowcount


async def add_upload(
    connection: AsyncConnection, application_id: str, digest: str, lines: Sequence[GoodsLine], at: datetime
) -> str:
    """Keep a checked file's lines, to be written by and by."""
    upload_id = new_id()
    await connection.execute(
        goods_uploads.insert().values(
            id=upload_id,
            application_id=application_id,
            digest=digest,
            rows=[line.as_json() for line in lines],
            total=len(lines),
            done=0,
            created_at=at,
        )
    )
    return upload_id


_UPLOAD = (goods_uploads.c.id, goods_uploads.c.application_id, goods_uploads.c.total, goods_uploads.c.done)


async def upload_by_digest(connection: AsyncConnection, application_id: str, digest: str) -> Upload | None:
    """The upload of this very file into this list."""
    row = (
        await connection.execute(
            select(*_UPLOAD).where(goods_uploads.c.application_id == application_id, goods_uploads.c.digest == digest)
        )
    ).one_or_none()
    return Upload(*row) if row else None


async def upload_of(connection: AsyncConnection, upload_id: str) -> Upload | None:
    """One upload, without its rows."""
    row = (await connection.execute(select(*_UPLOAD).where(goods_uploads.c.id == upload_id))).one_or_none()
    return Upload(*row) if row else None


async def unfinished_uploads(connection: AsyncConnection) -> list[str]:
    """Ids of uploads of which rows are still to be written, oldest first."""
    return list(
        await connection.scalars(
            select(goods_uploads.c.id)
            .where(goods_uploads.c.done < goods_uploads.c.total)
            .order_by(goods_uploads.c.created_at)
        )
    )


async def take_upload(connection: AsyncConnection, upload_id: str) -> tuple[Upload, list[Mapping[str, Any]]] | None:
    """An unfinished upload with its rows, held until the transaction ends; None when it is done or gone."""
    row = (
        await connection.execute(
            select(*_UPLOAD, goods_uploads.c.rows)
            .where(goods_uploads.c.id == upload_id, goods_uploads.c.done < goods_uploads.c.total)
            .with_for_update()
        )
    ).one_or_none()
    return (Upload(row.id, row.application_id, row.total, row.done), row.rows) if row else None


async def progress(connection: AsyncConnection, upload_id: str, done: int, *, finished: bool) -> None:
    """Note how far an upload is; what is finished needs its rows no longer."""
    values: dict[str, Any] = {"done": done} | ({"rows": []} if finished else {})
    await connection.execute(update(goods_uploads).where(goods_uploads.c.id == upload_id).values(**values))
