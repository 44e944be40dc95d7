"""SQL of who a notice would reach, before it is sent: how many on which channel, a sample, who is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import AudienceKind
from bot.delivery.recipients import ASKED_KEPT, is_first_channel, was_told
from bot.notices.changes.model import masked
from bot.notices.extras import ASKED, TOLD, AudiencePart
from bot.notices.model import NoticeContent
from bot.store.schema import addresses, asked_entries, follows, persons

SAMPLE = 5


@dataclass(frozen=True)
class Sampled:
    """One recipient in the sample. address: masked; language: None where it is not known."""

    channel: str
    address: str
    language: str | None


@dataclass(frozen=True)
class AudiencePreview:
    """Who would be written to now. channels: addresses by channel; left_out: addresses by reason.

    Reasons: blocked, gone, excluded, elsewhere (their person is told on another channel).
    """

    channels: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[Sampled, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Addresses on all channels."""
        return sum(self.channels.values())


async def preview(connection: AsyncConnection, content: NoticeContent, at: datetime) -> AudiencePreview:
    """Resolve a notice's audience as of now, without writing anything."""
    member, excluded = _conditions(content, at)
    reason = case(
        (excluded, "excluded"),
        (addresses.c.state != "active", addresses.c.state),
        (~is_first_channel(), "elsewhere"),
        else_="active",
    )
    rows = await connection.execute(
        select(reason.label("reason"), addresses.c.channel, func.count())
        .where(member)
        .group_by(reason, addresses.c.channel)
    )
    channels: dict[str, int] = {}
    left_out: dict[str, int] = {}
    for why, channel, count in rows:
        if why == "active":
            channels[channel] = count
        else:
            left_out[why] = left_out.get(why, 0) + count
    sample = await connection.execute(
        _active(select(addresses.c.channel, addresses.c.address, persons.c.language), member, excluded)
        .join_from(addresses, persons, persons.c.id == addresses.c.person_id)
        .order_by(addresses.c.id)
        .limit(SAMPLE)
    )
    return AudiencePreview(
        channels, tuple(Sampled(row.channel, masked(row.address), row.language) for row in sample), left_out
    )


async def size(connection: AsyncConnection, content: NoticeContent, at: datetime) -> int:
    """How many addresses would be written to now."""
    if not content.extras.audience and not content.extras.entries and not content.extras.supersedes_id:
        return await topic_size(connection, content.topic)
    member, excluded = _conditions(content, at)
    return await connection.scalar(_active(select(func.count(addresses.c.id)), member, excluded)) or 0


async def topic_size(connection: AsyncConnection, topic: str) -> int:
    """How many addresses follow a topic and can be written to."""
    found = await connection.scalar(
        select(func.count(addresses.c.id))
        .join_from(follows, addresses, addresses.c.person_id == follows.c.person_id)
        .where(follows.c.kind == AudienceKind.TOPIC, follows.c.target == topic)
        .where(addresses.c.state == "active", is_first_channel())
    )
    return found or 0


def effective_parts(content: NoticeContent) -> list[AudiencePart]:
    """The parts of an audience with those that come by themselves: who asked its entries, who got what it supersedes."""
    extras = content.extras
    parts = [
        *(extras.audience or (AudiencePart(AudienceKind.TOPIC, content.topic),)),
        *(AudiencePart(ASKED, entry) for entry in extras.entries),
        *(AudiencePart(AudienceKind.ENTRY, entry) for entry in extras.entries),
    ]
    return [*parts, AudiencePart(TOLD, extras.supersedes_id)] if extras.supersedes_id else parts


def _active(query: Select[Any], member: Any, excluded: Any) -> Select[Any]:
    return query.where(member, ~excluded, addresses.c.state == "active", is_first_channel())


def _conditions(content: NoticeContent, at: datetime) -> tuple[Any, Any]:
    parts = effective_parts(content)
    return tuple(
        or_(*(_belongs(part, at) for part in parts if part.excluded is excluded), and_(addresses.c.id == ""))
        for excluded in (False, True)
    )  # type: ignore[return-value]


def _belongs(part: AudiencePart, at: datetime) -> Any:
    if part.kind == TOLD:
        return was_told(part.target)
    if part.kind == ASKED:
        since = (at - ASKED_KEPT).date()
        return exists().where(
            asked_entries.c.person_id == addresses.c.person_id,
            asked_entries.c.entry == part.target,
            asked_entries.c.day >= since,
        )
    return exists().where(
        follows.c.person_id == addresses.c.person_id, follows.c.kind == part.kind, follows.c.target == part.target
    )
