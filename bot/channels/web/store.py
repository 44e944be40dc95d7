"""SQL of the web chat's inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.store import insert_new
from bot.store.schema import web_messages


@dataclass(frozen=True)
class WebMessage:
    """One message to a page. seq: grows for ever; kind: reply | push | update | removal.

    payload: the reply, as the API documents it.
    """

    seq: int
    kind: str
    ref: str | None
    payload: dict[str, Any]
    created_at: datetime


async def put(
    connection: AsyncConnection, address_id: str, kind: str, ref: str | None, payload: dict[str, Any], at: datetime
) -> int | None:
    """Keep a message and return its number; None when there is one of that ref already.

    Within one inbox, numbers become visible in their order: a page that has seen one never finds a lower one later.
    """
    if connection.dialect.name == "postgresql":
        # Two writers could commit in the other order than they took their numbers. SQLite has one writer at a time.
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:inbox, 0))"), {"inbox": f"web_messages:{address_id}"}
        )
    number: int | None = await connection.scalar(
        insert_new(connection, web_messages)
        .values(address_id=address_id, kind=kind, ref=ref, payload=payload, created_at=at)
        .returning(web_messages.c.seq)
    )
    return number


async def change(
    connection: AsyncConnection,
    address_id: str,
    earlier_ref: str,
    ref: str,
    payload: dict[str, Any] | None,
    at: datetime,
) -> bool:
    """Put another payload in the place of a kept message, or (None) take it out; False when it is not kept any more.

    A row of its own says so to pages that have the message: kind `update` or `removal`, with the number in `of`.
    """
    seq = await connection.scalar(
        select(web_messages.c.seq).where(web_messages.c.address_id == address_id, web_messages.c.ref == earlier_ref)
    )
    if seq is None:
        known = select(web_messages.c.seq).where(web_messages.c.address_id == address_id, web_messages.c.ref == ref)
        return payload is None and await connection.scalar(known) is not None
    kind, word = ("update", payload) if payload is not None else ("removal", {"text": "–"})
    # The word first: SQLite would give the number of the last row out again once it is deleted.
    await put(connection, address_id, kind, ref, {**(word or {}), "of": seq}, at)
    if payload is None:
        await connection.execute(delete(web_messages).where(web_messages.c.seq == seq))
    else:
        await connection.execute(update(web_messages).where(web_messages.c.seq == seq).values(payload=payload))
    return True


async def after(connection: AsyncConnection, address_id: str, seq: int, limit: int) -> list[WebMessage]:
    """The messages to one address after a number, oldest first."""
    rows = await connection.execute(
        select(web_messages)
        .where(web_messages.c.address_id == address_id, web_messages.c.seq > seq)
        .order_by(web_messages.c.seq)
        .limit(limit)
    )
    return [WebMessage(row.seq, row.kind, row.ref, row.payload, row.created_at) for row in rows]


async def by_ref(connection: AsyncConnection, address_id: str, prefix: str) -> list[WebMessage]:
    """The messages whose ref begins with a prefix, oldest first: the answers to one message of the page."""
    rows = await connection.execute(
        select(web_messages)
        .where(web_messages.c.address_id == address_id, web_messages.c.ref.startswith(prefix, autoescape=True))
        .order_by(web_messages.c.seq)
    )
    return [WebMessage(row.seq, row.kind, row.ref, row.payload, row.created_at) for row in rows]


async def newest(connection: AsyncConnection, address_id: str) -> int:
    """The number of the newest message to one address; 0 when there is none."""
    return (
        await connection.scalar(select(func.max(web_messages.c.seq)).where(web_messages.c.address_id == address_id))
    ) or 0


async def before_last(connection: AsyncConnection, address_id: str, count: int) -> int:
    """The number after which exactly the last `count` messages to one address come; 0 when there are no more."""
    found: int | None = await connection.scalar(
        select(web_messages.c.seq)
        .where(web_messages.c.address_id == address_id)
        .order_by(web_messages.c.seq.desc())
        .offset(count)
        .limit(1)
    )
    return found or 0


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete what is older; returns how many. The newest row of all stays: SQLite would give its number out again."""
    newest_of_all = select(func.max(web_messages.c.seq)).scalar_subquery()
    return (
        await connection.execute(
            delete(web_messages).where(web_messages.c.created_at < moment, web_messages.c.seq < newest_of_all)
        )
    ).rowcount
