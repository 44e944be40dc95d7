"""SQL of banners."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import CauseKind, DeliveryState
from bot.notices.banners.model import SHOWN, Banner, BannerState, sources_of
from bot.people.store import insert_new
from bot.store.schema import banner_views, banners, deliveries, outbox, staff

_AUTHOR = staff.alias("author")
_APPROVER = staff.alias("approver")
_BANNER = (
    select(banners, _AUTHOR.c.name.label("author"), _APPROVER.c.name.label("approver"))
    .join_from(banners, _AUTHOR, _AUTHOR.c.id == banners.c.author_id)
    .outerjoin(_APPROVER, _APPROVER.c.id == banners.c.approver_id)
)


def _banner(row: Any) -> Banner:
    return Banner(
        row.id,
        row.texts,
        row.starts_at,
        row.ends_at,
        (row.audience_kind, row.audience_target) if row.audience_kind else None,
        BannerState(row.state),
        row.author_id,
        row.author,
        row.approver,
        row.created_at,
        row.approved_at,
        row.stopped_at,
        row.stopped_by,
    )


async def add(
    connection: AsyncConnection,
    banner_id: str,
    texts: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime,
    audience: tuple[str, str] | None,
    author_id: str,
    at: datetime,
) -> None:
    """Keep a proposed banner."""
    await connection.execute(
        banners.insert().values(
            id=banner_id,
            texts=dict(texts),
            starts_at=starts_at,
            ends_at=ends_at,
            audience_kind=audience[0] if audience else None,
            audience_target=audience[1] if audience else None,
            state=BannerState.PROPOSED,
            author_id=author_id,
            created_at=at,
        )
    )


async def find(connection: AsyncConnection, banner_id: str) -> Banner | None:
    """A banner; None when there is none of that id."""
    row = (await connection.execute(_BANNER.where(banners.c.id == banner_id))).one_or_none()
    return _banner(row) if row else None


async def newest(connection: AsyncConnection, limit: int) -> list[Banner]:
    """All banners, the one made last first."""
    rows = await connection.execute(_BANNER.order_by(banners.c.created_at.desc(), banners.c.id).limit(limit))
    return [_banner(row) for row in rows]


async def to_show(connection: AsyncConnection, at: datetime) -> list[Banner]:
    """Approved banners whose end has not come, those that begin first in front."""
    rows = await connection.execute(
        _BANNER.where(banners.c.state.in_(SHOWN), banners.c.ends_at > at).order_by(banners.c.starts_at, banners.c.id)
    )
    return [_banner(row) for row in rows]


async def due(connection: AsyncConnection, at: datetime) -> list[Banner]:
    """Banners whose state does not say yet what the clock says: they began, or ended."""
    rows = await connection.execute(
        _BANNER.where(
            ((banners.c.state == BannerState.APPROVED) & (banners.c.starts_at <= at))
            | (banners.c.state.in_(SHOWN) & (banners.c.ends_at <= at))
        )
    )
    return [_banner(row) for row in rows]


async def move(connection: AsyncConnection, banner_id: str, target: BannerState, **values: Any) -> bool:
    """Take a listed transition; False when the banner is in no state that leads there."""
    done = await connection.execute(
        update(banners)
        .where(banners.c.id == banner_id, banners.c.state.in_(sources_of(target)))
        .values(state=target, **values)
    )
    return bool(done.rowcount)


async def seen(connection: AsyncConnection, banner_ids: Collection[str], address_id: str) -> set[str]:
    """Which of these an address has seen with a reply or got as a push."""
    shown = await connection.scalars(
        select(banner_views.c.banner_id).where(
            banner_views.c.banner_id.in_(banner_ids), banner_views.c.address_id == address_id
        )
    )
    pushed = await connection.scalars(
        select(outbox.c.cause_id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.BANNER,
            outbox.c.cause_id.in_(banner_ids),
            deliveries.c.address_id == address_id,
            deliveries.c.state == DeliveryState.SENT,
        )
    )
    return set(shown) | set(pushed)


async def note_seen(connection: AsyncConnection, banner_ids: Collection[str], address_id: str, at: datetime) -> None:
    """An address was shown these."""
    for banner_id in banner_ids:
        await connection.execute(
            insert_new(connection, banner_views).values(banner_id=banner_id, address_id=address_id, at=at)
        )
