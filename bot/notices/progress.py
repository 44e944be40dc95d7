"""SQL of how far the delivery of notices is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import DELIVERY_FINAL, CauseKind, DeliveryState
from bot.notices.model import ENDED, NoticeState, Progress, sources_of
from bot.store.schema import deliveries, notices, outbox


def _unfinished(outbox_id: Any) -> Any:
    return exists().where(deliveries.c.outbox_id == outbox_id, deliveries.c.state.not_in(DELIVERY_FINAL))


async def completed(connection: AsyncConnection, limit: int) -> list[str]:
    """Ids of notices on their way whose recipients are all known and have their outcome."""
    found = await connection.scalars(
        select(notices.c.id)
        .join_from(notices, outbox, outbox.c.cause_id == notices.c.id)
        .where(
            notices.c.state == NoticeState.SENDING,
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.state == "resolved",
            ~_unfinished(outbox.c.id),
        )
        .limit(limit)
    )
    return list(found)


async def ended_but_open(connection: AsyncConnection, since: datetime, limit: int) -> list[str]:
    """Ids of notices ended since then, of which something was in a worker's hand, failed, and waits for another try."""
    waiting = exists().where(
        deliveries.c.outbox_id == outbox.c.id,
        deliveries.c.state.in_((DeliveryState.CREATED, DeliveryState.COLLECTED, DeliveryState.RETRYING)),
    )
    found = await connection.scalars(
        select(notices.c.id)
        .join_from(notices, outbox, outbox.c.cause_id == notices.c.id)
        .where(
            notices.c.state.in_(ENDED),
            or_(notices.c.recalled_at >= since, notices.c.ended_at >= since),
            outbox.c.cause_kind == CauseKind.NOTICE,
            waiting,
        )
        .limit(limit)
    )
    return list(found)


async def progress_of(connection: AsyncConnection, notice_ids: Collection[str]) -> dict[str, Progress]:
    """How far the delivery of each notice is; those that were not handed to delivery are left out."""
    rows = await connection.execute(
        select(outbox.c.cause_id, outbox.c.state.label("outbox_state"), deliveries.c.state, func.count(deliveries.c.id))
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id, isouter=True)
        .where(outbox.c.cause_kind == CauseKind.NOTICE, outbox.c.cause_id.in_(notice_ids))
        .group_by(outbox.c.cause_id, outbox.c.state, deliveries.c.state)
    )
    counts: dict[str, dict[DeliveryState, int]] = {}
    resolved: dict[str, bool] = {}
    for notice_id, outbox_state, state, number in rows:
        resolved[notice_id] = outbox_state != "pending"
        counts.setdefault(notice_id, {})
        if state is not None:
            counts[notice_id][DeliveryState(state)] = number
    return {notice_id: Progress(counts[notice_id], resolved[notice_id]) for notice_id in counts}


async def outdated(connection: AsyncConnection, at: datetime, limit: int) -> list[str]:
    """Ids of notices whose validity has ended and whose state does not say so yet."""
    found = await connection.scalars(
        select(notices.c.id)
        .where(notices.c.valid_until <= at, notices.c.state.in_(sources_of(NoticeState.EXPIRED)))
        .limit(limit)
    )
    return list(found)
