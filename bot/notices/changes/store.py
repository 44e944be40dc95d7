"""SQL of changes. Every change of state names the states it starts from, so that of two at once only one happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.delivery.model import DELIVERY_FINAL, CauseKind, DeliveryState
from bot.notices.changes.model import OPEN, Change, ChangeKind, ChangeState, Proof, masked, sources_of
from bot.notices.model import NoticeText
from bot.store.schema import addresses, deliveries, notice_changes, outbox, staff

_AUTHOR = staff.alias("author")
_APPROVER = staff.alias("approver")
_CHANGE = (
    select(notice_changes, _AUTHOR.c.name.label("author"), _APPROVER.c.name.label("approver"))
    .join_from(notice_changes, _AUTHOR, _AUTHOR.c.id == notice_changes.c.author_id)
    .outerjoin(_APPROVER, _APPROVER.c.id == notice_changes.c.approver_id)
)
# Workers' clocks may differ by this much.
_SKEW = timedelta(seconds=30)


def _change(row: Any) -> Change:
    return Change(
        row.id,
        row.notice_id,
        ChangeKind(row.kind),
        ChangeState(row.state),
        {language: NoticeText(text["title"], text["body"]) for language, text in (row.texts or {}).items()},
        row.reason,
        row.successor_id,
        row.author_id,
        row.author,
        row.approver,
        row.created_at,
        row.decided_at,
        row.started_at,
        row.done_at,
        row.payload,
    )


async def add(
    connection: AsyncConnection,
    change_id: str,
    notice_id: str,
    kind: ChangeKind,
    state: ChangeState,
    author_id: str,
    at: datetime,
    *,
    texts: Mapping[Language, NoticeText] | None = None,
    reason: str | None = None,
    payload: Mapping[str, Any] | None = None,
    successor_id: str | None = None,
) -> None:
    """Keep a new change."""
    await connection.execute(
        notice_changes.insert().values(
            id=change_id,
            notice_id=notice_id,
            kind=kind,
            state=state,
            texts={language: {"title": text.title, "body": text.body} for language, text in (texts or {}).items()},
            reason=reason,
            payload=payload,
            successor_id=successor_id,
            author_id=author_id,
            created_at=at,
            decided_at=at if state is ChangeState.APPROVED else None,
        )
    )


async def find(connection: AsyncConnection, change_id: str) -> Change | None:
    """A change; None when there is none of that id."""
    row = (await connection.execute(_CHANGE.where(notice_changes.c.id == change_id))).one_or_none()
    return _change(row) if row else None


async def of_notice(connection: AsyncConnection, notice_id: str) -> list[Change]:
    """The changes of a notice, the one made last first."""
    rows = await connection.execute(
        _CHANGE.where(notice_changes.c.notice_id == notice_id).order_by(notice_changes.c.created_at.desc())
    )
    return [_change(row) for row in rows]


async def has_open(connection: AsyncConnection, notice_id: str) -> bool:
    """Whether a change of the notice is not finished."""
    found = select(notice_changes.c.id).where(notice_changes.c.notice_id == notice_id, notice_changes.c.state.in_(OPEN))
    return await connection.scalar(found.limit(1)) is not None


async def drop_open(connection: AsyncConnection, notice_id: str, at: datetime) -> None:
    """Give up what was proposed for a notice that ends."""
    await connection.execute(
        update(notice_changes)
        .where(notice_changes.c.notice_id == notice_id, notice_changes.c.state == ChangeState.PROPOSED)
        .values(state=ChangeState.DROPPED, decided_at=at)
    )


async def move(connection: AsyncConnection, change_id: str, target: ChangeState, **values: Any) -> bool:
    """Take a listed transition; False when the change is in no state that leads there."""
    done = await connection.execute(
        update(notice_changes)
        .where(notice_changes.c.id == change_id, notice_changes.c.state.in_(sources_of(target)))
        .values(state=target, **values)
    )
    return bool(done.rowcount)


async def ready(connection: AsyncConnection, limit: int) -> list[str]:
    """Ids of decided changes whose notice is in no worker's hand with its old words any more, the oldest first."""
    in_hand = exists(
        select(deliveries.c.id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_changes.c.notice_id,
            deliveries.c.state == DeliveryState.SENDING,
        )
        .correlate(notice_changes)
    )
    found = await connection.scalars(
        select(notice_changes.c.id)
        .where(notice_changes.c.state == ChangeState.APPROVED, ~in_hand)
        .order_by(notice_changes.c.created_at)
        .limit(limit)
    )
    return list(found)


async def ready_beside_others(connection: AsyncConnection, at: datetime, limit: int) -> list[str]:
    """The same where the notice is still going out: what is in hand was claimed after the decision, with the new words."""
    old_words = exists(
        select(deliveries.c.id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_changes.c.notice_id,
            deliveries.c.state == DeliveryState.SENDING,
            deliveries.c.claimed_at < at - _SKEW,
        )
        .correlate(notice_changes)
    )
    found = await connection.scalars(
        select(notice_changes.c.id)
        .where(
            notice_changes.c.state == ChangeState.APPROVED,
            notice_changes.c.decided_at < at - 2 * _SKEW,
            ~old_words,
        )
        .order_by(notice_changes.c.created_at)
        .limit(limit)
    )
    return list(found)


async def outbox_of(connection: AsyncConnection, notice_id: str) -> int | None:
    """The outbox row of a notice; None when it was never handed to delivery."""
    found: int | None = await connection.scalar(
        select(outbox.c.id).where(outbox.c.cause_kind == CauseKind.NOTICE, outbox.c.cause_id == notice_id)
    )
    return found


async def put_words(connection: AsyncConnection, notice_id: str, payload: Mapping[str, Any]) -> None:
    """What is not sent yet goes out in these words."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.cause_kind == CauseKind.NOTICE, outbox.c.cause_id == notice_id)
        .values(payload=dict(payload))
    )


async def finished(connection: AsyncConnection, limit: int) -> list[str]:
    """Ids of changes on their way whose recipients are all known and have their outcome."""
    unfinished = exists().where(deliveries.c.outbox_id == outbox.c.id, deliveries.c.state.not_in(DELIVERY_FINAL))
    found = await connection.scalars(
        select(notice_changes.c.id)
        .join_from(notice_changes, outbox, outbox.c.cause_id == notice_changes.c.id)
        .where(
            notice_changes.c.state == ChangeState.RUNNING,
            outbox.c.cause_kind == CauseKind.CHANGE,
            outbox.c.state != "pending",
            ~unfinished,
        )
        .limit(limit)
    )
    return list(found)


async def outcomes(connection: AsyncConnection, change_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many recipients of each change have which outcome; those without one by their delivery's state."""
    result = func.coalesce(deliveries.c.outcome, deliveries.c.state)
    rows = await connection.execute(
        select(outbox.c.cause_id, result, func.count())
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(outbox.c.cause_kind == CauseKind.CHANGE, outbox.c.cause_id.in_(change_ids))
        .group_by(outbox.c.cause_id, result)
    )
    found: dict[str, dict[str, int]] = {}
    for change_id, outcome, count in rows:
        found.setdefault(change_id, {})[outcome] = count
    return found


async def proofs(connection: AsyncConnection, change_id: str, after: int, limit: int) -> list[tuple[int, Proof]]:
    """What became of each recipient, by delivery number, those after one."""
    rows = await connection.execute(
        select(deliveries, addresses.c.address)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .join(addresses, addresses.c.id == deliveries.c.address_id)
        .where(outbox.c.cause_kind == CauseKind.CHANGE, outbox.c.cause_id == change_id, deliveries.c.id > after)
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [
        (row.id, Proof(masked(row.address), row.channel, row.state, row.outcome, row.failure, row.sent_at))
        for row in rows
    ]
